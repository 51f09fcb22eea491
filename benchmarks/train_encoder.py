"""Train one static encoder twice on the same pairs: with our loop, and with sentence-transformers' trainer.

    python benchmarks/train_encoder.py PAIRS.parquet [--pairs 60000] [--vocab 16000] [--dim 256] [--batch 1024]
        [--epochs 1] [--ours 0.01]... [--theirs 0.2]... [--retrieval DIR]

Both get the same pairs, vocabulary size, dimension, batch size and number of passes. Theirs gets the very tokenizer
that ours has learned, and the settings that its authors recommend for static models: MultipleNegativesRankingLoss (in
both directions, as ours), AdamW, a linear rate with a tenth of warm-up, batches without duplicates. Pairs are drawn
from the table's sources in turn, so that a large one does not drown the others; rows that share a text with a held-back
pair are not trained on. Each run has a process of its own, whose peak memory is told.

`train` is the time in the training steps; `all` that of the whole, in which ours learns the vocabulary besides.
Accuracy is how often the nearest text in the other language is the right one, in percent, mean of both directions: on
2,000 held-back pairs, and on the files of DIR, en<TAB>ru a line.
"""

from __future__ import annotations

import argparse
import gzip
import multiprocessing
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from toolkit.encoders import Encoder, load_encoder
from toolkit.encoders.corpus import read_pairs
from toolkit.encoders.train import train_encoder
from toolkit.options import EncoderOptions, TrainOptions

HELD_BACK = 2000


class Run(NamedTuple):
    """What a training cost, and the folder of its model."""

    folder: Path
    train_seconds: float
    all_seconds: float
    pairs: int
    megabytes: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs_file", type=Path, metavar="PAIRS.parquet", help="columns en, ru, source")
    parser.add_argument("--pairs", type=int, default=60_000)
    parser.add_argument("--vocab", type=int, default=16_000)
    parser.add_argument("--dim", type=int, default=TrainOptions().dim)
    parser.add_argument("--batch", type=int, default=1024)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--ours", type=float, action="append", help="learning rate of ours; may be given again")
    parser.add_argument("--theirs", type=float, action="append", help="learning rate of the trainer")
    parser.add_argument("--retrieval", type=Path, help="folder of .tsv and .tsv.gz files, en<TAB>ru")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        train_file, held_file = write_split(arguments.pairs_file, arguments.pairs, work)
        files = [held_file, *(sorted(arguments.retrieval.glob("*.tsv*")) if arguments.retrieval else [])]
        print(
            "loop                   rate   train      all   pairs/s   memory  " + "  ".join(f.name[:12] for f in files)
        )
        tokenizer = None
        for rate in arguments.ours or [TrainOptions().learning_rate]:
            options = TrainOptions(vocab=arguments.vocab, dim=arguments.dim, batch=arguments.batch, held_back=1,
                                   epochs=arguments.epochs, per_source=arguments.pairs, learning_rate=rate,
                                   storage="float32")  # fmt: skip
            run = alone(run_ours, train_file, work / f"ours-{rate}", options)
            tokenizer = run.folder / "tokenizer.json"
            report("toolkit", rate, run, files)
        assert tokenizer is not None
        for rate in arguments.theirs or [0.2]:
            run = alone(run_theirs, train_file, work / f"theirs-{rate}", tokenizer, arguments.dim, arguments.batch,
                        arguments.epochs, rate)  # fmt: skip
            report("sentence-transformers", rate, run, files)


def write_split(file: Path, count: int, work: Path) -> tuple[Path, Path]:
    """Write the pairs to train on, as Parquet, and the held-back ones, as .tsv."""
    table = read_pairs([file])
    generator = np.random.default_rng(1)
    order = generator.permutation(table.num_rows)
    source = np.asarray(table["source"].combine_chunks().dictionary_encode().indices)[order]
    by_source = np.argsort(source, kind="stable")
    starts = np.searchsorted(source[by_source], source[by_source])
    turn = np.empty(len(order), np.int64)  # a source's n-th pair has its turn in round n
    turn[by_source] = np.arange(len(order)) - starts
    drawn = table.take(pa.array(order[np.argsort(turn, kind="stable")[: count + HELD_BACK]]))
    mixed = drawn.take(pa.array(generator.permutation(drawn.num_rows)))
    held, rest = mixed.slice(0, HELD_BACK), mixed.slice(HELD_BACK)
    for column in ("en", "ru"):
        rest = rest.filter(pc.invert(pc.is_in(rest[column], held[column].combine_chunks())))
    pq.write_table(rest, work / "train.parquet")
    lines = (" ".join(en.split()) + "\t" + " ".join(ru.split()) + "\n"
             for en, ru in zip(held["en"].to_pylist(), held["ru"].to_pylist(), strict=True))  # fmt: skip
    (work / "held-back.tsv").write_text("".join(lines), encoding="utf-8")
    names = ", ".join(f"{row['values']} {row['counts']}" for row in pc.value_counts(rest["source"]).to_pylist())
    print(f"{rest.num_rows:,} pairs to train on: {names}\n{HELD_BACK:,} held back")
    return work / "train.parquet", work / "held-back.tsv"


