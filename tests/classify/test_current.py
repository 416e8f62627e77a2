import json
from pathlib import Path

from pipeline.classify.current import confusion
from pipeline.domain import Confusion, Stance
from pipeline.settings import ROOT


def current(folder: Path, metrics: object) -> Path:
    (folder / "model-7").mkdir(parents=True)
    (folder / "current").write_text("model-7 0123abcd\n")
    (folder / "model-7" / "metrics.json").write_text(metrics if isinstance(metrics, str) else json.dumps(metrics))
    return folder


def test_the_errors_of_the_current_model_are_those_that_its_evaluation_measured(tmp_path: Path) -> None:
    measured = {"model": "model-7+e", "confusion": {"hedging": {"hedging": 8, "opposing": 2}}}
    assert confusion(tmp_path / "none", current(tmp_path, {"evaluation": measured})) == Confusion(
        model="model-7+e", counts={Stance.HEDGING: {Stance.HEDGING: 8, Stance.OPPOSING: 2}}
    )


def test_without_a_model_or_a_measurement_no_errors_are_known(tmp_path: Path) -> None:
    assert confusion(tmp_path) is None
    for number, metrics in enumerate([{}, {"evaluation": {"model": "model-7"}}, "not json", "[]"]):
        assert confusion(current(tmp_path / str(number), metrics)) is None


def test_the_shipped_models_errors_are_known() -> None:
    found = confusion(ROOT / "models")
    assert found is not None
    assert found.model.startswith((ROOT / "models" / "current").read_text().partition(" ")[0])
    assert all(found.counts[stance][stance] == max(found.counts[stance].values()) for stance in Stance)
