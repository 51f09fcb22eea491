"""Provenance names what the manifest has, and every relation ties names that are there."""

from pathlib import Path

from toolkit.release.documents.provenance import BUILD, RELEASE, describe_provenance
from toolkit.release.manifest import Manifest, PreviousFacts


def test_names_and_ties(built: Path) -> None:
    manifest = Manifest.model_validate_json((built / "manifest.json").read_bytes())
    before = PreviousFacts(version="0.9.0", sha256="9" * 64, anew=None, changes={})
    facts = describe_provenance(manifest.model_copy(update={"previous": before}))
    assert facts["entity"] == {
        RELEASE: {"prov:label": "city-news 1.0.0"},
        "bitext:source/0": {"prov:label": "svod.json", "sha256": "a" * 64},
        "bitext:source/1": {"prov:label": "brief|x.txt", "sha256": "b" * 64, "prov:atLocation": "https://example.org"},
        "bitext:previous": {"prov:label": "city-news 0.9.0", "sha256": "9" * 64},
    }
    assert facts["activity"]["bitext:stage/clean"] == {"prov:label": "clean", "signature": "0011223344556677"}
    assert facts["agent"]["bitext:encoder"]["version"] == "abc123"
    known = facts["entity"] | facts["activity"] | facts["agent"]
    relations = ["wasGeneratedBy", "wasDerivedFrom", "used", "wasInformedBy", "wasAssociatedWith"]
    named = {name for relation in relations for tie in facts[relation].values() for name in tie.values()}
    assert named == set(known)
    assert facts["wasInformedBy"] == {"_:i0": {"prov:informed": BUILD, "prov:informant": "bitext:stage/clean"}}
    assert len(facts["wasDerivedFrom"]) == 3
    assert manifest.provenance == describe_provenance(manifest)
