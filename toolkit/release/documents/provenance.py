"""Where a release comes from, as PROV says it: entities, activities, agents, and what ties them.

The form is PROV-JSON (https://www.w3.org/submissions/prov-json/), in the manifest under `provenance`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from toolkit.release.manifest import Manifest

RELEASE: Final = "bitext:release"
BUILD: Final = "bitext:build"
AGENT_TOOLKIT: Final = "bitext:toolkit"
AGENT_ENCODER: Final = "bitext:encoder"


def describe_provenance(manifest: Manifest) -> dict[str, Any]:
    """Return the provenance; everything in it is somewhere else in the manifest too.

    Args:
        manifest: without its `provenance`.
    """
    origins = {
        f"bitext:source/{number}": {"prov:label": source.label, "sha256": source.sha256}
        | ({"prov:atLocation": source.url} if source.url else {})
        for number, source in enumerate(manifest.sources)
    }
    if manifest.previous:
        label = f"{manifest.name} {manifest.previous.version}"
        origins["bitext:previous"] = {"prov:label": label, "sha256": manifest.previous.sha256}
    stages = {f"bitext:stage/{name}": {"prov:label": name, "signature": key} for name, key in manifest.stages.items()}
    agents = {
        AGENT_TOOLKIT: {"prov:label": "bitext-toolkit", "version": manifest.libraries["bitext-toolkit"]},
        AGENT_ENCODER: {"prov:label": manifest.encoder.name, "version": manifest.encoder.revision},
    }
    return {
        "prefix": {"bitext": f"urn:bitext:{manifest.name}:{manifest.version}:"},
        "entity": {RELEASE: {"prov:label": f"{manifest.name} {manifest.version}"}, **origins},
        "activity": {BUILD: {"prov:label": manifest.signature}, **stages},
        "agent": {name: {"prov:type": "prov:SoftwareAgent", **facts} for name, facts in agents.items()},
        "wasGeneratedBy": {"_:g0": {"prov:entity": RELEASE, "prov:activity": BUILD}},
        "wasDerivedFrom": _numbered(
            "d", ({"prov:generatedEntity": RELEASE, "prov:usedEntity": name} for name in origins)
        ),
        "used": _numbered("u", ({"prov:activity": BUILD, "prov:entity": name} for name in origins)),
        "wasInformedBy": _numbered(
            "i", ({"prov:informed": later, "prov:informant": one} for one, later in pairwise([*stages, BUILD]))
        ),
        "wasAssociatedWith": _numbered("a", ({"prov:activity": BUILD, "prov:agent": name} for name in agents)),
    }


def _numbered(letter: str, relations: Any) -> dict[str, Any]:
    return {f"_:{letter}{number}": relation for number, relation in enumerate(relations)}
