"""A model's life on a small imagined corpus: train, evaluate, promote; the same texts give the same model."""

import hashlib
import json
import math
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline import training
from pipeline.bootstrap import tagger
from pipeline.classify import artifact, measure, train
from pipeline.classify.artifact import ArtifactError
from pipeline.classify.corpus import CorpusError, corpus, seeds
from pipeline.classify.measure import Pair
from pipeline.classify.second import WEIGHTS, Second
from pipeline.domain import RefusalError, Text
from pipeline.language.concepts import Concepts
from pipeline.settings import load
from pipeline.training import BelowFloorError

SETTINGS = load({})
SENTENCES = [
    "Japan gave Ukraine generators and money for its hospitals.",
    "South Korea weighs how much it wants to lose with Russia.",
    "China says that it is no party to the war in Ukraine.",
    "Taiwan collects bandages for Ukraine and bars chips for Russia.",
    "North Korea sends shells to Russia and calls it friendship.",
    "The opposition in Seoul calls aid for Kyiv a waste.",
    "Nothing of this has to do with the price of tea.",
]
DOCUMENT = " ".join(SENTENCES)
ACTORS = ("JP", "KR", "CN", "TW", "KP", "KR", None)
STANCES = ("supportive", "hedging", "hedging", "supportive", "opposing", "opposing", None)