def alone(function: Callable[..., Run], *arguments: object) -> Run:
    """Call a function in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def run_ours(train_file: Path, out: Path, options: TrainOptions) -> Run:
    began: list[float] = []
    start = time.perf_counter()
    done = train_encoder([train_file], out, options, progress=lambda *_: began.append(time.perf_counter()))
    seconds = time.perf_counter() - start
    steps = (began[-1] - began[0]) * len(began) / (len(began) - 1)  # the first step's end is the first that is told
    return Run(out, steps, seconds, done.steps * options.batch, peak())


def run_theirs(train_file: Path, out: Path, tokenizer: Path, dim: int, batch: int, epochs: int, rate: float) -> Run:
    import datasets
    from sentence_transformers import (
        SentenceTransformer,
        SentenceTransformerTrainer,
        SentenceTransformerTrainingArguments,
    )
    from sentence_transformers.base.training_args import BatchSamplers
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer
    from transformers import PrinterCallback

    warnings.simplefilter("ignore")
    start = time.perf_counter()
    pairs = datasets.Dataset(pq.read_table(train_file, columns=["en", "ru"]))
    model = SentenceTransformer(modules=[StaticEmbedding(Tokenizer.from_file(str(tokenizer)), embedding_dim=dim)])
    arguments = SentenceTransformerTrainingArguments(
        output_dir=str(out / "work"), num_train_epochs=epochs, per_device_train_batch_size=batch, learning_rate=rate,
        warmup_steps=0.1, batch_sampler=BatchSamplers.NO_DUPLICATES, save_strategy="no", report_to="none", seed=1,
        disable_tqdm=True, logging_strategy="no",
    )  # fmt: skip
    loss = MultipleNegativesRankingLoss(
        model, directions=("query_to_doc", "doc_to_query"), partition_mode="per_direction"
    )
    trainer = SentenceTransformerTrainer(model=model, args=arguments, train_dataset=pairs, loss=loss)
    trainer.remove_callback(PrinterCallback)
    began = time.perf_counter()
    done = trainer.train()
    steps = time.perf_counter() - began
    model.save(str(out / "model"), create_model_card=False)
    return Run(out / "model", steps, time.perf_counter() - start, done.global_step * batch, peak())


def peak() -> float:
    """Return the peak of this process in MB; getrusage would tell that of the parent if it is higher."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def report(loop: str, rate: float, run: Run, files: Sequence[Path]) -> None:
    encoder = load_encoder(EncoderOptions(name=str(run.folder), device="cpu"))
    seconds = f"{run.train_seconds:5.1f} s  {run.all_seconds:5.1f} s {run.pairs / run.train_seconds:9,.0f}"
    means = "  ".join(f"{retrieval_accuracy(encoder, file):12.2f}" for file in files)
    print(f"{loop:21} {rate:5.3f} {seconds} {run.megabytes:6,.0f} MB  {means}", flush=True)


def retrieval_accuracy(encoder: Encoder, file: Path) -> float:
    """Return in percent how often the nearest text in the other language is the right one, mean of both directions."""
    raw = gzip.decompress(file.read_bytes()) if file.name.endswith(".gz") else file.read_bytes()
    rows = [line.split("\t") for line in raw.decode("utf-8").splitlines() if line]
    cosines = encoder.encode([row[0] for row in rows]) @ encoder.encode([row[1] for row in rows]).T
    right = np.arange(len(rows))
    return float(np.mean([(cosines.argmax(axis=axis) == right).mean() for axis in (0, 1)])) * 100


if __name__ == "__main__":
    main()
