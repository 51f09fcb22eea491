"""Small inputs of every kind for benchmarks/faults.py, and what spoils them."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "configs" / "demo"
RELEASE = ROOT / "dist" / "demo" / "0.1.0"

HOSTILE = [
    b"\0", b"\xff\xfe", b"\xd0", b"\xed\xa0\x80", b"NaN", b"-1", b"9" * 400, b"1e999", b"null", b"true", b"[", b"{}",
    b'"', b"'", b"\r", b"\n", b"\\", b"\\ud800", b"[" * 3000, b"{'a':" * 2000, b"<", b"</div>", b"<div>" * 3000,
    b"&#0;", b"&#x110000;", b"*a", b"&a ", b"<<: ", b"? ", b"!!binary ", b"- ", b"---\n", b"2024-13-45", b"../../x",
    b"/dev/zero", b"=1+1", b",", b"\t", "\u2028\u0085\ufeff\u202e\U0001f600".encode(), b"0" * 70_000, b"PAR1", b"",
]  # fmt: skip
VALUES: list[Any] = [
    None, True, -1, 10**23, 1e308, float("nan"), float("inf"), "", "\ud800", "\0", "9" * 5000, [], [[]], {}, [None],
    {"text": []}, ["x", {"type": "bold", "text": 7}], "2024-13-45", {"$date": 9e99}, "t.me/c/1/2",
]  # fmt: skip


def mutate(data: bytes, rng: random.Random) -> bytes:
    """Change bytes in one to eight places."""
    for _ in range(rng.choice((1, 1, 2, 8))):
        one, other = sorted(rng.randrange(len(data) + 1) for _ in range(2))
        other = min(other, one + rng.choice((1, 4, 64, 10**6)))
        words = [found.span() for found in re.finditer(rb"\w+", data[one : one + 1000])] or [(0, 0)]
        begin, close = (one + place for place in rng.choice(words))
        data = rng.choice([
            data[:one] + bytes([rng.randrange(256)]) + data[one + 1 :],
            data[:one] + bytes([data[one] ^ 1 << rng.randrange(8)] if one < len(data) else b"") + data[one + 1 :],
            data[:one],
            data[:one] + data[other:],
            data[:other] + data[one:],
            data[:one] + rng.choice(HOSTILE) + data[one:],
            data[:begin] + rng.choice(HOSTILE) + data[close:],
            data[:begin] + rng.choice(HOSTILE) + data[close:],
        ])  # fmt: skip
    return data


def mutate_values(data: bytes, rng: random.Random) -> bytes:
    """Put another value in the place of one of JSON or JSON lines."""
    lines = data.decode().splitlines() if data.startswith((b'{"id"', b'{"_"')) else [data.decode()]
    number = rng.randrange(len(lines))
    value = json.loads(lines[number])
    places = list(leaves(value))
    holder, key = rng.choice(places)
    holder[key] = rng.choice(VALUES)
    lines[number] = json.dumps(value)
    return "\n".join(lines).encode()


def leaves(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each place of nested lists and objects, as what holds it and its key."""
    for key, inner in list(value.items() if isinstance(value, dict) else enumerate(value)):
        yield value, key
        if isinstance(inner, dict | list):
            yield from leaves(inner)


def mutate_inside(data: bytes, rng: random.Random) -> bytes:
    """Change bytes of what a gzip or ZIP file holds."""
    if data.startswith(b"\x1f\x8b"):
        return gzip.compress(mutate(gzip.decompress(data), rng))
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        chosen = rng.choice(old.namelist())
        for name in old.namelist():
            new.writestr(name, mutate(old.read(name), rng) if name == chosen else old.read(name))
    return packed.getvalue()


NEWS = [
    ("ru", "Мост через реку открыли 5 мая, сообщили в мэрии. По нему пойдут три автобуса. #мост"),
    ("en", "The bridge over the river was opened on 5 May, the mayor's office said. Three buses will cross it."),
    ("ru", "Паром «Кулик» переходит на весеннее расписание: https://port.example/ferry, тел. +7 000 123-45-67"),
    ("en", "The ferry Kulik switches to its spring timetable: https://port.example/ferry, write to @port_desk"),
    ("ru", "Музей порта закрыт до октября."),
]


T_ME = """<div class="tgme_widget_message" data-post="port/{id}"><div class="tgme_widget_message_text js-message_text">
{text}</div><a class="tgme_widget_message_date" href="#"><time datetime="{date}+00:00"></time></a></div>"""
DESKTOP = """<div class="message default clearfix" id="message{id}"><div class="body">
<div class="pull_right date details" title="0{id}.03.2025 12:00:00 UTC+03:00">12:00</div>
<div class="text">{text}</div></div></div>"""


def quoted(cell: object) -> str:
    return '"' + str(cell).replace('"', '""') + '"'


