"""What came out of a training, and the model card that tells it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from toolkit.encoders.corpus import Corpus
from toolkit.options import TrainOptions

_TEMPLATE = """\
---
{license}language: [ru, en]
library_name: sentence-transformers
pipeline_tag: sentence-similarity
tags: [sentence-transformers, static-embedding, bitext]
---

# {name}

A static Russian-English sentence encoder: {tokens:,} sub-word tokens, {dim} dimensions, one vector a token, mean-pooled
and L2-normalised; trained by `bitext train-encoder` on translated pairs with InfoNCE, near neighbours as negatives.
Texts that mean the same have a high cosine, in either language. A text's vector is the sum of its tokens' vectors
before normalising, so sentences add up.

```python
from sentence_transformers import SentenceTransformer

model = SentenceTransformer("{name}")  # this folder
model.encode(["Завтра ожидается снег.", "Snow is expected tomorrow."])
```

`bitext ... --encoder {name}` reads the same folder without torch.

## Figures

Retrieval accuracy (nearest text in the other language, mean of both directions) on {held_back:,} held-back pairs of the
training sources: **{after:.1%}**{before}.

## Training data

{pairs:,} pairs; {epochs} passes, each with at most {per_source:,} pairs of a source, other ones in the next pass. The
licence of each source, as its rows state it:

| source | pairs | licence |
|---|---:|---|
{sources}

## How it was made

    {command}

Signature `{signature}`: the same files and options on the same number of threads give the same bytes.

## Limits

- It knows words, not their order: "dog bites man" and "man bites dog" are one to it.
- Long texts are more alike than short ones, whatever they are about: compare like with like, or sentence by sentence.
- It knows the words of its sources. A name or a term that none of them has is spelled from pieces.
- Two languages, Russian and English. Letters of other scripts say nothing.
"""


@dataclass(frozen=True)
class TrainReport:
    """What came out of a training.

    Attributes:
        folder: the model.
        signature: names input, options and code; the same signature, the same model.
        files: names of the tables.
        pairs: pairs that were trained on.
        held_back: pairs that were not, and that the accuracies are measured on.
        steps: batches in all.
        before: retrieval accuracy on the held-back pairs of the base model; None without one.
        after: that of the new model: mean of both directions, 0..1.
    """

    folder: Path
    signature: str
    files: tuple[str, ...]
    pairs: int
    held_back: int
    steps: int
    before: float | None
    after: float


def model_card(report: TrainReport, corpus: Corpus, options: TrainOptions, base: Path | None) -> str:
    """Return the card's text.

    Args:
        report: of the training.
        corpus: that it read.
        options: that it had.
        base: the model that it went on from.
    """
    counts = np.bincount(corpus.source, minlength=len(corpus.sources))
    rows = sorted(zip(corpus.sources, counts.tolist(), corpus.licences, strict=True), key=lambda row: (-row[1], row[0]))
    return _TEMPLATE.format(
        license="" if options.license is None else f"license: {options.license}\n",
        name=report.folder.name,
        tokens=options.vocab,
        dim=options.dim,
        held_back=report.held_back,
        after=report.after,
        before="" if report.before is None else f" (the base model: {report.before:.1%})",
        pairs=report.pairs,
        epochs=options.epochs,
        per_source=options.per_source,
        sources="\n".join(
            f"| {_cell(name) or '-'} | {count:,} | {_cell(licence) or '-'} |" for name, count, licence in rows
        ),
        command=_command(report, options, base),
        signature=report.signature,
    )


def _command(report: TrainReport, options: TrainOptions, base: Path | None) -> str:
    """Return the command that makes the model again; only options that are not the defaults."""
    given = [f"--base {base.name}"] if base is not None else []
    for name, default in TrainOptions().model_dump().items():
        value = getattr(options, name)
        flag = f"--{name.replace('_', '-')}"
        if name == "skip_licences":
            given += [f"--skip-licence '{words}'" for words in value]
        elif value != default and not (base is not None and name in ("vocab", "dim")):
            given.append(f"{flag} {value}")
    return " ".join(["bitext train-encoder", *report.files, f"-o {report.folder.name}", *given])


def _cell(text: str) -> str:
    """Make a text fit for a table cell: it may come from anywhere."""
    return " ".join(text.replace("|", "/").replace("<", "(").replace(">", ")").split())[:120]
