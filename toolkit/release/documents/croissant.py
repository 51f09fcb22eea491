"""croissant.json: the release in the words of Croissant 1.1, with its RAI and PROV terms, from the manifest alone.

https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from toolkit.release.documents.considerations import biases, limitations, maintenance, personal_data, uses
from toolkit.release.documents.metadata import card_metadata, license_url, one_line
from toolkit.release.documents.notices import authors, bibtex
from toolkit.release.documents.provenance import AGENT_TOOLKIT, BUILD
from toolkit.release.manifest import Manifest, publication_day
from toolkit.release.tables import CONFIGS, PublishedConfig

NAME = "croissant.json"
_PARQUET = "application/x-parquet"  # the only name that mlcroissant loads Parquet by
_SPLITS = "splits"
_SPLIT_TYPES = {"train": "cr:TrainingSplit", "validation": "cr:ValidationSplit", "test": "cr:TestSplit"}
_TYPES = {"string": "sc:Text", "float": "cr:Float32", "int32": "cr:Int32", "int64": "cr:Int64", "bool": "sc:Boolean"}
_TERMS = """arrayShape citeAs column containedIn equivalentProperty extract field fileObject fileProperty fileSet format
    includes isArray isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated replace
    samplingRate separator source subField transform"""
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    **{term: f"cr:{term}" for term in _TERMS.split()},
}


def render_croissant(manifest: Manifest) -> str:
    """Return croissant.json.

    It has one FileObject with its SHA-256 for each data file, one FileSet and one RecordSet for each config that has
    rows, and one RecordSet of the splits. Paths are relative to the folder of the release.
    """
    configs = [config for config in CONFIGS if manifest.configs[config.name].splits]
    facts = {
        "@context": _CONTEXT | manifest.provenance["prefix"],
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
        **_about(manifest),
        **_responsible(manifest),
        **_provenance(manifest),
        "distribution": [
            *(_file_object(manifest, name) for config in configs for name in _files(manifest, config)),
            *(_file_set(manifest, config) for config in configs),
        ],
        "recordSet": [_split_records(manifest), *(_records(config) for config in configs)],
    }
    return json.dumps({key: value for key, value in facts.items() if value}, ensure_ascii=False, indent=2) + "\n"


def _about(manifest: Manifest) -> dict[str, Any]:
    release, metadata = manifest.options["release"], card_metadata(manifest)
    return {
        "name": manifest.name,
        "alternateName": metadata["pretty_name"],
        "description": release["description"].strip(),
        "version": manifest.version,
        "datePublished": publication_day(manifest),
        "license": license_url(release["license"]) or "LICENSE",
        "url": release["homepage"] or "README.md",
        "creator": [{"@type": "sc:Organization", "name": author} for author in authors(manifest)],
        "inLanguage": metadata["language"],
        "keywords": metadata["tags"],
        "citeAs": bibtex(manifest),
    }


def _responsible(manifest: Manifest) -> dict[str, Any]:
    """Return the RAI terms."""
    options, numbers = manifest.options, manifest.statistics
    modes = ", ".join(f"{kind} {mode}" for kind, mode in options["pii"].items() if kind != "public")
    rules = "; ".join(
        f"{r.kind}: {r.rule} (version {r.rule_version}, {r.posts:,} rows)" for r in manifest.funnel.duplicates
    )
    return {
        "rai:dataCollection": "Posts of public channels, read from dumps: "
        + "; ".join(
            f"{one_line(s.label)} ({s.format}, {s.posts:,} posts, {one_line(s.rights)})" for s in manifest.sources
        ),
        "rai:dataCollectionType": ["User-generated content data"],
        "rai:dataCollectionTimeframe": [day for day in (numbers["first_date"], numbers["last_date"]) if day],
        "rai:dataPreprocessingProtocol": [
            f"What reaches one person, before all else: {modes}",
            "Telegram marks, repeated bodies and footers are cut, lines that extractors broke are joined",
            f"Posts of two languages are matched by vectors of {manifest.encoder.name} ({manifest.encoder.revision}), "
            f"times, numbers, links and names; from a probability of {options['match']['min_probability']:g} on",
            f"Sentences are aligned m:n, m + n up to {options['align']['max_sentences']}; pairs of sentences stay from "
            f"a score of {options['filter']['min_score']:g} on",
        ],
        "rai:dataManipulationProtocol": f"Deduplication. {rules or 'No post repeated another one'}. Exact and near "
        "duplicates were removed, other evidence is only reported in the config duplicates. Splits: all posts that "
        "hang together by duplicates or pairs are in one split.",
        "rai:machineAnnotationTools": [
            f"bitext-toolkit {manifest.libraries['bitext-toolkit']}",
            f"{manifest.encoder.name} {manifest.encoder.revision}",
        ],
        "rai:dataBiases": biases(manifest),
        "rai:dataLimitations": limitations(manifest),
        "rai:dataUseCases": uses(manifest),
        "rai:personalSensitiveInformation": personal_data(manifest),
        "rai:dataReleaseMaintenancePlan": maintenance(manifest),
    }


def _provenance(manifest: Manifest) -> dict[str, Any]:
    """Return where the release comes from, in the names that `provenance` of the manifest has."""
    facts = manifest.provenance
    origins = [
        {
            "@id": name,
            "@type": "prov:Entity",
            **{key: value for key, value in facts["entity"][name].items() if key.startswith("prov:")},
            "sha256": facts["entity"][name]["sha256"],
        }
        for relation in facts["wasDerivedFrom"].values()
        for name in [relation["prov:usedEntity"]]
    ]
    return {
        "prov:wasDerivedFrom": origins,
        "prov:wasGeneratedBy": {
            "@id": BUILD,
            "@type": "prov:Activity",
            "prov:label": manifest.signature,
            "prov:wasAssociatedWith": {
                "@id": AGENT_TOOLKIT,
                "@type": "prov:SoftwareAgent",
                **facts["agent"][AGENT_TOOLKIT],
            },
        },
    }


def _files(manifest: Manifest, config: PublishedConfig) -> list[str]:
    return [name for facts in manifest.configs[config.name].splits.values() for name in facts.files]


def _file_object(manifest: Manifest, name: str) -> dict[str, Any]:
    facts = manifest.files[name]
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "contentSize": f"{facts.bytes} B",
        "encodingFormat": _PARQUET,
        "sha256": facts.sha256,
    }


def _file_set(manifest: Manifest, config: PublishedConfig) -> dict[str, Any]:
    splits = manifest.configs[config.name].splits
    return {
        "@type": "cr:FileSet",
        "@id": f"{config.name}-files",
        "name": f"{config.name}-files",
        "description": f"All files of {config.name}; the FileObjects have their checksums.",
        "encodingFormat": _PARQUET,
        "includes": [f"data/{config.name}/{split}-*.parquet" for split in splits],
    }


def _split_records(manifest: Manifest) -> dict[str, Any]:
    names = [split for split in _SPLIT_TYPES if any(split in facts.splits for facts in manifest.configs.values())]
    field = f"{_SPLITS}/name"
    return {
        "@type": "cr:RecordSet",
        "@id": _SPLITS,
        "name": _SPLITS,
        "description": "The splits; a post and all that hangs together with it is in one.",
        "dataType": "cr:Split",
        "key": {"@id": field},
        "field": [
            {"@type": "cr:Field", "@id": field, "name": "name", "dataType": "sc:Text"},
            {"@type": "cr:Field", "@id": f"{_SPLITS}/type", "name": "type", "dataType": "sc:URL"},
        ],
        "data": [{field: name, f"{_SPLITS}/type": _SPLIT_TYPES[name]} for name in names],
    }


def _records(config: PublishedConfig) -> dict[str, Any]:
    files = {"fileSet": {"@id": f"{config.name}-files"}}
    split = {
        "@type": "cr:Field",
        "@id": f"{config.name}/split",
        "name": "split",
        "description": "split that the row is in; part of the file's name",
        "dataType": "sc:Text",
        "source": {
            **files,
            "extract": {"fileProperty": "fullpath"},
            # mlcroissant applies it to its own result too.
            "transform": {"regex": f"(?:data/{re.escape(config.name)}/)?([a-z]+)(?:-.+\\.parquet)?"},
        },
        "references": {"field": {"@id": f"{_SPLITS}/name"}},
    }
    return {
        "@type": "cr:RecordSet",
        "@id": config.name,
        "name": config.name,
        "description": f"A row is {config.about}.",
        "key": [{"@id": f"{config.name}/{column}"} for column in config.key],
        "field": [split, *(_field(config.name, field, files) for field in config.schema)],
    }


def _field(parent: str, field: pa.Field, files: Mapping[str, Any], column: str = "") -> dict[str, Any]:
    """Return a column as a Field, lists as arrays, structs as sub-fields.

    Args:
        parent: `@id` of what it belongs to.
        field: has its meaning as `doc`.
        files: the source.
        column: path of the column in the file, if it is a part of another one.
    """
    kind, name = field.type, f"{parent}/{field.name}"
    is_list = pa.types.is_list(kind)
    if is_list:
        kind = kind.value_type
    facts = {"@type": "cr:Field", "@id": name, "name": field.name}
    if field.metadata:
        facts["description"] = field.metadata[b"doc"].decode()
    if is_list:
        facts |= {"isArray": True, "arrayShape": "-1"}
    if pa.types.is_struct(kind):
        parts = [_field(name, part, files, field.name) for part in kind]
        return facts | {"source": {**files, "extract": {"column": field.name}}, "subField": parts}
    facts["dataType"] = "sc:DateTime" if pa.types.is_timestamp(kind) else _TYPES[str(kind)]
    source: dict[str, Any] = {**files, "extract": {"column": column or field.name}}
    if column:
        source["transform"] = {"jsonPath": field.name}
    return facts | {"source": source}
