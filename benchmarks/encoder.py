"""Measure encoders: retrieval accuracy on files of pairs, and speed beside sentence-transformers on the same folder.

    python benchmarks/encoder.py --retrieval DIR [--encoder NAME_OR_PATH[@REVISION]]... [--texts 20000]

DIR holds .tsv or .tsv.gz files, `en<TAB>ru` a line. Accuracy is in percent, as `bitext evaluate retrieval` counts it.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
import warnings
from pathlib import Path

import numpy as np

from toolkit.encoders import Encoder, load_encoder
from toolkit.encoders.background import ENGLISH, RUSSIAN
from toolkit.encoders.static import find_static_model
from toolkit.evaluation.retrieval import evaluate_retrieval
from toolkit.evaluation.tables import read_text_pairs
from toolkit.options import EncoderOptions

WORDS = 60  # of a post


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--retrieval", type=Path, required=True, help="folder of .tsv and .tsv.gz files")
    parser.add_argument("--encoder", action="append", help="default: the one in the package")
    parser.add_argument("--texts", type=int, default=20_000, help="posts for the speed")
    arguments = parser.parse_args()
    files = sorted(file for file in arguments.retrieval.iterdir() if file.name.endswith((".tsv", ".tsv.gz")))
    if not files:
        sys.exit(f"{arguments.retrieval}: no .tsv or .tsv.gz file")
    print("encoder                        file                          pairs  en-ru  ru-en   mean")
    for name in arguments.encoder or [EncoderOptions().name]:
        model, _, revision = name.partition("@")
        start = time.perf_counter()
        encoder = load_encoder(EncoderOptions(name=model, revision=revision or None))
        loaded = time.perf_counter() - start
        for file in files:
            found = evaluate_retrieval(read_text_pairs(file), encoder)
            shown = " ".join(f"{100 * found.figures[key].value:6.2f}" for key in ("en_ru", "ru_en", "mean"))
            print(f"{name[-30:]:30} {file.name[:28]:28} {found.units:6} {shown}")
        mean, std = encoder.background
        print(f"{name[-30:]:30} dim {encoder.dim}, background {mean:.3f} +- {std:.3f}, loaded in {loaded:.2f} s")
        report_lengths(encoder, [pair for file in files for pair in read_text_pairs(file)])
        report_speed(encoder, arguments.texts)


def report_lengths(encoder: Encoder, pairs: list[tuple[str, str]]) -> None:
    """Print how translations and unrelated texts score where one to sixty-four sentences are joined to a text."""
    for count in (1, 4, 16, 64):
        joined = [pairs[start : start + count] for start in range(0, len(pairs) - count + 1, count)]
        en, ru = (encoder.encode([" ".join(pair[side] for pair in group) for group in joined]) for side in (0, 1))
        cosines = en @ ru.T
        others = cosines[~np.eye(len(cosines), dtype=bool)]
        right = np.arange(len(cosines))
        hits = np.mean([(cosines.argmax(axis=axis) == right).mean() for axis in (0, 1)])
        print(f"  {count:2} sentences a text: accuracy {100 * hits:6.2f} of {len(right):5,}, cosine of translations "
              f"{cosines.diagonal().mean():.3f}, of others {others.mean():.3f} +- {others.std():.3f}")  # fmt: skip


def made_up_posts(count: int) -> list[str]:
    """Return posts of WORDS words, drawn from the words of our own sentences with Zipf's frequencies and numbers."""
    generator = np.random.default_rng(1)
    words = [word for text in (*RUSSIAN, *ENGLISH) for word in text.split()]
    words += [f"{word[:-1]}{ending}" for word in words for ending in "аеиоуыяs" for _ in range(1)]
    words += [str(number) for number in range(5000)]
    picked = np.minimum(generator.zipf(1.3, (count, WORDS)) - 1, len(words) - 1)
    return [" ".join(words[number] for number in row) for row in picked.tolist()]


def report_speed(encoder: Encoder, count: int) -> None:
    """Print posts a second; of sentence-transformers' own code too where the model is static."""
    posts = made_up_posts(count)
    print(f"  {'ours':24} {speed(encoder.encode, posts):10,.0f} posts of {WORDS} words a second")
    folder = find_static_model(encoder.name)
    if folder is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from sentence_transformers import SentenceTransformer

            model = SentenceTransformer(str(folder), device="cpu")
        for batch in (1024, 4096):
            rate = speed(lambda texts, batch=batch: model.encode(texts, batch_size=batch), posts)
            print(f"  {f'sentence-transformers {batch}':24} {rate:10,.0f} posts of {WORDS} words a second")
        difference = np.abs(model.encode(posts[:500]) - encoder.encode(posts[:500])).max()
        print(f"  largest difference of a number between the two: {difference:.1e}")
    print(f"  peak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


def speed(encode: object, posts: list[str]) -> float:
    """Return the best of three runs in texts a second."""
    assert callable(encode)
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        encode(posts)
        seconds.append(time.perf_counter() - start)
    return len(posts) / min(seconds)


if __name__ == "__main__":
    main()
