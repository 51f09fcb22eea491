from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tokenizers import Tokenizer

from toolkit.encoders.corpus import count_words, number_words, read_pairs
from toolkit.encoders.vocabulary import splitter, token_list, tokenise_words, train_vocabulary

WORDS = ["министр", "министра", "министру", "министром", "кот", "кота", "the", "minister", "ministers", ","]
COUNTS = np.array([9.0, 8, 7, 6, 5, 4, 20, 9, 8, 30])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ёлка и ЁЖ", ["елка", "и", "еж"]),
        ("за\u0301мок", ["замок"]),
        ("ﬁne １２", ["fine", "12"]),
        ("12,5 % — «да»!", ["12", ",", "5", "%", "—", "«", "да", "»", "!"]),
        ("кое-что\u200b\ufeff", ["кое", "-", "что"]),
        ("\x1c a\x1fb", ["a", "b"]),
        ("", []),
    ],
)
def test_texts_are_normalised_and_split(text: str, words: list[str]) -> None:
    assert splitter()(text) == words


def test_frequent_words_stay_whole_and_rare_ones_share_a_stem() -> None:
    letters = {mark + letter for word in WORDS for letter in word for mark in ("", "##")}
    tokenizer = train_vocabulary(WORDS, COUNTS, 1 + len(letters) + 6)
    tokens = token_list(tokenizer)
    assert tokens[0] == "<unk>"
    assert len(tokens) == 1 + len(letters) + 6
    assert {"the", "министр"} <= set(tokens)
    encode = Tokenizer.from_str(json.dumps(tokenizer)).encode
    assert encode("Министр, the").tokens == ["министр", ",", "the"]
    assert encode("министрок").tokens[0] == "министр"
    assert encode("中").ids == [0]


def test_the_same_counts_give_the_same_vocabulary_in_any_order() -> None:
    order = np.random.default_rng(0).permutation(len(WORDS))
    shuffled = train_vocabulary([WORDS[number] for number in order], COUNTS[order], 60)
    assert shuffled == train_vocabulary(WORDS, COUNTS, 60)


def test_a_text_is_the_run_of_its_words_tokens(tmp_path: Path) -> None:
    table = {"en": ["The minister, the ministers"], "ru": ["Кота министру"]}
    pq.write_table(pa.table(table), tmp_path / "pairs.parquet")
    corpus = number_words(read_pairs([tmp_path / "pairs.parquet"]), splitter())
    tokenizer = train_vocabulary(WORDS, COUNTS, 60)
    pieces = tokenise_words(tokenizer, corpus.words)
    encode = Tokenizer.from_str(json.dumps(tokenizer)).encode
    for side, text in ((corpus.en, table["en"][0]), (corpus.ru, table["ru"][0])):
        assert side.expand(pieces).numbers.tolist() == encode(text).ids
    counts = count_words(corpus.en, np.array([2.0]), len(corpus.words))
    assert dict(zip(corpus.words, counts.tolist(), strict=True))["the"] == 4


def test_pairs_of_several_files_with_sources_and_licences(tmp_path: Path) -> None:
    pq.write_table(pa.table({"en": ["a", "b"], "ru": ["а", " "], "source": ["x", "x"], "licence": ["MIT", "MIT"]}),
                   tmp_path / "one.parquet")  # fmt: skip
    pq.write_table(pa.table({"en_text": ["c", None], "ru_text": ["в", "г"]}), tmp_path / "two.parquet")
    table = read_pairs([tmp_path / "one.parquet", tmp_path / "two.parquet"])
    assert table.to_pylist() == [
        {"en": "a", "ru": "а", "source": "x", "licence": "MIT"},
        {"en": "c", "ru": "в", "source": "", "licence": ""},
    ]
    assert read_pairs([tmp_path / "one.parquet", tmp_path / "two.parquet"], skip_licences=["MIT"]).num_rows == 1
