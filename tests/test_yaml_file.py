"""YAML that somebody wrote to do harm, or by accident: read, or refused at once in one short line."""

import time
from pathlib import Path

import pytest

from toolkit.errors import OptionError
from toolkit.options import load_run_config

GOOD = """\
release: {name: harbour, version: 1.0.0, title: Harbour, description: Posts, license: cc0-1.0, license_note: Ours, contact: issues}
sources:
  - path: a.json
"""  # noqa: E501


def aliases(kind: str, times: int = 9) -> str:
    """Eleven values, each of which names the one before nine times: 9 ** 11 values in some hundred letters."""
    lines = {"list": "a{}: &a{} [{}]\n", "merge": "a{0}: &a{0} {{<<: [{2}], k{0}: 1}}\n"}
    start = "a0: &a0 [x, x]\n" if kind == "list" else "a0: &a0 {x: 1}\n"
    names = (",".join([f"*a{n - 1}"] * times) for n in range(1, 12))
    return start + "".join(lines[kind].format(n, n, some) for n, some in enumerate(names, 1))


REFUSED = {
    "a list as key": (GOOD + "? [a]\n: b\n", 4, "a key is a list or a mapping"),
    "a mapping as key": (GOOD + "{a: b}: c\n", 4, "a key is a list or a mapping"),
    "a key twice": (GOOD + "dedup: {seed: 1, seed: 2}\n", 4, "key 'seed' is given twice"),
    "a key twice below a merge": ("d: &d {seed: 1}\n" + GOOD + "dedup: {<<: *d, seed: 2, seed: 3}", 5, "given twice"),
    "a key that is a number": (GOOD + "1: 1\n", None, "Keys should be strings, got 1"),
    "a key that is no number": (GOOD + ".nan: 1\n", None, "Keys should be strings, got nan"),
    "deep lists": ("[" * 700, 1, "nested too deeply"),
    "deep mappings": ("{a: " * 1500, 1, "nested too deeply"),
    "deep blocks": ("".join(" " * n + "a:\n" for n in range(700)), None, "nested too deeply"),
    "NUL": (GOOD + "clean: \0", None, "U\\+0000 at 165 is not allowed"),
    "NUL, escaped": (GOOD.replace("a.json", '"a\\0b"'), None, "'sources.0.path': .* has the character U\\+0000"),
    "half a letter": (GOOD.replace("a.json", '"a\\ud800b"'), None, "'sources.0.path': .* has the character U\\+D800"),
    "a bell": (GOOD + "a\x07: 1", None, "U\\+0007 at 159 is not allowed"),
    "no letter": (GOOD + 'a: "\\U00110000"', 4, "not in range"),
    "a long name": (GOOD.replace("harbour", "a" * 300), None, "'release.name'"),
    "a long key": (GOOD + f"dedup: {{{'k' * 1000}: 1}}", None, "unknown option 'dedup.kkk"),
    "a bomb": (aliases("list") + GOOD, 16, "stand for too many values"),
    "a bomb as value": (aliases("list") + GOOD.replace("title: Harbour", "title: *a11"), 16, "too many values"),
    "a bomb of merges": (aliases("merge") + GOOD, None, "unknown option 'a0'"),
    "a small bomb as text": (aliases("list", 1) + GOOD.replace("title: Harbour", "title: *a0"), None, "wanted text"),
    "a list that holds itself": (GOOD + "clean: &a [*a]", 4, "too many values"),
    "a mapping that holds itself": (GOOD + "clean: &a {b: *a}", 4, "too many values"),
    "100,000 digits": (GOOD + f"dedup: {{seed: {'9' * 100_000}}}", 4, "too long for a value that is no text"),
    "12,000 bits": (GOOD + f"dedup: {{seed: 0x{'f' * 3000}}}", None, "'dedup.seed': .*got a number of 12,000 bits"),
    "base 60": (GOOD + f"dedup: {{seed: {':'.join('1' * 1000)}}}", None, "'dedup.seed': .*got a number of 5,902 bits"),
    "over a megabyte": (GOOD + "# " + "x" * (1 << 20), None, "has over 1,048,576 bytes"),
    "code": (GOOD + "clean: !!python/object/apply:os.system [x]", 4, "could not determine a constructor"),
    "binary": (GOOD + "clean: !!binary aGk=", None, "'clean': Input should be a valid dictionary"),
    "a set": (GOOD + "clean: !!set {a}", None, "'clean': Input should be a valid dictionary"),
    "pairs": (GOOD + "clean: !!omap [a: 1]", None, "'clean': Input should be a valid dictionary"),
    **{f"no {tag}": (GOOD + f"dedup: {{seed: !!{tag} abc}}", 4, "no valid YAML: ")
       for tag in ("int", "float", "bool", "timestamp")},
    "no mapping": (GOOD + "dedup: !!map abc", 4, "no valid YAML: "),
    "no text": (GOOD + "dedup: !!str {a: 1}", 4, "no valid YAML: "),
    "no merge": (GOOD + "<<: 1", 4, "'<<' is followed by what is no mapping"),
    "two documents": (GOOD + "---\na: 1\n", 4, "found another document"),
    "a name of nothing": (GOOD + "dedup: *x", 4, "found undefined alias 'x'"),
    "another YAML": ("%YAML 9.9\n---\n" + GOOD, 1, "incompatible YAML document"),
    "no end": (GOOD + "a: 'b", 4, "unexpected end of stream"),
    "a scalar": ("1", None, "empty or no mapping"),
    "no letters": (b"\xff\xfe\0", None, "not UTF-8 text"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line", "message"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused_in_one_short_line_at_once(
    tmp_path: Path, text: str | bytes, line: int | None, message: str
) -> None:
    path = tmp_path / "run.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    started = time.process_time()
    with pytest.raises(OptionError, match=message) as caught:
        load_run_config(path)
    said = str(caught.value)
    assert said.startswith(f"{path}: " if line is None else f"{path}:{line}: ") or (line is None and str(path) in said)
    assert "\n" not in said and len(said) < 400 + len(str(path))
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("text", "threshold"),
    [
        ("\ufeff" + GOOD, 0.8),
        (GOOD + "dedup: &d {threshold: 0.5}\n", 0.5),
        (GOOD + "dedup: {<<: {threshold: 0.5}, seed: 2}\n", 0.5),
        (GOOD + "dedup: {<<: [{threshold: 0.5}, {threshold: 0.6, seed: 3}]}\n", 0.5),
        (GOOD + "dedup: {<<: {threshold: 0.5}, threshold: 0.7}\n", 0.7),
        (GOOD + "dedup: {threshold: 0.7, <<: [{threshold: 0.5}, {<<: {threshold: 0.4}}], <<: {threshold: 0.6}}\n", 0.7),
        (GOOD + "dedup: &d {<<: *d, threshold: 0.7}\n", 0.7),
    ],
)
def test_it_is_read(tmp_path: Path, text: str, threshold: float) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(text, "utf-8")
    assert load_run_config(path).dedup.threshold == threshold
