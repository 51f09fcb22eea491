"""The YAML of the dataset card: what the Hub and `load_dataset` read, derived from the manifest alone."""

from __future__ import annotations

import re
from typing import Any

from toolkit.release.manifest import Manifest
from toolkit.release.parquet import yaml_features
from toolkit.release.tables import CONFIGS, DUPLICATES, SENTENCE_PAIRS

_SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"), (10**7, "1M<n<10M"),
          (10**8, "10M<n<100M"), (10**9, "100M<n<1B"))  # fmt: skip
# The Hub's ids in lower case -> SPDX ids, as far as they name one licence.
_SPDX = {
    "apache-2.0": "Apache-2.0", "mit": "MIT", "odbl": "ODbL-1.0", "odc-by": "ODC-By-1.0", "pddl": "PDDL-1.0",
    "cdla-permissive-2.0": "CDLA-Permissive-2.0", "cdla-sharing-1.0": "CDLA-Sharing-1.0", "gfdl": "GFDL-1.3-or-later",
}  # fmt: skip
_CREATIVE_COMMONS = re.compile(r"cc0-1\.0|cc-by(-nc)?(-nd|-sa)?-\d\.\d")
_TELEGRAM_FORMATS = {"extracted_text", "tme_html", "desktop_json", "desktop_html", "api_json"}


def card_metadata(manifest: Manifest) -> dict[str, Any]:
    """Return the front matter of README.md.

    Args:
        manifest: its `options.release`, `sources`, `configs` and data files are used.
    """
    release = manifest.options["release"]
    has_pairs = manifest.has_rows(SENTENCE_PAIRS.name)
    tags = [*(["parallel-corpus", "bitext", "sentence-alignment"] if has_pairs else []), "deduplicated"]
    if any(source.format in _TELEGRAM_FORMATS for source in manifest.sources):
        tags.append("telegram")
    return {
        "pretty_name": one_line(release["title"]),
        **_languages(manifest),
        **_license(release["license"]),
        "multilinguality": _multilinguality(manifest),
        "annotations_creators": ["machine-generated"],
        "language_creators": ["found"],
        "source_datasets": ["original"],
        "size_categories": [size_category(manifest.configs[manifest.default_config].rows)],
        "task_categories": _tasks(manifest),
        "tags": tags,
        **loader_metadata(manifest),
    }


def _languages(manifest: Manifest) -> dict[str, Any]:
    """Return the languages of the posts; both, if there are pairs."""
    found = manifest.statistics["languages"]
    scripts = {"ru": "ru-Cyrl", "en": "en-Latn"}
    here = [lang for lang in scripts if found.get(lang) or found.get("mixed")]
    here = list(scripts) if manifest.has_rows(SENTENCE_PAIRS.name) else here
    return {"language": here, "language_details": ", ".join(scripts[lang] for lang in here)}


def _multilinguality(manifest: Manifest) -> list[str]:
    if manifest.has_rows(SENTENCE_PAIRS.name):
        return ["multilingual", "translation"]
    return ["multilingual" if len(_languages(manifest)["language"]) > 1 else "monolingual"]


def _tasks(manifest: Manifest) -> list[str]:
    """Return the Hub's names of what the rows are good for."""
    if manifest.has_rows(SENTENCE_PAIRS.name):
        return ["translation", "sentence-similarity"]
    return ["text-generation", *(["sentence-similarity"] if manifest.has_rows(DUPLICATES.name) else [])]


def loader_metadata(manifest: Manifest) -> dict[str, Any]:
    """Return the part that decides what `load_dataset` loads: `configs` and `dataset_info`."""
    published = [config for config in CONFIGS if manifest.configs[config.name].splits]
    configs, infos = [], []
    for config in published:
        splits = manifest.configs[config.name].splits
        download = sum(manifest.files[path].bytes for facts in splits.values() for path in facts.files)
        configs.append(
            {
                "config_name": config.name,
                **({"default": True} if config.name == manifest.default_config else {}),
                "version": manifest.version,
                "data_files": [{"split": split, "path": f"data/{config.name}/{split}-*.parquet"} for split in splits],
            }
        )
        infos.append(
            {
                "config_name": config.name,
                "features": yaml_features(config.schema),
                "splits": [
                    {"name": split, "num_bytes": facts.bytes, "num_examples": facts.rows}
                    for split, facts in splits.items()
                ],
                "download_size": download,
                "dataset_size": sum(facts.bytes for facts in splits.values()),
            }
        )
    return {"configs": configs, "dataset_info": infos}


def one_line(text: str) -> str:
    """Return the text in one line."""
    return " ".join(text.split())


def spdx_id(license_id: str) -> str | None:
    """Return the SPDX id of a licence of the Hub; None where there is no one for it.

    >>> spdx_id("cc-by-sa-4.0"), spdx_id("odbl"), spdx_id("cc"), spdx_id("other")
    ('CC-BY-SA-4.0', 'ODbL-1.0', None, None)
    """
    return license_id.upper() if _CREATIVE_COMMONS.fullmatch(license_id) else _SPDX.get(license_id)


def license_url(license_id: str) -> str | None:
    """Return the address of a licence's text; None where SPDX has none."""
    known = spdx_id(license_id)
    return known and f"https://spdx.org/licenses/{known}.html"


def size_category(rows: int) -> str:
    """Return the Hub's name of a size.

    >>> size_category(999), size_category(1000), size_category(2_500_000_000)
    ('n<1K', '1K<n<10K', 'n>1B')
    """
    return next((name for limit, name in _SIZES if rows < limit), "n>1B")


def _license(license_id: str) -> dict[str, str]:
    if license_id != "other":
        return {"license": license_id}
    return {"license": "other", "license_name": "rights-of-the-sources", "license_link": "LICENSE"}
