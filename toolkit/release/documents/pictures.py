"""The pictures of a dataset card, drawn from the statistics of the manifest: the same numbers give the same bytes.

Backgrounds are transparent and colours are of middle lightness, so that they read on white and on black. They are those
of Okabe and Ito, which people who see few colours tell apart; labels say the same in words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FOLDER = "images"
PICTURES = ("score", "length_ratio", "lag", "posts_by_month", "relations")
_BLUE, _ORANGE, _GREEN, _INK = "#0072B2", "#D55E00", "#009E73", "#7A7F87"
_LANGUAGES = (("ru", "Russian", _ORANGE), ("en", "English", _BLUE), ("", "mixed and other", _GREEN))
_WIDTH, _DPI = 7.6, 110  # inches, dots an inch
_LETTERS, _ROWS = 40, 20  # a stranger's release may call relations what it likes, and as many as it likes
_STYLE = Lock()  # matplotlib's settings belong to the process


@dataclass(frozen=True)
class Picture:
    """A picture of the card.

    Attributes:
        name: of its file, in `FOLDER`.
        alt: what it shows, for who does not see it; plain text with all that matters.
        png: its bytes.
    """

    name: str
    alt: str
    png: bytes


@dataclass(frozen=True)
class _Bars:
    """Horizontal bars: a label, a number, a colour each."""

    title: str
    labels: tuple[str, ...]
    counts: tuple[int, ...]
    colors: tuple[str, ...]

    @property
    def alt(self) -> str:
        total = sum(self.counts)
        parts = (f"{label}: {_amount(n, total)}" for label, n in zip(self.labels, self.counts, strict=True) if n)
        return f"{self.title}. {'; '.join(parts)}."

    def draw(self) -> bytes:
        total, top = sum(self.counts), max(self.counts)

        def draw(axes: Axes, write: Callable[..., Any]) -> None:
            places = range(len(self.counts))
            axes.barh(places, self.counts, color=self.colors, height=0.72)
            for place, count, label in zip(places, self.counts, self.labels, strict=True):
                write(-0.012 * top, place, label, ha="right", va="center")
                write(count + 0.012 * top, place, _amount(count, total), ha="left", va="center")
            axes.set(xlim=(0, top * 1.22), ylim=(len(self.counts) - 0.4, -0.6))
            axes.axvline(0, color=_INK, linewidth=0.8)

        longest = max(len(label) for label in self.labels)
        return _png(self.title, 0.62 + 0.27 * len(self.counts), 0.03 + 0.0105 * longest, draw)


@dataclass(frozen=True)
class _Lines:
    """A line a language over months."""

    title: str
    months: tuple[str, ...]  # YYYY-MM, sorted
    series: tuple[tuple[str, str, tuple[int, ...]], ...]  # label, colour, a number a month

    @property
    def alt(self) -> str:
        parts = (f"{label}: {sum(counts):,} in all, up to {max(counts):,} a month" for label, _, counts in self.series)
        return f"{self.title}. {self.months[0]} to {self.months[-1]}: {'; '.join(parts)}."

    def draw(self) -> bytes:
        places = [int(month[:4]) * 12 + int(month[5:]) for month in self.months]
        # A month that is not there has no posts.
        span = range(places[0], places[-1] + 1)
        top = max(max(counts) for _, _, counts in self.series)

        def draw(axes: Axes, write: Callable[..., Any]) -> None:
            ends = []
            for label, color, counts in self.series:
                known = dict(zip(places, counts, strict=True))
                values = [known.get(place, 0) for place in span]
                marker = "o" if len(span) < 36 else ""
                axes.plot(span, values, color=color, linewidth=1.8, marker=marker, markersize=5, clip_on=False)
                ends.append((values[-1], label, color))
            right, least = span[-1] + 0.025 * max(len(span) - 1, 1), -float(top)
            for value, label, color in sorted(ends):
                least = max(value, least + 0.1 * top)  # labels do not lie on each other
                write(right, least, label, ha="left", va="center", color=color)
            for place in _ticks(span):
                write(place, -0.08 * top, f"{(place - 1) // 12}-{(place - 1) % 12 + 1:02d}", ha="center", va="top")
            for value in (0, top):
                axes.axhline(value, color=_INK, linewidth=0.8, linestyle="-" if value == 0 else ":")
                write(span[0] - 0.035 * max(len(span) - 1, 1), value, f"{value:,}", ha="right", va="center")
            axes.set(xlim=(span[0] - 0.03 * max(len(span) - 1, 1), span[-1] + 0.01), ylim=(-0.02 * top, 1.06 * top))

        return _png(self.title, 2.3, 0.09, draw, right=0.8, bottom=0.14)


def draw_pictures(statistics: Mapping[str, Any]) -> dict[str, Picture]:
    """Draw what there are numbers for.

    Args:
        statistics: of the manifest, see `statistics.describe`.

    Returns:
        `PICTURES` by name; those of nothing are left out.
    """
    histograms = statistics["histograms"]
    charts = (
        _edges_chart("Sentence pairs by score", histograms["score"]),
        _edges_chart("Sentence pairs by length ratio", histograms["length_ratio"]),
        _lag_chart(statistics["lag"], sum(statistics["post_pairs"].values())),
        _month_chart(statistics["posts_by_month"], sum(statistics["languages"].values())),
        _relation_chart(statistics["variants"]),
    )
    named = zip(PICTURES, charts, strict=True)
    return {name: Picture(f"{name}.png", chart.alt, _draw(chart)) for name, chart in named if chart}


@lru_cache(maxsize=16)
def _draw(chart: _Bars | _Lines) -> bytes:
    """Draw a chart once: a build draws it for the release, and to verify that."""
    return chart.draw()


def freetype_version() -> str:
    """Return the version of what draws letters for matplotlib; it comes with it, or is the system's."""
    from matplotlib import ft2font

    return str(ft2font.__freetype_version__)


