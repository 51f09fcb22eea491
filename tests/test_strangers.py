"""A release of a stranger: every command that opens one refuses what is wrong with it, in one line and at once."""

import hashlib
import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from forging import forge

DEMO = Path(__file__).parent.parent / "dist" / "demo" / "0.1.0"
ENDLESS = ("/dev/zero", "/dev/null", "/dev/random")
DATA = "data/sentence_pairs/train-2024-02-00000-of-00001.parquet"
Spoil = Callable[[Path], object]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """End a test that waits for what never comes."""

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def replaced(name: str, make: Callable[[Path], object]) -> Spoil:
    def spoil(release: Path) -> None:
        (release / name).unlink()
        make(release / name)

    return spoil


def written(name: str, data: bytes, *, forged: bool = True) -> Spoil:
    def spoil(release: Path) -> None:
        (release / name).parent.mkdir(exist_ok=True)
        (release / name).write_bytes(data)
        if forged:
            forge(release)

    return spoil


def manifested(text: str) -> Spoil:
    def spoil(release: Path) -> None:
        (release / "manifest.json").write_text(text, "utf-8")

    return spoil


def edited(change: Callable[[dict[str, Any]], object]) -> Spoil:
    return lambda release: forge(release, change)


def bomb(release: Path) -> None:
    """Eight gigabytes in some hundred bytes: a text of a megabyte, named 8,000 times."""
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 8000, pa.int32()), pa.array(["x" * 1_000_000]))
    pq.write_table(pa.table({"ru_text": texts}), release / DATA, compression="zstd")
    manifest = json.loads((release / "manifest.json").read_text("utf-8"))
    data = (release / DATA).read_bytes()
    manifest["files"][DATA] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    _sign(release, manifest)


def _sign(release: Path, manifest: dict[str, Any]) -> None:
    text = json.dumps(manifest)
    (release / "manifest.json").write_text(text, "utf-8")
    sums = {name: facts["sha256"] for name, facts in manifest["files"].items()}
    sums["manifest.json"] = hashlib.sha256(text.encode()).hexdigest()
    (release / "SHA256SUMS").write_text("".join(f"{digest}  {name}\n" for name, digest in sums.items()), "utf-8")


def swap_folder(release: Path) -> None:
    (release / "data").rename(release.parent / "elsewhere")
    (release / "data").symlink_to(release.parent / "elsewhere")


def sparse(release: Path) -> None:
    os.truncate(release / "manifest.json", 1 << 40)


SPOILED: dict[str, Spoil] = {
    **{f"a pipe as {name}": replaced(name, os.mkfifo)
       for name in ("manifest.json", "SHA256SUMS", "CHANGELOG.md", "README.md", DATA)},
    **{f"a link as {name}": replaced(name, lambda path: path.symlink_to("/etc/hostname"))
       for name in ("manifest.json", "SHA256SUMS", "CHANGELOG.md", DATA)},
    **{f"a link to {place}": replaced("CHANGELOG.md", lambda path, place=place: path.symlink_to(place))
       for place in ENDLESS},
    "a link to endless data": replaced(DATA, lambda path: path.symlink_to("/dev/zero")),
    "a folder as a file": replaced("LICENSE", Path.mkdir),
    "a pipe more": lambda release: os.mkfifo(release / "data" / "more"),
    "a link in the place of a folder": swap_folder,
    "a loop of links": lambda release: (release / "loop").symlink_to("loop"),
    "a file more": written("run.sh", b"rm -r /", forged=False),
    "a name that is no text": lambda release: Path(os.fsdecode(os.fsencode(release) + b"/\xff\n")).touch(),
    "another size": written("CHANGELOG.md", b"# Changelog\n\nsecret\n", forged=False),
    "no checksums": lambda release: (release / "SHA256SUMS").unlink(),
    "checksums that are no text": written("SHA256SUMS", b"\xff\xfe\0", forged=False),
    "a manifest of a terabyte": sparse,
    "nested manifest": manifested("[" * 100_000),
    "a number of 5,000 digits": manifested('{"name": ' + "9" * 5000 + "}"),
    "a manifest of halves of letters": manifested('{"name": "\\ud800"}'),
    "a key twice": manifested('{"name": "a", "name": "b"}'),
    "infinity": manifested('{"name": Infinity}'),
    "a manifest that is no object": manifested("null"),
    "a manifest of NUL": manifested("\0" * 100),
    "a number that is none": edited(lambda m: m["configs"]["posts"].update(rows=10**30)),
    "a path that climbs out": edited(lambda m: m["files"].update({"../x": m["files"]["LICENSE"]})),
    "a path with NUL": edited(lambda m: m["files"].update({"a\0b": m["files"]["LICENSE"]})),
    "an absolute path": edited(lambda m: m["files"].update({"/etc/passwd": m["files"]["LICENSE"]})),
    "a path of other letters": edited(lambda m: m["files"].update({"dаta/x": m["files"]["LICENSE"]})),
    "data that is nowhere": edited(
        lambda m: m["configs"]["sentence_pairs"]["splits"]["train"].update(files=["../../posts.parquet"])),
    "a bomb": bomb,
    "no Parquet": lambda r: (written(DATA, b"PAR1" + b"\xff" * 99, forged=False)(r),
                             _sign(r, _with(r, DATA))),
}  # fmt: skip


