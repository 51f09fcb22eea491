"""`bitext encode`: texts to vectors."""

from __future__ import annotations

from pathlib import Path

import click

from toolkit.cli.options import FILE, GivenEncoder, check_outputs, encoder_options, json_option, make_encoder


@click.command("encode")
@click.argument("file", type=FILE)
@click.option("-o", "--output", type=FILE, required=True, help="NumPy file: float32, a row for each line of FILE.")
@encoder_options
@json_option
def command(file: Path, output: Path, encoder: GivenEncoder, as_json: bool) -> None:
    """Encode FILE, a text a line, into L2-normalised vectors.

    An empty line gets a row of zeros, so that row n is line n.

    \b
    Examples:
      bitext encode sentences.txt -o vectors.npy
      bitext encode sentences.txt -o vectors.npy --encoder sentence-transformers/LaBSE --revision 836121a
    """
    import json

    import numpy as np

    from toolkit.errors import SourceError
    from toolkit.sources.files import read_text_lines
    from toolkit.storage import replacing

    check_outputs([output], [file])
    lines = read_text_lines(file)
    if not lines:
        raise SourceError("is empty", where=file, fix="Give a text a line")
    model = make_encoder(**encoder)
    vectors = model.encode(lines)
    with replacing(output) as temporary, open(temporary, "wb") as target:
        np.save(target, vectors)
    report = {"texts": len(lines), "dim": model.dim, "encoder": model.name, "revision": model.revision}
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        click.echo(f"{len(lines)} texts x {model.dim} by {model.name} ({model.revision}): {output}", err=True)