def write_inputs(folder: Path) -> None:
    """Write a small input of every kind; the pages and exports have what NEWS says."""
    import openpyxl
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [
        {"id": n, "date": f"2025-03-0{n}T09:00:00", "channel": f"port_{lang}", "text": text, "views": 10 * n}
        for n, (lang, text) in enumerate(NEWS, 1)
    ]
    exported = [
        row
        | {"type": "message", "text": [row["text"], {"type": "bold", "text": "!"}]}
        | {"reactions": [{"type": "emoji", "count": 3, "emoji": "🔥"}]}
        for row in rows
    ]
    told = [
        {"_": "Message", "id": row["id"], "peer_id": {"_": "PeerChannel", "channel_id": 7}, "message": row["text"]}
        | {"date": row["date"], "entities": [{"_": "MessageEntityBold", "offset": 0, "length": 5}]}
        for row in rows
    ]
    pages = "".join(T_ME.format(**row) for row in rows)
    desktop = "".join(DESKTOP.format(**row) for row in rows)
    csv = "".join(f"{','.join(map(quoted, row))}\n" for row in (rows[0], *(row.values() for row in rows)))
    tsv = "".join("\t".join(map(str, row)) + "\n" for row in (rows[0], *(row.values() for row in rows)))
    texts = {
        "export.json": json.dumps({"name": "Порт", "type": "public_channel", "id": 7, "messages": exported}, indent=1),
        "messages.jsonl": "\n".join(map(json.dumps, told)), "rows.jsonl": "\n".join(map(json.dumps, rows)),
        "table.csv": csv, "table.tsv": tsv, "table.json": json.dumps(rows, ensure_ascii=False),
        "page.html": f"<html><body><main>{pages}</main></body></html>",
        "export.html": f'<html><body><div class="page_body"><div class="history">{desktop}</div></div></body></html>',
        "dump.txt": (DEMO / "en.dump.txt").read_text("utf-8")[:3000], "run.yaml": CONFIG,
    }  # fmt: skip
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    (folder / "cp1251.csv").write_bytes(csv.encode("cp1251", "ignore"))
    (folder / "table.csv.gz").write_bytes(gzip.compress(csv.encode(), mtime=0))
    with zipfile.ZipFile(folder / "pages.zip", "w") as packed:
        packed.writestr(zipfile.ZipInfo("messages.html"), texts["export.html"])
        packed.writestr(zipfile.ZipInfo("rows.csv"), csv)
    book = openpyxl.Workbook()
    for values in (list(rows[0]), *(list(row.values()) for row in rows)):
        book.worksheets[0].append(values)
    book.save(folder / "table.xlsx")
    table = pa.Table.from_pylist([row | {"tags": ["a", None]} for row in rows])
    pq.write_table(table, folder / "table.parquet", compression="none", use_dictionary=["channel"])
    with pa.OSFile(str(folder / "table.arrow"), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)


CONFIG = """\
release: {name: port, version: 0.1.0, title: Port, description: Posts of a port, license: cc0-1.0,
          license_note: Ours, contact: Open an issue}
sources:
  - {path: rows.jsonl, timezone: Europe/Moscow, columns: {post_id: id, text: text}, rights: Ours, slant: None}
dedup: &dedup {threshold: 0.8, keep: earliest}
split: {validation: 0.1, test: 0.1, seed: 7}
pii: {phone: mask, public: ['@port']}
"""


def commands_for(name: str, rng: random.Random) -> list[str]:
    """Return a command that reads the input of that name."""
    if name == "release":
        return rng.choice([
            ["verify", name], ["export", name, "-o", "x.tsv", "--format", "tsv"], ["lineage", "--release", name],
            ["diff", str(RELEASE), name], ["dedup", "rows.jsonl", "-o", "deduped", "--against", name],
            ["explain", "prilivsk_ru/203", "--release", name], ["publish", name, "published"],
        ])  # fmt: skip
    if name == "run.yaml":
        build = ["build", name, "--out", "dist", "--work", "work", "--quiet"]
        return rng.choice([build, ["takedown", "port_ru/1", "--config", name]])
    others = [["dedup", name, "-o", "deduped"]]
    if name.endswith(("txt", "csv")):
        others += [["align", name, name, "-o", "beads.tsv"], ["encode", name, "-o", "vectors.npy"]]
    parse = ["parse", name, "-o", rng.choice(["posts.jsonl", "posts.parquet"]), "--report", "report.json"]
    return rng.choice([parse, parse, parse, *others])


def spoil(name: str, folder: Path, rng: random.Random) -> None:
    """Change the input of that name in its folder."""
    path = folder / name
    if path.is_dir():
        path = rng.choice(sorted(one for one in path.rglob("*") if one.is_file()))
    ways: list[Callable[[bytes, random.Random], bytes]] = [mutate]
    if path.suffix in (".json", ".jsonl") and name != "release":
        ways += [mutate_values, mutate_values]
    if path.suffix in (".gz", ".zip", ".xlsx"):
        ways += [mutate_inside, mutate_inside]
    path.write_bytes(rng.choice(ways)(path.read_bytes(), rng))
    if name == "release" and rng.random() < 0.7 and path.name not in ("manifest.json", "SHA256SUMS"):
        sign(folder / name, path)


def sign(release: Path, path: Path) -> None:
    """Let a release vouch for a changed file."""
    manifest = json.loads((release / "manifest.json").read_text("utf-8"))
    data, name = path.read_bytes(), path.relative_to(release).as_posix()
    manifest["files"][name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    text = json.dumps(manifest, ensure_ascii=False)
    sums = {one: facts["sha256"] for one, facts in manifest["files"].items()}
    sums["manifest.json"] = hashlib.sha256(text.encode()).hexdigest()
    (release / "manifest.json").write_text(text, "utf-8")
    (release / "SHA256SUMS").write_text("".join(f"{digest}  {one}\n" for one, digest in sums.items()), "utf-8")
