"""Train a static encoder on pairs of texts: from nothing, or from a model that there is.

The same files, options and number of threads give the same model. Every 250 steps the state is stored beside the
model; a killed training goes on from there and ends with the same bytes.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from toolkit.encoders.background import measure_background
from toolkit.encoders.batches import Rows, deal_epoch, extend, gather_alike, overlap
from toolkit.encoders.card import TrainReport, model_card
from toolkit.encoders.contrast import Learner, share_letters
from toolkit.encoders.corpus import Corpus, count_words, find_tables, number_words, read_pairs
from toolkit.encoders.folder import require_model_place, write_static_model
from toolkit.encoders.runs import Runs
from toolkit.encoders.static import StaticEncoder, find_static_model
from toolkit.encoders.vocabulary import splitter, token_list, tokenise_words, train_vocabulary
from toolkit.errors import EncoderError
from toolkit.options import EncoderOptions, TrainOptions
from toolkit.signature import signature_hash
from toolkit.storage import held, replacing, sha256_file

DEFAULTS: Final = TrainOptions()
VERSION: Final = 2  # of the training: changes when the same input and options give another model
_STORE_EVERY: Final = 250  # steps
_LONGEST: Final = 256  # tokens of a sentence in training
_MOST_JOINED: Final = 6  # sentences of a text in training

Progress = Callable[[int, int, float], None]
Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class _Data:
    """Token runs of a corpus, and which pairs are for what."""

    en: Runs
    ru: Runs
    source: NDArray[np.int32]
    text_ids: NDArray[np.int64]  # of the English and the Russian text, (pairs, 2): equal texts, equal numbers
    is_train: NDArray[np.bool_]
    held: NDArray[np.int64]

    @cached_property
    def train(self) -> NDArray[np.int64]:
        return np.flatnonzero(self.is_train)


def train_encoder(
    files: Sequence[Path], out: Path, options: TrainOptions = DEFAULTS, *, base: Path | None = None,
    progress: Progress | None = None,
) -> TrainReport:  # fmt: skip
    """Train a model and write it to `out` as a sentence-transformers folder.

    Args:
        files: Parquet tables of pairs, folders or patterns of them; see `corpus.find_tables` and `read_pairs`.
        out: folder of the new model.
        options: of the training.
        base: a folder with a static model to go on from; its vocabulary and dimension stay.
        progress: called after every step with steps done, steps in all, and the loss.

    Raises:
        SourceError: if a file cannot be read, lacks the columns, or no pair is left.
        EncoderError: if there are too few pairs, `base` is no static model, or the loss is no number any more.
        ToolkitError: if `out` cannot be written, which is found out first, or another training writes it.
    """
    require_model_place(out)
    with _work_folder(out) as work:
        return _train(files, out, options, base, work, progress)


@contextmanager
def _work_folder(out: Path) -> Iterator[Path]:
    """Hold the folder beside a model where its training stores its state; one without state goes again."""
    work = out.with_name(f".{out.name}.work")
    try:
        with held(work, "training"):
            yield work
    finally:
        with suppress(OSError):
            work.rmdir()


def _train(
    files: Sequence[Path], out: Path, options: TrainOptions, base: Path | None, work: Path, progress: Progress | None
) -> TrainReport:
    files = find_tables(files)
    table = read_pairs(files, skip_licences=options.skip_licences)
    start = None if base is None else _load_base(base)
    if start is not None:
        options = options.model_copy(update={"vocab": len(start[1]), "dim": start[1].shape[1]})
    facts = {"version": VERSION, "options": options.model_dump(mode="json"),
             "files": [sha256_file(file) for file in files], "base": None if start is None else start[2]}  # fmt: skip
    signature = signature_hash(facts)
    corpus = number_words(table, splitter())
    tokenizer = _choose_vocabulary(corpus, options) if start is None else start[0]
    data = _prepare(corpus, tokenizer, options)
    learner, steps = _learn(data, tokenizer, options, None if start is None else start[1],
                            work / signature, progress)  # fmt: skip
    vectors = learner.vectors()
    before = None if start is None else _retrieval_accuracy(data, start[1])
    after = _retrieval_accuracy(data, vectors)
    names = tuple(file.name for file in files)
    report = TrainReport(out, signature, names, len(data.train), len(data.held), steps, before, after)
    _write(report, tokenizer, vectors, corpus, options, base)
    shutil.rmtree(work, ignore_errors=True)
    return report


def _load_base(base: Path) -> tuple[dict[str, Any], Vectors, str]:
    folder = find_static_model(str(base))
    if folder is None:
        raise EncoderError(
            "the base is no folder with a static model", where=base, fix="Give one that train-encoder wrote"
        )
    encoder = StaticEncoder(EncoderOptions(name=str(base)), folder)
    return json.loads((folder / "tokenizer.json").read_text("utf-8")), encoder.token_vectors, encoder.revision


def _choose_vocabulary(corpus: Corpus, options: TrainOptions) -> dict[str, Any]:
    """Learn the vocabulary with every source counting for `per_source` pairs at most."""
    weights = np.minimum(1.0, options.per_source / np.bincount(corpus.source))[corpus.source]
    counts = count_words(corpus.en, weights, len(corpus.words)) + count_words(corpus.ru, weights, len(corpus.words))
    return train_vocabulary(corpus.words, counts, options.vocab)


def _prepare(corpus: Corpus, tokenizer: dict[str, Any], options: TrainOptions) -> _Data:
    """Tokenise, and hold back pairs none of whose texts is trained on."""
    pieces = tokenise_words(tokenizer, corpus.words)
    en, ru = (side.expand(pieces).shorten(_LONGEST) for side in (corpus.en, corpus.ru))
    numbers: dict[bytes, int] = {}
    text_ids = np.array([[numbers.setdefault(run.tobytes(), len(numbers)) for run in side] for side in (en, ru)]).T
    order = np.random.default_rng([options.seed, 0]).permutation(len(en))
    held = order[: min(options.held_back, len(order) // 50 + 1)]
    is_train = np.asarray(~np.isin(text_ids, text_ids[held]).any(axis=1), bool)
    if is_train.sum() < 2:
        raise EncoderError(f"only {is_train.sum()} pairs are left to train on; 2 are too few", fix="Give more pairs")
    return _Data(en, ru, corpus.source, text_ids, is_train, np.sort(held))


def _learn(
    data: _Data, tokenizer: dict[str, Any], options: TrainOptions, vectors: Vectors | None, work: Path,
    progress: Progress | None,
) -> tuple[Learner, int]:  # fmt: skip
    """Run all steps, from the last stored state if there is one."""
    pairs = len(_deal(data, options, 0))
    batch = min(options.batch, max(2, pairs // 4))  # a small corpus still needs some steps
    steps = pairs // batch
    learner = Learner(share_letters(token_list(tokenizer)), options, steps * options.epochs, vectors)
    done, rows = _restore(learner, work)
    for number in range(done, steps * options.epochs):
        epoch, place = divmod(number, steps)
        if place == 0:
            rows = _deal(data, options, epoch)
            if epoch > 0 or vectors is not None:  # a model that knows nothing cannot tell what is alike
                rows = _gather(data, rows, learner.vectors(), batch, np.random.default_rng([options.seed, 3, epoch]))
        loss = learner.step(number, *_take_batch(data, rows[place * batch : (place + 1) * batch], options, number))
        if not np.isfinite(loss):
            fix = "Give a lower learning rate or scale"
            raise EncoderError(f"the loss is no number any more in step {number + 1}", where=work.parent, fix=fix)
        if progress is not None:
            progress(number + 1, steps * options.epochs, loss)
        if (number + 1) % _STORE_EVERY == 0 and number + 1 < steps * options.epochs:
            _store(learner, rows, work, number + 1)
    return learner, steps * options.epochs


def _take_batch(data: _Data, rows: Rows, options: TrainOptions, step: int) -> tuple[Runs, Runs, NDArray[np.bool_]]:
    """Return the English and the Russian texts of a batch, and which of them share a sentence.

    In some steps a text is several sentences, so that the mean of many tokens is learned too.
    """
    generator = np.random.default_rng([options.seed, 4, step])
    if generator.random() >= options.joined:
        return data.en.take(rows), data.ru.take(rows), overlap(rows, data.text_ids)
    count = int(generator.integers(2, _MOST_JOINED + 1))
    all_rows = extend(rows, data.is_train, data.source, count).ravel()
    en, ru = (side.take(all_rows).join(count) for side in (data.en, data.ru))
    return en, ru, overlap(rows, data.text_ids, count)


def _deal(data: _Data, options: TrainOptions, epoch: int) -> Rows:
    return deal_epoch(data.source, data.train, options.per_source, epoch, options.seed)


def _gather(data: _Data, rows: Rows, vectors: Vectors, batch: int, generator: np.random.Generator) -> Rows:
    """Put pairs together that the model takes to be alike; a pair's vector is that of its two texts."""
    pair_vectors = _encode(data.en, rows, vectors)
    pair_vectors += _encode(data.ru, rows, vectors)
    return gather_alike(rows, pair_vectors, batch, generator)


