"""What a build says on stderr while it runs."""

import io

import pytest
from rich.console import Console

from toolkit.cli.progress import _Progress
from toolkit.workspace import Event, PartsDone, StepDone

MERGED = StepDone("merge", 8000, 0, 0.01, False, 8000)
EVENTS: list[tuple[float, Event]] = [
    (0, MERGED),
    (0, "clean [ru]"),
    *((2.0 * n, PartsDone(n, 16)) for n in range(1, 17)),
    (33, StepDone("clean [ru]", 7990, 10, 33.0, False, 8000)),
    (33, "score"),
    *((33.0, PartsDone(n, 4)) for n in range(1, 5)),
    (34, StepDone("score", 9, 0, 0.0, True, 8000)),
]


def said(*, is_terminal: bool) -> tuple[list[str], list[str]]:
    now, status, stream = [0.0], [], io.StringIO()
    console = Console(file=stream, force_terminal=is_terminal, color_system=None, highlight=False, soft_wrap=True)
    progress = _Progress(console, status.append, lambda: now[0])
    for now[0], event in EVENTS:
        progress(event)
    return stream.getvalue().splitlines(), status


@pytest.mark.parametrize("is_terminal", [False, True])
def test_a_step_is_told_when_it_ends_and_every_ten_seconds_in_a_log(is_terminal: bool) -> None:
    lines, status = said(is_terminal=is_terminal)
    parts = [line for line in lines if " parts" in line]
    assert [line for line in lines if line not in parts] == [
        "  ✓     8,000 rows  merge (0.0 s)",
        "  ✓     7,990 rows  clean [ru], 10 dropped (33.0 s, 242 posts/s)",
        "  ✓         9 rows  score (stored)",
    ]
    assert parts == ([] if is_terminal else [
        "    clean [ru]: 5 of 16 parts, 250 posts/s, 0:00:22 left",
        "    clean [ru]: 10 of 16 parts, 250 posts/s, 0:00:12 left",
        "    clean [ru]: 15 of 16 parts, 250 posts/s, 0:00:02 left",
    ])  # fmt: skip
    assert status[1] == r"clean \[ru]: 1 of 16 parts …"
    assert len(status) == 2 + 16 + 4
