"""Door: folders of models -> which one is in force, and how it confuses stances. Reads no arrays, loads no model."""

import json
from pathlib import Path

from pipeline.domain import Confusion, Stance


def named(*places: Path) -> tuple[Path, str] | None:
    """Return the folder and the digest that the first place with a file `current` names."""
    for models in places:
        if (models / "current").is_file():
            version, _, sha256 = (models / "current").read_text(encoding="utf-8").strip().partition(" ")
            return models / version, sha256
    return None


def confusion(*places: Path) -> Confusion | None:
    """Return how the current model of the first place that names one errs; None where that was not measured."""
    known = named(*places)
    measured = _evaluation(known[0] / "metrics.json") if known else {}
    if not measured.get("confusion"):
        return None
    return Confusion(
        model=str(measured["model"]),
        counts={
            Stance(label): {Stance(said): int(number) for said, number in row.items()}
            for label, row in dict(measured["confusion"]).items()  # type: ignore[call-overload]
        },
    )


def _evaluation(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_text(encoding="utf-8")).get("evaluation")
    except (OSError, ValueError, AttributeError):  # without its metrics a model still tags
        return {}
    return found if isinstance(found, dict) else {}
