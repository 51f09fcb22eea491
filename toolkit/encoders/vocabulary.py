"""The sub-word vocabulary of a static model: how a text is normalised, split into words, and words into tokens."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from toolkit.encoders.corpus import count_words
from toolkit.encoders.runs import Runs

UNKNOWN: Final = "<unk>"  # always token 0; its vector is zero, so that what is unknown says nothing
_MAX_WORD: Final = 40  # letters; longer ones are no words, and become the unknown token
_WORDS_USED: Final = 250_000  # the most frequent ones decide the vocabulary
_SHRINK: Final = 0.7  # of the tokens stay in each round


def _empty_tokenizer() -> Tokenizer:
    """Return the tokenizer without tokens.

    Case, e and yo, width and stress marks carry no meaning across languages. Words are split at spaces and
    punctuation, so that the tokens of a text are those of its words.
    """
    tokenizer = Tokenizer(models.WordPiece(unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFKC(),
            normalizers.Replace(Regex("[\x1c-\x1f]"), " "),  # Python splits at them, the pre-tokenizer does not
            normalizers.Replace(Regex("[\u0300\u0301\u00ad\u200b-\u200f\u2060\ufe0f\ufeff]"), ""),
            normalizers.Lowercase(),
            normalizers.Replace("ё", "е"),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


def splitter() -> Callable[[str], list[str]]:
    """Return the function that normalises a text and splits it into words."""
    tokenizer = _empty_tokenizer()
    normalise, words = tokenizer.normalizer.normalize_str, pre_tokenizers.BertPreTokenizer().pre_tokenize_str
    return lambda text: [word for word, _ in words(normalise(text))]


def train_vocabulary(words: Sequence[str], counts: NDArray[np.float64], size: int) -> dict[str, Any]:
    """Choose the tokens that greedy longest-match splitting (WordPiece) uses most.

    Candidates are all words, their beginnings and their inner parts. Words are split by the longest candidates, the
    least used candidates leave, and so on until `size` are left: frequent words stay whole, rare ones become a stem
    that many words share and an ending. (The trainers of the tokenizers library give another vocabulary each time.)

    Args:
        words: distinct words, normalised.
        counts: how often each comes; need not be whole.
        size: tokens at most, the unknown one among them; letters stay as long as they fit.

    Returns:
        The content of tokenizer.json.
    """
    order = sorted(range(len(words)), key=lambda number: (-counts[number], words[number]))
    order = [number for number in order[:_WORDS_USED] if len(words[number]) <= _MAX_WORD]
    used, weight = [words[number] for number in order], counts[order]
    tokens = _candidates(used, weight, 6 * size)
    while True:
        pieces = tokenise_words(_word_piece([UNKNOWN, *tokens]), used)
        usage = count_words(pieces, weight, len(tokens) + 1)[1:]
        ranked = sorted(range(len(tokens)), key=lambda number: (len(tokens[number].removeprefix("##")) > 1,
                                                                -usage[number], tokens[number]))  # fmt: skip
        keep = max(size - 1, int(len(tokens) * _SHRINK))
        tokens = [tokens[number] for number in ranked[:keep]]
        if keep == size - 1 or len(ranked) <= size - 1:
            return _word_piece([UNKNOWN, *tokens])


def _candidates(words: Sequence[str], weight: NDArray[np.float64], most: int) -> list[str]:
    """Return single letters, and the words, beginnings and inner parts with the highest weight times length."""
    total: dict[str, float] = {}
    for word, times in zip(words, weight.tolist(), strict=True):
        total[word] = total.get(word, 0.0) + times
        for cut in range(1, len(word)):
            beginning, rest = word[:cut], f"##{word[cut:]}"
            total[beginning] = total.get(beginning, 0.0) + times
            total[rest] = total.get(rest, 0.0) + times
    letters = {mark + letter for word in words for letter in word for mark in ("", "##")}
    longer = sorted(total.keys() - letters, key=lambda token: (-total[token], token))
    return [*sorted(letters), *longer[:most]]


def _word_piece(tokens: Sequence[str]) -> dict[str, Any]:
    """Return the content of tokenizer.json for a list of tokens, a token's number being its place."""
    vocabulary = {token: number for number, token in enumerate(tokens)}
    tokenizer = _empty_tokenizer()
    tokenizer.model = models.WordPiece(vocabulary, unk_token=UNKNOWN, max_input_chars_per_word=_MAX_WORD)
    content: dict[str, Any] = json.loads(tokenizer.to_str())
    return content


def tokenise_words(tokenizer: dict[str, Any], words: Sequence[str]) -> Runs:
    """Return the token numbers of each word."""
    loaded = Tokenizer.from_str(json.dumps(tokenizer))
    encoded = loaded.encode_batch_fast(list(words), add_special_tokens=False)
    return Runs.of([encoding.ids for encoding in encoded])


def token_list(tokenizer: dict[str, Any]) -> list[str]:
    """Return the tokens in the order of their numbers."""
    loaded = Tokenizer.from_str(json.dumps(tokenizer))
    return [str(loaded.id_to_token(number)) for number in range(loaded.get_vocab_size())]
