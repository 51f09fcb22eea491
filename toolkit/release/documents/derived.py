"""The files of a release that follow from its manifest and its rows: whoever has those can write them anew."""

from __future__ import annotations

from toolkit.release.documents.card import pick_examples, render_card
from toolkit.release.documents.croissant import NAME as CROISSANT
from toolkit.release.documents.croissant import render_croissant
from toolkit.release.documents.notices import render_citation, render_license
from toolkit.release.documents.pictures import FOLDER, draw_pictures
from toolkit.release.manifest import Manifest
from toolkit.release.rows import Published

CARD = "README.md"


def derive_files(manifest: Manifest, published: Published) -> dict[str, bytes]:
    """Return the files by name: card, pictures, licence, citation, Croissant.

    Args:
        manifest: with the facts of the data files; what it knows of other files is not used.
        published: config -> split -> rows.
    """
    pictures = draw_pictures(manifest.statistics)
    examples = pick_examples(published[manifest.default_config])
    texts = {
        CARD: render_card(manifest, examples, pictures),
        "LICENSE": render_license(manifest),
        "CITATION.cff": render_citation(manifest),
        CROISSANT: render_croissant(manifest),
    }
    files = {f"{FOLDER}/{picture.name}": picture.png for picture in pictures.values()}
    return files | {name: text.encode() for name, text in texts.items()}
