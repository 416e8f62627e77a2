"""Door: a model's folder -> how it confuses stances, as its evaluation measured. Reads no arrays, loads no model."""

import json
from pathlib import Path

from pipeline.domain import Confusion, Stance


def confusion(*places: Path) -> Confusion | None:
    """Return how the current model of the first place that names one errs; None where that was not measured."""
    named = next((place / "current" for place in places if (place / "current").is_file()), None)
    if named is None:
        return None
    version = named.read_text(encoding="utf-8").partition(" ")[0].strip()
    measured = _evaluation(named.parent / version / "metrics.json")
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
