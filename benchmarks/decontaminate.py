"""Measure decontamination: what it takes from text that has nothing to do with a test set, and what it finds again.

    python benchmarks/decontaminate.py TEST_SET TEXTS [--sample 1000]

TEST_SET and TEXTS are whatever `decontaminate: against` of a run config reads. A text is hit if it would leave; what is
hit of unrelated TEXTS is lost for nothing. Planted texts are references that were edited: one or two words replaced by
others of the test set, one left out, cut in half, or put with one word replaced between two of the TEXTS, as in a post.
The share found is of references of 8 words or more; shorter ones count only as a whole. Rows: our terms, and those of
PaLM (70 % of the 8-grams) and others beside them, with the same code. Seconds are of looking up all TEXTS as sentences,
and of counting what is common among them as posts.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from toolkit import schemas
from toolkit.duplicates.references import ReferenceSet
from toolkit.evaluation.reference_sets import read_reference_set
from toolkit.options import DecontaminateOptions
from toolkit.stages.decontaminate import decontaminate

TERMS = ((4, 0.5), (3, 0.5), (4, 0.3), (4, 0.7), (5, 0.5), (8, 0.5), (8, 0.7))
LONG = 8  # words

Words = list[str]
Edit = Callable[[Words, Words, np.random.Generator], str]  # of a reference, with words to put in


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("test_set", type=Path)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--sample", type=int, default=1000, help="references that are edited and planted")
    parser.add_argument("--ours", action="store_true", help="only the terms that are the default")
    arguments = parser.parse_args()
    references = read_reference_set(arguments.test_set, arguments.test_set.name)
    texts = read_reference_set(arguments.texts, arguments.texts.name)
    measure(references, texts, arguments.sample, TERMS[: 1 if arguments.ours else None])


def measure(references: ReferenceSet, texts: ReferenceSet, sample: int, terms: Sequence[tuple[int, float]]) -> None:
    long = [text.split() for text in references.texts if len(text.split()) >= LONG]
    vocabulary = [word for text in references.texts for word in text.split()]
    print(f"{len(references.texts):,} references, {len(long):,} of {LONG} words or more; {len(texts.texts):,} texts")
    print(f"{'n':>3}{'share':>7}{'seconds':>9}{'hit':>9}", *(f"{name:>10}" for name in (*EDITS, "in a post")))
    for ngram, overlap in terms:
        options = DecontaminateOptions(ngram=ngram, overlap=overlap)
        random = np.random.default_rng(1)
        chosen = [long[place] for place in random.choice(len(long), min(sample, len(long)), replace=False)]
        planted = {name: [edit(words, vocabulary, random) for words in chosen] for name, edit in EDITS.items()}
        around = [texts.texts[place] for place in random.integers(len(texts.texts), size=2 * len(chosen))]
        inside = zip(around[::2], planted["one word"], around[1::2], strict=True)
        planted["in a post"] = ["\n".join(parts) for parts in inside]
        shares = [hits(found, references, options) / len(chosen) for found in planted.values()]
        started = time.perf_counter()
        lost = hits(texts.texts, references, options)
        seconds = time.perf_counter() - started
        print(f"{ngram:>3}{overlap:>7.1f}{seconds:>9.1f}{lost:>9,}", *(f"{share:>10.3f}" for share in shares))


def hits(texts: Sequence[str], references: ReferenceSet, options: DecontaminateOptions) -> int:
    """Return how many of the texts would leave, each of them a sentence and a post."""
    bitext, pairs, posts = _tables(texts, [""] * len(texts), texts)
    return len(set(decontaminate(bitext, pairs, posts, [references], options).contaminated["id"].to_pylist()))


def _tables(ru: Sequence[str], en: Sequence[str], posts: Sequence[str] = ()) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Return sentence pairs of one pair of posts without text, that pair, and posts besides."""
    pair: dict[str, object] = {
        "pair_id": "p",
        "ru_post_id": "r",
        "en_post_id": "r",
        "probability": 1,
        "length_ratio": 1,
    }
    size = len(ru)
    known: dict[str, Sequence[object]] = {"ru_text": ru, "en_text": en, "ru_ids": [[0]] * size, "en_ids": [[0]] * size}
    known |= {"bead_id": [f"p#{number:07d}" for number in range(size)], "bead_type": ["1:1"] * size}
    known |= {"pair_id": ["p"] * size, "relation": ["parallel"] * size}
    columns = [pa.array(known[f.name], f.type) if f.name in known else pa.nulls(size, f.type) for f in schemas.BITEXT]
    ids = ["r", *(f"post/{number}" for number in range(len(posts)))]
    texts = pa.table({"post_id": ids, "text_ru": ["", *posts], "text_en": [""] * len(ids)})
    return pa.table(columns, schema=schemas.BITEXT), schemas.from_rows([pair], schemas.POST_PAIRS), texts


def _replaced(count: int) -> Edit:
    def edit(words: Words, vocabulary: Words, random: np.random.Generator) -> str:
        words = list(words)
        for place in random.choice(len(words), count, replace=False):
            words[place] = vocabulary[random.integers(len(vocabulary))]
        return " ".join(words)

    return edit


def _shorter(words: Words, _: Words, random: np.random.Generator) -> str:
    gone = random.integers(len(words))
    return " ".join(words[:gone] + words[gone + 1 :])


EDITS: dict[str, Edit] = {
    "one word": _replaced(1),
    "two words": _replaced(2),
    "one less": _shorter,
    "half": lambda words, _, random: " ".join(words[: len(words) // 2 + 1]),
}

if __name__ == "__main__":
    main()