def _encode(runs: Runs, rows: Rows, vectors: Vectors) -> Vectors:
    """Return L2-normalised vectors of some texts, shape (len(rows), dim)."""
    sums = runs.take(rows).sum_rows(vectors)
    sums /= np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
    return sums


def _store(learner: Learner, rows: Rows, work: Path, done: int) -> None:
    """Store what the steps after `done` need: the model, and the epoch's pairs, dealt by a model that is gone."""
    from safetensors.numpy import save_file

    with replacing(work / f"{done}.safetensors") as temporary:
        save_file({**learner.state(), "rows": rows}, temporary)
    for older in work.glob("*.safetensors"):
        if int(older.stem) < done:
            older.unlink()


def _restore(learner: Learner, work: Path) -> tuple[int, Rows]:
    """Restore the latest stored state; return how many steps it has behind it, and the pairs of its epoch."""
    from safetensors.numpy import load_file

    stored = sorted((int(file.stem), file) for file in work.glob("*.safetensors") if file.stem.isdigit())
    if not stored:
        return 0, np.empty(0, np.int64)
    state = load_file(stored[-1][1])
    learner.restore(state)
    return stored[-1][0], state["rows"]


def _retrieval_accuracy(data: _Data, vectors: Vectors) -> float:
    """Return how often a held-back text's nearest text in the other language is its own: mean of both directions."""
    cosines = _encode(data.en, data.held, vectors) @ _encode(data.ru, data.held, vectors).T
    ids = data.text_ids[data.held]
    hits = [(ids[cosines.argmax(axis=1), 1] == ids[:, 1]).mean(), (ids[cosines.argmax(axis=0), 0] == ids[:, 0]).mean()]
    return round(float(np.mean(hits)), 4)


def _write(
    report: TrainReport, tokenizer: dict[str, Any], vectors: Vectors, corpus: Corpus, options: TrainOptions,
    base: Path | None,
) -> None:  # fmt: skip
    """Write the model; the background is measured on the model as written."""
    facts: dict[str, Any] = {
        "signature": report.signature,
        "version": VERSION,
        "options": options.model_dump(mode="json"),
        "pairs": report.pairs,
        "held_back": report.held_back,
        "retrieval_accuracy": report.after,
    }
    card = model_card(report, corpus, options, base)
    write_static_model(report.folder, tokenizer, vectors, facts, card, storage=options.storage)
    written = StaticEncoder(EncoderOptions(name=str(report.folder)), report.folder)
    mean, std = measure_background(written.encode)
    facts["background"] = {"mean": mean, "std": std}
    write_static_model(report.folder, tokenizer, vectors, facts, card, storage=options.storage)
