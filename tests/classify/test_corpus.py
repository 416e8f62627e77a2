"""Labelled texts: how they are read, what is said of a wrong one, and what ours are."""

import hashlib
import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pipeline import training
from pipeline.classify import corpus
from pipeline.classify.corpus import CorpusError, Label, Sample
from pipeline.dedup.fingerprint import Fingerprint, fingerprint
from pipeline.dedup.near import pairs
from pipeline.domain import Act, Actor, ReportedShift, Stance, Text, Track, Voice
from pipeline.settings import ROOT

MODELS = ROOT / "models"

POSITION = {
    "actor": "JP",
    "voice": "government",
    "stance": "supportive",
    "reported_shift": "toward",
    "act": "decided",
    "allegation": False,
}
ROW: dict[str, Any] = {
    "id": "x-1",
    "lang": "ja",
    "title": "政府、ウクライナへ供与",
    "lead": None,
    "date": "2026-03-01",
    "relevant": True,
    "positions": [POSITION],
    "tracks": ["aid"],
}
WHOLE = "A heading.\n\nTokyo gave, «щедро», and Seoul did not.\n"
SHA = hashlib.sha256(WHOLE.encode()).hexdigest()
SPAN = {"document": SHA, "start": 12, "end": 29, "relevant": True, "positions": [POSITION], "tracks": []}


def lines(path: Path, *rows: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    written = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(written) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    (folder / "a folder").mkdir(parents=True)
    (folder / "any name.txt").write_bytes(WHOLE.encode())
    return folder


def test_a_row_becomes_a_sample(tmp_path: Path) -> None:
    lines(tmp_path / "a.jsonl", ROW)
    assert corpus.corpus(tmp_path) == [
        Sample(
            name="x-1",
            story="x-1",
            text=Text(
                title="政府、ウクライナへ供与", lead="", lang="ja", published_at=datetime(2026, 3, 1, tzinfo=UTC)
            ),
            relevant=True,
            positions=(
                Label(
                    actor=Actor.JP,
                    voice=Voice.GOVERNMENT,
                    stance=Stance.SUPPORTIVE,
                    reported_shift=ReportedShift.TOWARD,
                    act=Act.DECIDED,
                    allegation=False,
                ),
            ),
            tracks=frozenset({Track.AID}),
        )
    ]


def test_texts_on_one_happening_share_a_story_and_a_text_without_one_is_a_story_of_its_own(tmp_path: Path) -> None:
    rows = (ROW | {"story": "aid"}, ROW | {"id": "x-2", "story": "aid"}, ROW | {"id": "x-3", "story": None})
    path = lines(tmp_path / "gold.jsonl", *rows)
    found = corpus.labelled(path)
    assert [(sample.name, sample.story) for sample in found] == [("x-1", "aid"), ("x-2", "aid"), ("x-3", "x-3")]


def test_a_text_without_an_id_is_named_by_its_file_and_line(tmp_path: Path) -> None:
    path = lines(tmp_path / "gold.jsonl", {k: v for k, v in ROW.items() if k != "id"})
    assert [sample.name for sample in corpus.labelled(path)] == [f"{path}: line 1"]


def test_one_file_is_read_alone(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", ROW)
    lines(tmp_path / "b.jsonl", ROW)
    assert len(corpus.labelled(path)) == 1
    assert len(corpus.corpus(tmp_path)) == 2


def test_labelled_texts_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"gone\.jsonl: .*No such file"):
        corpus.labelled(tmp_path / "gone.jsonl")


def test_files_are_read_in_the_order_of_their_names_and_lines(tmp_path: Path) -> None:
    lines(tmp_path / "b.jsonl", ROW | {"title": "3"})
    lines(tmp_path / "a.jsonl", ROW | {"title": "1"}, "", ROW | {"title": "2"})
    (tmp_path / "notes.txt").write_text("not a corpus")
    assert [sample.text.title for sample in corpus.corpus(tmp_path)] == ["1", "2", "3"]


def test_a_separator_of_lines_inside_a_text_does_not_end_its_row(tmp_path: Path) -> None:
    lines(tmp_path / "a.jsonl", ROW | {"title": "one\u2028text\x85"})
    assert corpus.corpus(tmp_path)[0].text.title == "one\u2028text\x85"


WRONG = [
    ("{", "not JSON"),
    ("[]", "not a JSON object"),
    ({k: v for k, v in ROW.items() if k != "lang"}, "'lang' is missing"),
    ({k: v for k, v in ROW.items() if k != "positions"}, "'positions' is missing"),
    (ROW | {"positions": [{**POSITION, "stance": "lukewarm"}]}, "'lukewarm' is not a valid Stance"),
    (ROW | {"positions": [{**POSITION, "actor": "US"}]}, "'US' is not a valid Actor"),
    (ROW | {"positions": [{**POSITION, "allegation": "false"}]}, "'false' is neither true nor false"),
    (ROW | {"positions": [{k: v for k, v in POSITION.items() if k != "act"}]}, "'act' is missing"),
    (ROW | {"positions": ["JP"]}, "string indices"),
    (ROW | {"tracks": ["music"]}, "'music' is not a valid Track"),
    (ROW | {"relevant": 1}, "1 is neither true nor false"),
    (ROW | {"date": "yesterday"}, "Invalid isoformat"),
]


@pytest.mark.parametrize(("row", "complaint"), WRONG)
def test_a_wrong_row_is_named_by_file_and_line(tmp_path: Path, row: Any, complaint: str) -> None:
    path = lines(tmp_path / "a.jsonl", ROW, "", row)
    with pytest.raises(CorpusError, match=f"{re.escape(str(path))}: line 3: .*{re.escape(complaint)}"):
        corpus.corpus(tmp_path)


def test_a_folder_without_texts_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=f"{re.escape(str(tmp_path))}: no labelled texts"):
        corpus.corpus(tmp_path)


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes("政府".encode("shift_jis"))
    with pytest.raises(CorpusError, match=r"a\.jsonl: .*utf-8"):
        corpus.corpus(tmp_path)


