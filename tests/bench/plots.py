"""The series detector's figures -> two pictures beside the bench's output: delay by size of shift, and false alarms."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl

from pipeline.settings import ROOT
from tests.bench.delay import AFTER, SIZES
from tests.bench.figures import Figures

mpl.use("Agg")
from matplotlib import pyplot as plt

FOLDER = ROOT / "var" / "bench"
_COLOURS = {
    "ours": "#b00020",
    "CUSUM k=0.2": "#1f77b4",
    "3 sigma, 28 days": "#2ca02c",
    "ADWIN": "#9467bd",
    "Page-Hinkley": "#ff7f0e",
    "limit": "#444444",
}
_STORIES = (10, 20, 50, 100, 200, 500)


def drawn(figures: Figures) -> list[str]:
    """Draw both; returns where."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    return [str(path) for path in (_delays(figures["delays"]), _rates(figures["rates"], figures["budget"]))]


def _delays(delays: Figures) -> Path:
    picture, (falls, rises) = plt.subplots(1, 2, figsize=(9, 4), sharey=True, layout="constrained")
    for panel, way, when, limit in ((falls, "falls", "plain", "limit"), (rises, "rises", "rises", "limit of rises")):
        for name, sizes in delays[when].items():
            _line(panel, name, {size: row for size, row in sizes.items() if size != "setting"})
        _line(panel, "limit", delays[limit], linestyle=":")
        panel.set(title=f"{way} after 50 stories, one false alarm a quarter", xlabel="size of the shift", yscale="log")
        panel.set_yticks(_STORIES, labels=map(str, _STORIES))
        panel.set_xticks(SIZES)
        panel.minorticks_off()
        panel.grid(visible=True, alpha=0.2)
    falls.set_ylabel(f"median stories to the alarm ({AFTER} or none: ×)")
    picture.legend(*falls.get_legend_handles_labels(), loc="outside lower center", ncols=6, fontsize="small")
    return _saved(picture, "detect-delay.png")


def _line(panel: Any, name: str, sizes: Mapping[str, Mapping[str, Any]], **style: Any) -> None:
    at, waited = [float(size) for size in sizes], [min(row["median"], AFTER) for row in sizes.values()]
    (line,) = panel.plot(at, waited, marker="o", markersize=3, label=name, color=_COLOURS[name], **style)
    never = [(x, y) for x, y in zip(at, waited, strict=True) if y >= AFTER]
    if never:
        panel.plot(*zip(*never, strict=True), marker="x", markersize=9, linestyle="", color=line.get_color())


def _rates(rates: list[Figures], budget: float) -> Path:
    picture, panel = plt.subplots(figsize=(9, 4), layout="constrained")
    names = [f"{rate['kind']}\n{rate['per_week']} a week" for rate in rates]
    panel.bar(names, [rate["upper95"] for rate in rates], color=_COLOURS["CUSUM k=0.2"], label="upper 95 % bound")
    panel.plot(names, [rate["first_quarter"] for rate in rates], "kx", label="mean of the first quarter")
    panel.axhline(budget, color=_COLOURS["ours"], linewidth=1, label="accepted")
    panel.set_ylabel("false alarms a quarter, over all series")
    panel.tick_params(axis="x", labelrotation=90, labelsize=7)
    panel.legend(fontsize="small")
    return _saved(picture, "detect-false-alarms.png")


def _saved(picture: Any, name: str) -> Path:
    picture.savefig(FOLDER / name, dpi=110)
    plt.close(picture)
    return FOLDER / name
