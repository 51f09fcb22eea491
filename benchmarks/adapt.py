"""Measure what going on from the built-in encoder with pairs of one's own domain is worth on that domain.

    python benchmarks/adapt.py DOCS.jsonl [--passes 10] [--learning-rate 0.003]

DOCS has a document a line: {"segs": [["Russian sentence", "English sentence"], ...]}. The documents are split in two;
each half is trained on as a release's sentence_pairs would be, and measured on the other. Printed: retrieval accuracy
in percent, mean of both directions, on what was not trained on; before and after, with the half's number of pairs.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from toolkit.encoders import Encoder, load_encoder
from toolkit.encoders.static import PACKAGED
from toolkit.encoders.train import train_encoder
from toolkit.evaluation.retrieval import evaluate_retrieval
from toolkit.options import EncoderOptions, TrainOptions

Pairs = list[tuple[str, str]]  # English, Russian


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("docs", type=Path)
    parser.add_argument("--passes", type=int, default=10)
    parser.add_argument("--learning-rate", type=float, default=0.003)
    arguments = parser.parse_args()
    documents = [json.loads(line)["segs"] for line in arguments.docs.read_text("utf-8").splitlines()]
    order = np.random.default_rng(1).permutation(len(documents)).tolist()
    halves = [[(en, ru) for number in order[start::2] for ru, en in documents[number]] for start in (0, 1)]
    options = TrainOptions(epochs=arguments.passes, learning_rate=arguments.learning_rate)
    print("trained on  measured on  before  after")
    for own, other in (halves, halves[::-1]):
        before = accuracy(load_encoder(EncoderOptions()), other)
        with tempfile.TemporaryDirectory() as folder:
            write_pairs(own, Path(folder) / "pairs.parquet")
            report = train_encoder([Path(folder) / "pairs.parquet"], Path(folder) / "model", options,
                                   base=PACKAGED[EncoderOptions().name])  # fmt: skip
            after = accuracy(load_encoder(EncoderOptions(name=str(report.folder))), other)
        print(f"{len(own):10,}  {len(other):11,}  {before:6.2f}  {after:5.2f}")


def write_pairs(pairs: Pairs, file: Path) -> None:
    """Write pairs with the columns of a release's sentence_pairs."""
    en, ru = zip(*pairs, strict=True)
    pq.write_table(pa.table({"en_text": en, "ru_text": ru}), file)


def accuracy(encoder: Encoder, pairs: Pairs) -> float:
    """Return the mean accuracy in percent."""
    return 100 * evaluate_retrieval(pairs, encoder).figures["mean"].value


if __name__ == "__main__":
    main()