def test_an_annotation_points_into_its_document(tmp_path: Path, documents: Path) -> None:
    (sample,) = corpus.seeds(lines(tmp_path / "seeds.jsonl", SPAN), documents)
    assert sample.text == Text(title="Tokyo gave, «щедр", lead="", lang="en")
    assert sample.name == sample.story == f"{tmp_path / 'seeds.jsonl'}: line 1"


def test_a_missing_document_is_named_by_its_digest(tmp_path: Path, documents: Path) -> None:
    wanted = "ab" * 32
    path = lines(tmp_path / "seeds.jsonl", SPAN, SPAN | {"document": wanted})
    with pytest.raises(CorpusError, match=rf"no document with SHA-256 {wanted}; of its 1 files none has that digest"):
        corpus.seeds(path, documents)


def test_an_edited_document_is_another_document(tmp_path: Path, documents: Path) -> None:
    (documents / "any name.txt").write_bytes(WHOLE.encode() + b" ")
    with pytest.raises(CorpusError, match=rf"no document with SHA-256 {SHA}.*an edited copy does not serve"):
        corpus.seeds(lines(tmp_path / "seeds.jsonl", SPAN), documents)


def test_a_missing_folder_of_documents_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="nowhere: no such folder"):
        corpus.seeds(lines(tmp_path / "seeds.jsonl", SPAN), tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"end": 10_000}, "12 to 10000 is no span of a document with 52 characters"),
        ({"start": -1}, "-1 to 29 is no span"),
        ({"start": 29}, "29 to 29 is no span"),
        ({"start": None}, "not supported"),
        ({"tracks": ["music"]}, "'music' is not a valid Track"),
    ],
)
def test_a_wrong_annotation_is_named_by_file_and_line(
    tmp_path: Path, documents: Path, change: dict[str, Any], complaint: str
) -> None:
    path = lines(tmp_path / "seeds.jsonl", SPAN, SPAN | change)
    with pytest.raises(CorpusError, match=f"{re.escape(str(path))}: line 2: .*{re.escape(complaint)}"):
        corpus.seeds(path, documents)


def test_an_annotation_without_a_document_is_named_by_file_and_line(tmp_path: Path, documents: Path) -> None:
    path = lines(tmp_path / "seeds.jsonl", {k: v for k, v in SPAN.items() if k != "document"}, SPAN)
    with pytest.raises(CorpusError, match=f"{re.escape(str(path))}: line 1: 'document' is missing"):
        corpus.seeds(path, documents)


def test_the_digest_of_files_changes_with_a_name_or_a_byte(tmp_path: Path) -> None:
    one, other = lines(tmp_path / "a.jsonl", ROW), lines(tmp_path / "b.jsonl", ROW)
    first = corpus.digest([one, other])
    assert first == corpus.digest([other, one])
    assert corpus.digest([one]) != corpus.digest([other])
    other.write_text("changed")
    assert corpus.digest([one, other]) != first


