"""What splits share, held against a comparison of every row with every other one."""

from itertools import product

import numpy as np
import pyarrow as pa
import pytest

from toolkit.engine import Engine
from toolkit.options import DedupOptions
from toolkit.release.held_out import compare_splits
from toolkit.text.shingles import hash_words, word_shingles

NEAR = DedupOptions(threshold=0.6, shingle_words=2)
Pairs = list[tuple[str, str]]


def corpus(seed: int) -> dict[str, Pairs]:
    """Texts of few words of few kinds, so that many are near, and some are the same."""
    generator = np.random.default_rng(seed)
    sides = [[" ".join(generator.choice(list("абвг"), size)) for size in (3, 4, 4, 5, 6, 8)] for _ in range(2)]
    texts = list(product(*sides))
    return {split: [texts[n] for n in generator.integers(0, len(texts), count)]
            for split, count in (("train", 40), ("validation", 9), ("test", 7))}  # fmt: skip


def is_near(one: str, other: str) -> bool:
    found = word_shingles(hash_words([one, other]), NEAR.shingle_words)
    left, right = (set(found.hashes[found.offsets[n] : found.offsets[n + 1]].tolist()) for n in (0, 1))
    return len(left & right) >= NEAR.threshold * len(left | right)


@pytest.mark.parametrize("seed", range(4))
def test_counts_are_those_of_all_comparisons(seed: int) -> None:
    rows = corpus(seed)
    pairs = {split: pa.table({"ru_text": [ru for ru, _ in own], "en_text": [en for _, en in own]})
             for split, own in rows.items()}  # fmt: skip
    posts = {split: pa.table({"text": [ru for ru, _ in own], "lang": ["ru" if len(en) > 7 else "uk" for _, en in own]})
             for split, own in rows.items()}  # fmt: skip
    found = compare_splits({"sentence_pairs": pairs, "posts": posts}, NEAR, Engine(workers=1))
    held = [(split, *pair) for split in ("validation", "test") for pair in rows[split]]
    others = [(split, *pair) for split, own in rows.items() for pair in own]
    train = rows["train"]
    assert found.counts == {
        "rows": 16,
        "ru_text": sum(any(ru == other for other, _ in train) for _, ru, _ in held),
        "near_ru_text": sum(any(is_near(ru, other) for other, _ in train) for _, ru, _ in held),
        "en_text": sum(any(en == other for _, other in train) for _, _, en in held),
        "near_en_text": sum(any(is_near(en, other) for _, other in train) for _, _, en in held),
        "near_pairs": sum(
            any(o != split and is_near(ru, one) and is_near(en, other) for o, one, other in others)
            for split, ru, en in held
        ),
        "near_posts": sum(
            any(o != split and is_near(ru, one) and (len(en) > 7) == (len(other) > 7) for o, one, other in others)
            for split, ru, en in held
        ),
    }
    shared = sorted(pair for pair in {*rows["validation"], *rows["test"]}
                    if sum(pair in own for own in rows.values()) > 1)  # fmt: skip
    assert (found.shared, found.example) == (len(shared), shared[0] if shared else None)
    assert found.counts["near_pairs"] > 0