def _edges_chart(title: str, histogram: Mapping[str, Sequence[float]]) -> _Bars | None:
    edges, counts = histogram["edges"], [int(count) for count in histogram["counts"]]
    if not any(counts):
        return None
    first = next(place for place, count in enumerate(counts) if count)  # what is below nobody sees
    labels = [f"{low:g} to {high:g}" for low, high in pairwise(edges)][first:]
    return _Bars(title, tuple(labels), tuple(counts[first:]), (_BLUE,) * len(labels))


def _lag_chart(lag: Mapping[str, Any], pairs: int) -> _Bars | None:
    edges = lag["edges"]
    spans = [f"{low} to {high} h" for low, high in pairwise(edges)] + [f"{edges[-1]} h and more"]
    spans[0] = f"under {edges[1]} h"
    rows = [(f"Russian first, {span}", n, _ORANGE) for span, n in zip(spans, lag["ru_first"], strict=True)][::-1]
    rows.append(("same time", lag["same_time"], _GREEN))
    rows += [(f"English first, {span}", n, _BLUE) for span, n in zip(spans, lag["en_first"], strict=True)]
    return _rows_chart(f"Post pairs by lag between the two posts{_without(pairs - sum(n for _, n, _ in rows))}", rows)


def _relation_chart(variants: Mapping[str, Mapping[str, int]]) -> _Bars | None:
    colors = {"parallel": _BLUE, "partial": _GREEN}
    rows = [
        (f"{relation}{', ' if variant else ''}{variant}"[:_LETTERS], count, colors.get(relation, _ORANGE))
        for relation, counts in variants.items()
        for variant, count in counts.items()
    ]
    return _rows_chart("Post pairs by relation and variant", rows[:_ROWS])


def _rows_chart(title: str, rows: Sequence[tuple[str, int, str]]) -> _Bars | None:
    shown = [row for row in rows if row[1]]
    if not shown:
        return None
    labels, counts, colors = zip(*shown, strict=True)
    return _Bars(title, labels, counts, colors)


def _month_chart(by_month: Mapping[str, Mapping[str, int]], posts: int) -> _Lines | None:
    named = {code for code, *_ in _LANGUAGES if code}
    series = []
    for code, label, color in _LANGUAGES:
        counts = tuple(
            counts.get(code, 0) if code else sum(n for lang, n in counts.items() if lang not in named)
            for counts in by_month.values()
        )
        if any(counts):
            series.append((label, color, counts))
    title = f"Posts a month by language{_without(posts - sum(sum(counts) for _, _, counts in series))}"
    return _Lines(title, tuple(by_month), tuple(series)) if series else None


def _without(undated: int) -> str:
    return f"; {undated:,} more {'has' if undated == 1 else 'have'} no dates" if undated else ""


def _ticks(span: range) -> list[int]:
    """Return first, last and at most four months between, evenly."""
    count = min(len(span), 6)
    return sorted({span[round(number * (len(span) - 1) / max(count - 1, 1))] for number in range(count)})


def _amount(count: int, total: int) -> str:
    """Return a count with its share.

    >>> _amount(1234, 5000), _amount(1, 5000)
    ('1,234 (24.7 %)', '1 (<0.1 %)')
    """
    share = 100 * count / total
    return f"{count:,} ({share:.1f} %)" if share >= 0.05 or not count else f"{count:,} (<0.1 %)"


def _png(
    title: str,
    height: float,
    left: float,
    draw: Callable[[Axes, Callable[..., Any]], None],
    *,
    right: float = 0.97,
    bottom: float = 0.06,
) -> bytes:
    """Draw a title and axes without anything, and let `draw` fill them.

    Args:
        title: above all.
        height: of the picture, in inches.
        left: of the axes, as a share of the picture.
        draw: gets the axes and a function that writes text at a place of them.
        right: as left.
        bottom: as left.
    """
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties
    from PIL import Image

    # A file of the library's own: a name would find what fonts this machine happens to have.
    font = Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
    small, large = FontProperties(fname=font, size=9), FontProperties(fname=font, size=11)
    with _STYLE, matplotlib.rc_context(matplotlib.rcParamsDefault):  # not the user's settings
        figure = Figure(figsize=(_WIDTH, round(height, 2)), dpi=_DPI, facecolor="none")
        canvas = FigureCanvasAgg(figure)
        axes = figure.add_axes((left, bottom, right - left, 1 - bottom - 0.42 / height))
        axes.set_axis_off()

        def write(x: float, y: float, text: str, **style: Any) -> None:
            known: dict[str, Any] = {"color": _INK, "fontproperties": small, "parse_math": False}
            axes.text(x, y, text, **known | style)

        figure.text(0.01, 1 - 0.12 / height, title, color=_INK, fontproperties=large, va="top", ha="left")
        draw(axes, write)
        canvas.draw()
    image = Image.frombytes("RGBA", canvas.get_width_height(), bytes(canvas.buffer_rgba()))
    file = BytesIO()
    # A few hues and their edges: 64 colours look the same and take a third of the bytes.
    image.quantize(64, method=Image.Quantize.FASTOCTREE).save(file, "png")
    return file.getvalue()
