"""A build opens what its run config names once."""

import json
from collections import Counter
from pathlib import Path

import pytest

from toolkit import encoders
from toolkit.options import load_run_config
from toolkit.pipeline import build_dataset
from toolkit.release import files, read
from toolkit.run import resolved

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "dist" / "demo" / "0.1.0"


def test_the_version_before_and_the_encoder_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts: Counter[str] = Counter()
    for where, name in ((files, "read_manifest"), (read, "read_manifest"), (resolved, "read_manifest"),
                        (resolved, "load_encoder"), (encoders, "load_encoder")):  # fmt: skip
        inner = getattr(where, name)

        def counted(asked: object, inner: object = inner, name: str = name) -> object:
            counts[name] += name == "load_encoder" or Path(str(asked)) == DEMO
            return inner(asked)  # type: ignore[operator]

        monkeypatch.setattr(where, name, counted)
    config = load_run_config(ROOT / "configs" / "demo.yaml")
    row = {"id": 1, "date": "2024-04-01T10:00:00Z", "text": "Новый маяк открыли для посетителей в субботу утром."}
    (tmp_path / "new.jsonl").write_text(json.dumps(row), "utf-8")
    source = config.sources[0].model_copy(
        update={"path": tmp_path / "new.jsonl", "channel": "lighthouse", "name": None}
    )
    release = config.release.model_copy(update={"version": "next"})
    config = config.model_copy(update={"sources": (source,), "previous": DEMO, "release": release})
    report = build_dataset(config, out=tmp_path / "dist", work=tmp_path / "work")
    assert report.carried["posts"]
    assert counts == {"read_manifest": 1, "load_encoder": 1}