def _with(release: Path, name: str) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((release / "manifest.json").read_text("utf-8"))
    data = (release / name).read_bytes()
    manifest["files"][name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return manifest


COMMANDS: dict[str, Callable[[Path, Path], list[object]]] = {
    "verify": lambda release, out: ["verify", release],
    "publish": lambda release, out: ["publish", release, out / "published"],
    "diff": lambda release, out: ["diff", DEMO, release],
    "export": lambda release, out: ["export", release, "-o", out / "pairs.tsv", "--format", "tsv"],
    "lineage": lambda release, out: ["lineage", "--release", release],
    "explain": lambda release, out: ["explain", "kontur_gavan/1", "--release", release],
    "takedown": lambda release, out: ["takedown", "a/1", "--config", out / "run.yaml", "--release", release],
    "dedup": lambda release, out: ["dedup", out / "posts.jsonl", "-o", out / "deduped", "--against", release],
    "evaluate": lambda release, out: ["evaluate", "release", release, "--gold", out / "gold.tsv"],
    "train-encoder": lambda release, out: ["train-encoder", release, "-o", out / "model", "--epochs", "1"],
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_every_command_refuses_it(spoil: Spoil, bitext: Run, tmp_path: Path) -> None:
    release = Path(shutil.copytree(DEMO, tmp_path / "release"))
    spoil(release)
    out = tmp_path / "out"
    out.mkdir()
    (out / "posts.jsonl").write_text('{"text": "Мост открыт.", "id": 1}\n', "utf-8")
    (out / "gold.tsv").write_text("a/1\tb/1\n", "utf-8")
    for name, arguments in COMMANDS.items():
        code, printed, error = bitext(*arguments(release, out))
        lines = (printed if name == "verify" else error).splitlines()
        assert code == 2, (name, error)
        assert lines, name
        if name != "verify":  # which lists all problems
            assert len(lines) == 1, (name, lines)
            assert lines[0].startswith("error: "), (name, lines)
    assert sorted(path.name for path in out.iterdir()) == ["gold.tsv", "posts.jsonl"]


def test_the_release_is_fine_before(bitext: Run, tmp_path: Path) -> None:
    """The cases above fail for what was spoiled."""
    release = Path(shutil.copytree(DEMO, tmp_path / "release"))
    for name in ("verify", "publish", "lineage", "export"):
        assert bitext(*COMMANDS[name](release, tmp_path))[0] == 0, name


def test_a_build_does_not_publish_what_a_link_of_the_version_before_leads_to(bitext: Run, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("# Changelog\n\nsecret\n", "utf-8")
    release = Path(shutil.copytree(DEMO, tmp_path / "0.1.0"))
    (release / "CHANGELOG.md").unlink()
    (release / "CHANGELOG.md").symlink_to(secret)
    config = tmp_path / "next.yaml"
    demo = (DEMO.parents[2] / "configs" / "demo.yaml").read_text("utf-8")
    config.write_text(
        f"previous: 0.1.0\n{demo}".replace("path: demo/", f"path: {DEMO.parents[2]}/configs/demo/"), "utf-8"
    )
    code, _, error = bitext("build", config, "--out", tmp_path / "dist", "--work", tmp_path / "work", "--quiet")
    assert (code, len(error.splitlines())) == (2, 1)
    assert "CHANGELOG.md" in error
    assert not (tmp_path / "dist" / "demo" / "0.1.0").exists()
