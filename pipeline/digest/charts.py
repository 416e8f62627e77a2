"""
Door: a government's balances, week by week -> a small PNG by Matplotlib. The same values give the same bytes.

Both balances, where the seed papers began, and the days of elections, changes of cabinet and turns in Washington. What
is too little to tell is a gap. The ground is white, since a mail may be shown on any.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 480, 190
"""As shown; twice as many dots each way."""
_DPI = 200
_INK, _MUTED = "#1b1b1b", "#505050"
_STYLES = (("#0b57d0", "o", "-"), ("#b3261e", "s", "--"))


@dataclass(frozen=True, slots=True)
class Line:
    """One balance: a day and its value, or None where too little is known."""

    label: str
    points: tuple[tuple[date, float | None], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn, with every word in its language; ``start`` is the seed papers' position."""

    lines: tuple[Line, ...]
    marks: tuple[tuple[date, str], ...]
    start: float | None
    start_label: str
    ticks: tuple[tuple[date, str], ...]


@lru_cache(maxsize=64)
def draw(chart: Chart) -> bytes:
    """Return the chart as a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH * 2 / _DPI, HEIGHT * 2 / _DPI), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.07, 0.14, 0.90, 0.62))
    if chart.start is not None:
        axes.axhline(chart.start, color=_MUTED, linewidth=1.4, linestyle=":", label=chart.start_label)
    for line, (colour, marker, style) in zip(chart.lines, _STYLES, strict=False):
        days = [day.toordinal() for day, _ in line.points]
        values = [float("nan") if value is None else value for _, value in line.points]
        axes.plot(
            days, values, color=colour, marker=marker, linestyle=style, linewidth=1.6, markersize=4, label=line.label
        )
    for day, name in chart.marks:
        axes.axvline(day.toordinal(), color=_INK, linewidth=0.8, alpha=0.6)
        axes.annotate(name, (day.toordinal(), 1.22), fontsize=8, ha="center", va="bottom", annotation_clip=False)
    span = [day.toordinal() for line in chart.lines for day, _ in line.points]
    axes.set_xlim(min(span) - 3, max(span) + 3)
    _frame(axes, chart.ticks)
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(-0.05, 1.1),
        ncols=3,
        fontsize=8,
        frameon=False,
        labelcolor=_INK,
        handlelength=2.4,
    )
    made = BytesIO()
    figure.savefig(made, format="png", dpi=_DPI, metadata={"Software": None})
    return made.getvalue()


def _frame(axes: "Axes", ticks: Sequence[tuple[date, str]]) -> None:
    axes.set_ylim(-1.2, 1.2)
    axes.set_yticks([-1, 0, 1], ["−1", "0", "+1"])
    axes.set_xticks([day.toordinal() for day, _ in ticks], [label for _, label in ticks])
    axes.tick_params(labelsize=8, colors=_INK, length=2, width=0.6)
    axes.grid(axis="y", color="#e0e0e0", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_linewidth(0.6)