def label(place: int) -> dict[str, Any]:
    actor, stance = ACTORS[place], STANCES[place]
    position = {
        "actor": actor,
        "voice": "opposition" if place == 5 else "government",
        "stance": stance,
        "reported_shift": ("toward", "none", "away")[place % 3],
        "act": ("carried_out", "considering", "said")[place % 3],
        "allegation": place == 4,
    }
    return {"relevant": actor is not None, "positions": [position] if actor else [], "tracks": ["aid"] * (place == 0)}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like ``models`` with a small corpus, and the seed document beside it."""
    home = tmp_path_factory.mktemp("training")
    seeds, annotations, own = home / "seeds", home / "models" / "annotations", home / "models" / "corpus"
    for folder in (seeds, annotations, own):
        folder.mkdir(parents=True)
    (seeds / "paper.txt").write_text(DOCUMENT, encoding="utf-8")
    sha = hashlib.sha256(DOCUMENT.encode()).hexdigest()
    rows, start = [], 0
    for place, sentence in enumerate(SENTENCES):
        rows.append({"document": sha, "start": start, "end": start + len(sentence), **label(place)})
        start += len(sentence) + 1
    _lines(annotations / "seeds.jsonl", rows)
    texts = [
        {"id": f"{place}-{n}", "lang": "en", "title": f"{sentence} Day {n}", "lead": "", "date": None, **label(place)}
        for place, sentence in enumerate(SENTENCES)
        for n in range(4)
    ]
    _lines(own / "en.jsonl", texts)
    return home


def _lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def fit(made: Path, home: Path, **over: Any) -> training.Trained:
    known = {"seeds": made / "seeds", "into": home, "models": made / "models"}
    return training.fit(load({"STANCEWATCH_VAR_DIR": str(home)}), **{**known, **over})


@pytest.fixture(scope="module")
def trained(made: Path, tmp_path_factory: pytest.TempPathFactory) -> training.Trained:
    return fit(made, tmp_path_factory.mktemp("trained"))


def test_the_same_texts_give_the_same_model_to_the_last_bit(
    made: Path, trained: training.Trained, tmp_path: Path
) -> None:
    again = fit(made, tmp_path)
    assert (again.version, again.sha256, again.metrics) == (trained.version, trained.sha256, trained.metrics)
    assert again.folder != trained.folder
    assert not (made / "models" / "annotations" / "vectors.npz").exists()  # kept only where the model is


def test_what_people_corrected_makes_another_model_and_always_the_same(
    made: Path, trained: training.Trained, tmp_path: Path
) -> None:
    lessons = [replace(one, name=f"lesson {one.name}") for one in corpus(made / "models" / "corpus")[:4]]
    first, again = (fit(made, tmp_path / name, lessons=lessons) for name in ("a", "b"))
    assert first.version != trained.version
    assert (first.version, first.sha256) == (again.version, again.sha256)
    assert first.metrics["texts"]["own"] >= trained.metrics["texts"]["own"] + len(lessons)


def test_a_trained_model_tags(trained: training.Trained) -> None:
    (tag,) = tagger(load({}), trained.folder).tag([Text(title=SENTENCES[0], lead="", lang="en")])
    assert (tag.relevant, tag.model) == (True, trained.version)
    assert tag.positions[0].actor == "JP"


def test_the_card_and_the_figures_say_what_it_was_made_from(trained: training.Trained) -> None:
    assert artifact.metrics(trained.folder) == trained.metrics
    assert trained.metrics["texts"]["own"] >= 4 * len(SENTENCES) - 4
    card = (trained.folder / "card.md").read_text(encoding="utf-8")
    for question, value in trained.metrics["cross_validated_on_own_corpus"]["seeds_and_corpus"].items():
        assert f"| {question} | " in card
        assert f" {value:.3f} |" in card


def test_the_stored_vectors_serve_in_place_of_the_documents(
    made: Path, trained: training.Trained, tmp_path: Path
) -> None:
    models = tmp_path / "models"
    shutil.copytree(made / "models", models)
    with pytest.raises(ArtifactError, match=r"vectors\.npz: missing; run `./run train --seeds DIR`"):
        fit(made, tmp_path, seeds=None, models=models)
    shipped = fit(made, models, models=models)
    assert shipped.sha256 == trained.sha256
    from_vectors = fit(made, tmp_path, seeds=None, models=models)
    assert from_vectors.sha256 == trained.sha256
    assert from_vectors.difference == 0


def test_what_the_seeds_alone_give_is_a_model_of_its_own(made: Path, tmp_path: Path) -> None:
    alone = fit(made, tmp_path, only_seeds=True)
    assert alone.version.startswith("seeds-")
    assert alone.metrics["texts"]["own"] == 0
    assert alone.metrics["cross_validated_on_own_corpus"]["seeds_and_corpus"] == {}


def test_another_document_is_refused_with_the_digest_that_is_wanted(made: Path, tmp_path: Path) -> None:
    (tmp_path / "paper.txt").write_text(f"{DOCUMENT} edited", encoding="utf-8")
    wanted = hashlib.sha256(DOCUMENT.encode()).hexdigest()
    with pytest.raises(CorpusError, match=f"no document with SHA-256 {wanted}"):
        fit(made, tmp_path, seeds=tmp_path)


def test_a_model_of_the_same_texts_but_other_code_differs_and_says_so(
    made: Path, trained: training.Trained, tmp_path: Path
) -> None:
    models = tmp_path / "models"
    shutil.copytree(made / "models", models)
    model = artifact.load(trained.folder)
    one = model.questions["stance"]
    fewer = replace(one, columns=one.columns[:-1], weights=one.weights[:, :-1])
    other = replace(model, questions={**model.questions, "stance": fewer})
    artifact.save(models / trained.version, other, {}, "")
    assert fit(made, tmp_path, models=models).difference == math.inf


# --- evaluate and promote ---


KEYS = ("relevance", "actor", "voice", "stance", "shift", "act", "allegation", "tracks")


def floors(folder: Path, one: float = 0.0, both: float = 0.0, **over: float) -> Path:
    """Write the same floor for every figure of a set; ``over`` of the set for one voter."""
    path = folder / "floors.json"
    sets = {"one": dict.fromkeys(KEYS, one) | over, "both": dict.fromkeys(KEYS, both)}
    path.write_text(json.dumps(sets), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def pairs(made: Path, trained: training.Trained) -> list[Pair]:
    return training.measured(SETTINGS, trained.folder, made / "models" / "corpus")


def test_labelled_texts_of_a_file_or_a_folder_are_tagged_in_order(
    made: Path, trained: training.Trained, pairs: list[Pair]
) -> None:
    own = made / "models" / "corpus"
    assert [pair.gold for pair in pairs] == corpus(own)
    assert {pair.tag.model for pair in pairs} == {trained.version}
    assert training.measured(SETTINGS, trained.folder, own / "en.jsonl") == pairs


def test_a_file_without_labelled_texts_is_named(trained: training.Trained, tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text("\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"gold\.jsonl: no labelled texts"):
        training.measured(SETTINGS, trained.folder, gold)


def test_an_evaluation_gives_figures_within_their_intervals_and_by_language(pairs: list[Pair]) -> None:
    other = [replace(pair, gold=replace(pair.gold, text=replace(pair.gold.text, lang="ja"))) for pair in pairs[:6]]
    found = training.evaluation([*pairs[6:], *other], worst=3)
    assert (found.model, found.texts) == (pairs[0].tag.model, len(pairs))
    assert {name: value for name, (value, _, _) in found.figures.items()} == pytest.approx(measure.figures(pairs))
    assert all(low <= value <= high for value, low, high in found.figures.values())
    assert {lang: texts for lang, (texts, _) in found.by_language.items()} == {"en": len(pairs) - 6, "ja": 6}
    assert found.by_language["ja"][1] == pytest.approx(measure.figures(other), nan_ok=True)
    assert found.alerts == measure.alerts(pairs, training.SURE)
    assert len(found.worst) <= 3
    assert training.evaluation(pairs).worst == []


def test_a_model_at_its_floors_holds_them(pairs: list[Pair], tmp_path: Path) -> None:
    reached = measure.figures(pairs)
    path = floors(tmp_path, **{name: reached[name] for name in KEYS})
    assert training.held(pairs, path) == {name: (reached[name], reached[name]) for name in KEYS}


def test_a_model_below_a_floor_is_refused_and_each_figure_is_named(pairs: list[Pair], tmp_path: Path) -> None:
    high = floors(tmp_path, stance=1.01, voice=1.01)
    wanted = rf"{pairs[0].tag.model}: below its floor: voice .* < 1\.010, stance .* < 1\.010; see models/README"
    with pytest.raises(BelowFloorError, match=wanted):
        training.held(pairs, high)


def test_a_model_with_two_voters_is_held_against_floors_of_its_own(pairs: list[Pair], tmp_path: Path) -> None:
    both = [replace(pair, tag=replace(pair.tag, model=f"{pair.tag.model}+e")) for pair in pairs]
    (tmp_path / "other").mkdir()
    high_for_both, high_for_one = floors(tmp_path, both=1.01), floors(tmp_path / "other", one=1.01)
    assert set(training.held(pairs, high_for_both)) == set(training.held(both, high_for_one)) == set(KEYS)
    for refused, path in ((both, high_for_both), (pairs, high_for_one)):
        with pytest.raises(BelowFloorError):
            training.held(refused, path)


def test_a_figure_that_is_no_number_is_below_every_floor(pairs: list[Pair], tmp_path: Path) -> None:
    irrelevant = [pair for pair in pairs if not pair.gold.relevant]
    with pytest.raises(BelowFloorError, match=r"stance nan < 0\.000"):
        training.held(irrelevant, floors(tmp_path))


def test_a_model_below_a_floor_is_not_promoted(made: Path, trained: training.Trained, tmp_path: Path) -> None:
    folder, gold = tmp_path / trained.version, made / "models" / "corpus"
    shutil.copytree(trained.folder, folder)
    with pytest.raises(BelowFloorError):
        training.promote(SETTINGS, folder, floors=floors(tmp_path, stance=1.01), gold=gold)
    assert not (tmp_path / "current").exists()
    high_for_others = floors(tmp_path, both=1.01)
    assert training.promote(SETTINGS, folder, floors=high_for_others, gold=gold) == trained.version
    assert artifact.current(tmp_path).version == trained.version


def test_a_folder_without_a_model_is_not_promoted(made: Path, trained: training.Trained, tmp_path: Path) -> None:
    folder = tmp_path / "stance-1-x"
    folder.mkdir()
    shutil.copy(trained.folder / "metrics.json", folder)
    with pytest.raises(ArtifactError, match=r"model\.npz"):
        training.promote(SETTINGS, folder, floors=floors(tmp_path), gold=made / "models" / "corpus")
    assert not (tmp_path / "current").exists()


# --- the second voter between its lessons ---

SECOND = Second("elsewhere-1", {name: np.full(3, place, np.float16) for place, name in enumerate(WEIGHTS)})
KNOWN = {"stance/one": 2.25, "stance/both": 1.35, "shift/both": 0.85}


def current_with_second(trained: training.Trained, models: Path) -> None:
    """Make a model with a second voter the current one of a folder."""
    model = replace(artifact.load(trained.folder), version="stance-2-known", second=SECOND, sharpness=KNOWN)
    artifact.promote(models, model.version, artifact.save(models / model.version, model, {}, ""))


@pytest.mark.parametrize("place", ["models", "var/models"])
def test_training_keeps_the_second_voter_of_the_current_model_and_how_sure_both_are(
    made: Path, trained: training.Trained, tmp_path: Path, place: str
) -> None:
    shutil.copytree(made / "models", tmp_path / "models")
    current_with_second(trained, tmp_path / place)
    done = fit(made, tmp_path / "var", into=None, models=tmp_path / "models")
    model, before = artifact.load(done.folder), artifact.load(trained.folder)
    assert done.folder.parent == tmp_path / "var" / "models"
    assert model.second is not None
    assert (model.second.encoder, done.metrics["encoder"]) == ("elsewhere-1", "elsewhere-1")
    assert {name: each.tobytes() for name, each in model.second.weights.items()} == {
        name: each.tobytes() for name, each in SECOND.weights.items()
    }
    assert model.sharpness == {**before.sharpness, "stance/both": 1.35, "shift/both": 0.85}
    assert np.array_equal(model.questions["stance"].weights, before.questions["stance"].weights)


def test_a_model_is_named_by_its_second_voter_too(made: Path, trained: training.Trained, tmp_path: Path) -> None:
    shutil.copytree(made / "models", tmp_path / "models")
    current_with_second(trained, tmp_path / "models")
    one = fit(made, tmp_path / "one", models=tmp_path / "models")
    assert trained.version.endswith("-alone")
    assert one.version.startswith(trained.version.removesuffix("alone"))
    assert not one.version.endswith("-alone")
    assert fit(made, tmp_path / "other", models=tmp_path / "models").sha256 == one.sha256


@pytest.mark.parametrize("tool", ["jax", "optax"])
def test_tuning_without_its_tools_is_refused_with_the_mend(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tool: str
) -> None:
    monkeypatch.delitem(sys.modules, "pipeline.classify.tune", raising=False)
    monkeypatch.setitem(sys.modules, tool, None)
    with pytest.raises(RefusalError, match=r"requirements-tune\.lock"):
        fit(made, tmp_path, tune=True)


def test_what_the_seeds_alone_give_keeps_no_second_voter(made: Path, trained: training.Trained, tmp_path: Path) -> None:
    shutil.copytree(made / "models", tmp_path / "models")
    current_with_second(trained, tmp_path / "models")
    done = fit(made, tmp_path / "var", models=tmp_path / "models", only_seeds=True)
    assert artifact.load(done.folder).second is None


def test_a_current_model_of_other_features_still_hands_on_its_second_voter(
    made: Path, trained: training.Trained, tmp_path: Path
) -> None:
    shutil.copytree(made / "models", tmp_path / "models")
    current_with_second(trained, tmp_path / "models")
    model = replace(artifact.load(tmp_path / "models" / "stance-2-known"), features_version="0")
    artifact.promote(tmp_path / "models", "old", artifact.save(tmp_path / "models" / "old", model, {}, ""))
    done = fit(made, tmp_path / "var", models=tmp_path / "models")
    assert artifact.load(done.folder).second is not None


def test_without_a_trained_model_the_mend_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"no trained model; run `\./run train`"):
        training.newest(load({"STANCEWATCH_VAR_DIR": str(tmp_path)}))


def test_the_model_trained_last_is_the_newest(trained: training.Trained, tmp_path: Path) -> None:
    for age, name in enumerate(("new", "old")):
        shutil.copytree(trained.folder, tmp_path / "models" / name)
        os.utime(tmp_path / "models" / name / "model.npz", (10**9 - age, 10**9 - age))
    assert training.newest(load({"STANCEWATCH_VAR_DIR": str(tmp_path)})).name == "new"


# --- designs ---


def test_joined_designs_keep_rows_labels_and_samples_apart(made: Path) -> None:
    concepts = Concepts(load({}).concepts)
    own = corpus(made / "models" / "corpus")
    one, other = train.design(own[:10], concepts), train.design(own[10:], concepts)
    both, whole = train.join(one, other), train.design(own, concepts)
    for family, table in whole.items():
        assert (both[family].rows != table.rows).nnz == 0
        assert both[family].labels == table.labels
        assert len(np.unique(both[family].samples)) == len(np.unique(table.samples))


def test_what_is_held_out_is_not_fitted_on(made: Path) -> None:
    concepts = Concepts(load({}).concepts)
    own = corpus(made / "models" / "corpus")
    design = train.design(own, concepts)
    held = np.arange(8, len(own))
    one = train.fit_all(design, without=held)["stance"]
    other = train.fit_all(train.design(own[:8], concepts))["stance"]
    assert np.array_equal(one.weights, other.weights)
    assert np.array_equal(one.columns, other.columns)


def test_no_text_is_held_out_twice_and_none_is_left() -> None:
    folds = list(train._folds(7, 30))
    assert sorted(np.concatenate(folds).tolist()) == list(range(7, 31))
    assert len(folds) == train.FOLDS


def test_the_stored_vectors_are_those_of_the_seed_documents(shared: Path) -> None:
    annotations = training.MODELS / "annotations"
    made = train.design(seeds(annotations / "seeds.jsonl", shared / "seeds"), Concepts(load({}).concepts))
    stored = artifact.load_vectors(annotations / "vectors.npz")
    assert set(stored) == set(made)
    for family, table in made.items():
        assert stored[family].labels == table.labels
        assert np.array_equal(stored[family].samples, table.samples)
        assert abs(stored[family].rows - table.rows).max() < 1e-12