# --- ours ---

OURS = training.MODELS / "corpus"


def our_rows() -> list[dict[str, Any]]:
    return [row for path in sorted(OURS.glob("*.jsonl")) for _, row in corpus._lines(path)]


def test_every_row_of_our_corpus_is_valid() -> None:
    samples = corpus.corpus(OURS)
    assert len(samples) == len(our_rows())
    for sample in samples:
        assert sample.text.title or sample.text.lead
        assert sample.relevant or not (sample.positions or sample.tracks)


def test_no_two_rows_of_our_corpus_have_one_id() -> None:
    assert [name for name, times in Counter(row["id"] for row in our_rows()).items() if times > 1] == []


def test_every_annotation_of_the_seeds_is_valid_and_no_two_overlap() -> None:
    rows = [row for _, row in corpus._lines(training.MODELS / "annotations" / "seeds.jsonl")]
    spans = sorted((row["document"], row["start"], row["end"]) for row in rows)
    for (document, _, end), (following, start, _) in pairwise(spans):
        assert document != following or end <= start
    for row in rows:
        assert set(row) == {"document", "start", "end", "relevant", "positions", "tracks"}
        assert row["relevant"] or not (row["positions"] or row["tracks"])
        assert set(row["tracks"]) <= set(Track)


def project_files() -> Iterator[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=False
    ).stdout.decode()
    names = listed.split("\0") if listed else [str(p.relative_to(ROOT)) for p in (ROOT / "models").rglob("*")]
    yield from (ROOT / name for name in names if name and (ROOT / name).is_file())


def squeezed(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()


def test_no_sentence_of_the_seed_documents_is_in_the_project(shared: Path) -> None:
    samples = corpus.seeds(training.MODELS / "annotations" / "seeds.jsonl", shared / "seeds")
    sentences = {squeezed(sample.text.title) for sample in samples}
    long = sorted(sentence for sentence in sentences if len(sentence) > 40)
    assert len(long) > 100
    # a sentence that was cut in two would still show one half
    halves = {part for sentence in long for part in (sentence[: len(sentence) // 2], sentence[len(sentence) // 2 :])}
    found = [
        (path.relative_to(ROOT), half)
        for path in project_files()
        if path.suffix not in {".npz", ".lock"}
        for text in [squeezed(path.read_bytes().decode("utf-8", "ignore"))]
        for half in halves
        if len(half) > 40 and half in text
    ]
    assert found == []


def marks(row: dict[str, Any]) -> Fingerprint:
    return fingerprint(row.get("title") or "", row.get("lead") or "")


def near_copies(measured: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """Pairs of a text that we train on and one that we measure on, near-copies or with an equal title or lead."""
    exact = dict[str, str]()
    for row in measured:
        exact |= {squeezed(row[key]): row["id"] for key in ("title", "lead") if row.get(key)}
    ours = our_rows()
    every = [*ours, *measured]
    near = pairs([marks(row) for row in ours], [marks(row) for row in measured])
    found = {(every[one]["id"], every[other]["id"]) for one, other in near if other >= len(ours)}
    equal = [(row["id"], exact.get(squeezed(row[key]))) for row in ours for key in ("title", "lead") if row.get(key)]
    return found | {(name, other) for name, other in equal if other}


def test_no_text_that_we_measure_on_is_among_those_that_we_train_on(shared: Path) -> None:
    lines = (shared / "eval" / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    assert near_copies([json.loads(line) for line in lines]) == set()


def test_the_real_texts_that_we_measure_on_are_read_with_their_stories(shared: Path) -> None:
    samples = corpus.labelled(shared / "eval" / "dev.jsonl")
    assert len({sample.name for sample in samples}) == len(samples)
    assert 1 < len({sample.story for sample in samples}) < len(samples)


def test_no_text_of_the_evaluation_set_is_among_those_that_we_train_on() -> None:
    assert near_copies(evaluation()) == set()


def test_the_evaluation_set_is_large_enough_and_each_of_its_texts_is_marked_as_invented() -> None:
    rows = evaluation()
    assert len(rows) >= 600
    assert all(row["invented"] for row in rows)
    assert len({row["id"] for row in rows}) == len(rows)
    assert len(corpus.corpus(MODELS / "evaluation")) == len(rows)


def evaluation() -> list[dict[str, Any]]:
    paths = sorted((MODELS / "evaluation").glob("*.jsonl"))
    return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
