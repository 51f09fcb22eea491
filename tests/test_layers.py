"""Imports point down the floors: never up, never sideways between stages or sources, never in a circle."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "toolkit"
FLOORS = [  # ground first; a module may import lower rows only
    {"errors", "untrusted"},
    {"validation", "yaml_file"},
    {"options", "signature", "outputs"},
    {"schemas"},
    {"native"},
    {"text"},
    {"results", "storage", "engine"},
    {"partitions", "takedowns"},
    {"workspace"},
    {"kernels", "encoders"},
    {"duplicates", "matching", "alignment"},
    {"sources", "stages"},
    {"release", "evaluation"},
    {"run"},
    {"pipeline", "explain", "lineage", "exports", "publishing"},
    {"cli"},
    {"__main__", "__init__"},
]
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}
# Inside these rooms a module may use another one; stages and sources may only use their room's own __init__, and
# readers what all readers share.
SIBLINGS_ALLOWED = {
    "native",
    "text",
    "kernels",
    "encoders",
    "duplicates",
    "matching",
    "alignment",
    "release",
    "run",
    "evaluation",
    "exports",
    "publishing",
    "cli",
}
SHARED = {
    f"toolkit.sources.{name}"
    for name in (
        *("files", "inputs", "source", "times", "json_stream", "html", "desktop", "api_fields", "report"),
        *("pieces", "values", "rich_text", "message_body", "api_messages", "second_count"),
        *(
            "columns",
            "column_times",
            "csv_rows",
            "xlsx_rows",
            "table_files",
            "archives",
            "json_shape",
            "tally",
            "tdlib",
        ),
    )
}
MODULES = {".".join(p.relative_to(ROOT.parent).with_suffix("").parts): p for p in ROOT.rglob("*.py")}
VAGUE = {"utils", "helpers", "common", "core", "base", "misc"}


def imports_of(module: str) -> set[str]:
    """Return every toolkit module that a module imports, lazy imports included."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {n if n in MODULES or f"{n}.__init__" in MODULES else str(node.module) for n in names}
    found = {f"{n}.__init__" if f"{n}.__init__" in MODULES else n for n in found}
    return {n for n in found if n in MODULES and n != module}


def room(module: str) -> str:
    return module.split(".")[1]


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_point_down(module: str) -> None:
    for target in imports_of(module):
        if room(target) != room(module):
            assert FLOOR[room(target)] < FLOOR[room(module)], f"{module} imports {target}"
        elif room(module) not in SIBLINGS_ALLOWED:
            is_shared = target in SHARED or target.endswith("__init__") or module.endswith("__init__")
            assert is_shared, f"{module} imports its sibling {target}"


def test_no_import_cycles() -> None:
    TopologicalSorter({module: imports_of(module) for module in MODULES}).prepare()


def test_every_module_has_a_floor_and_a_telling_name() -> None:
    assert {room(module) for module in MODULES} <= set(FLOOR)
    assert not VAGUE & {path.stem for path in MODULES.values()}
