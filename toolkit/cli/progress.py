"""What a build does now, on stderr: a line that changes on a terminal, and lines in a log."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from toolkit.workspace import Event, PartsDone, StepDone

if TYPE_CHECKING:
    from rich.console import Console

_EVERY: Final = 10  # seconds between two lines of a step in a log
_LATELY: Final = 32  # parts from which the time that is left is told: stored ones take none


@contextmanager
def show_progress(quiet: bool) -> Iterator[Callable[[Event], None]]:
    """Show the running step with its parts, posts a second and the time left, and a line for each that is done."""
    from rich.console import Console

    console = Console(stderr=True, quiet=quiet, highlight=False, soft_wrap=True)
    with console.status("") as status:
        yield _Progress(console, status.update)


class _Progress:
    def __init__(self, console: Console, update: Callable[[str], None], clock: Callable[[], float] = time.monotonic):
        self._console, self._update, self._clock = console, update, clock
        self._label, self._said = "", 0.0
        self._posts: int | None = None
        self._lately: deque[tuple[float, int]] = deque(maxlen=_LATELY)

    def __call__(self, event: Event) -> None:
        from rich.markup import escape

        if isinstance(event, str):
            self._label, self._said = event, self._clock()
            self._lately.clear()
            self._update(f"{escape(event)} …")
        elif isinstance(event, PartsDone):
            self._show(f"{escape(self._label)}: {self._describe(event)}")
        else:
            self._posts = event.posts
            self._console.print(f"  [green]✓[/] {_describe_step(event)}")

    def _show(self, line: str) -> None:
        self._update(f"{line} …")
        now = self._clock()
        if not self._console.is_terminal and now - self._said >= _EVERY:
            self._said = now
            self._console.print(f"    {line}")

    def _describe(self, parts: PartsDone) -> str:
        """Say how far the parts are, how fast, and how long they still take."""
        if parts.done == 1:  # a step may have several works, each with parts of its own
            self._lately.clear()
        self._lately.append((self._clock(), parts.done))
        words = [f"{parts.done:,} of {parts.of:,} parts"]
        (began, first), (now, last) = self._lately[0], self._lately[-1]
        if last > first and now > began:
            rate = (last - first) / (now - began)
            if self._posts is not None:
                words.append(f"{rate * self._posts / parts.of:,.0f} posts/s")
            left = round((parts.of - last) / rate)
            words.append(f"{left // 3600}:{left // 60 % 60:02d}:{left % 60:02d} left")
        return ", ".join(words)


def _describe_step(step: StepDone) -> str:
    """Return a line about a step that is done, in the markup of a console."""
    from rich.markup import escape

    gone = f", {step.dropped:,} dropped" if step.dropped else ""
    time = "stored" if step.was_stored else f"{step.seconds:.1f} s"
    if step.posts and step.seconds >= 0.1:
        time += f", {step.posts / step.seconds:,.0f} posts/s"
    return f"{step.rows:>9,} rows  {escape(step.label)}{gone} [dim]({time})[/]"
