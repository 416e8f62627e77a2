"""Figures from labels and tags: what each counts, and that they are those of the scorer that others use."""

import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings, strategies as st

from pipeline.classify import corpus, measure
from pipeline.classify.corpus import Label, Sample
from pipeline.classify.measure import FIELDS, Pair
from pipeline.cli.tag import written
from pipeline.detect.reported import SURE
from pipeline.domain import Act, Actor, Position, ReportedShift, Stance, Tag, Text, Track, Voice
from tests.factories import position, tag

NO = tag(relevant=False, relevance=0.2, positions=(), tracks=())


def label(**over: Any) -> Label:
    known = {"actor": Actor.JP, "voice": Voice.GOVERNMENT, "stance": Stance.SUPPORTIVE, "act": Act.DECIDED}
    return Label(**{**known, "reported_shift": ReportedShift.TOWARD, "allegation": False, **over})


def pair(labels: Sequence[Label], said: Sequence[Position] | None, name: str = "a", **over: Any) -> Pair:
    """One labelled text, relevant where it has positions, and its tag: None where it was called not relevant."""
    gold = {"text": Text(title=name, lead="", lang="en"), "relevant": bool(labels), "tracks": frozenset({Track.AID})}
    sample = Sample(**{"name": name, "story": name, "positions": tuple(labels), **gold, **over})
    return Pair(sample, NO if said is None else tag(positions=tuple(said), tracks=(Track.AID,)))


# --- what each figure counts ---


def test_what_is_said_as_it_is_labelled_is_right_in_every_figure() -> None:
    found = measure.figures([pair([label()], [position()]), pair([], None, "b")])
    assert list(found) == list(FIELDS)
    assert {name for name, value in found.items() if value == 1} == set(FIELDS) - {"allegation", "ece"}
    assert math.isnan(found["allegation"])
    assert found["ece"] == pytest.approx(0.15)  # said at 0.85 and always right


def test_a_position_of_an_actor_that_was_not_said_is_wrong_everywhere() -> None:
    found = measure.figures([pair([label(allegation=True)], [position(actor=Actor.KR)])])
    for name in ("actor", "voice", "stance", "shift", "act", "allegation"):
        assert found[name] == 0, name
    assert found["relevance"] == found["tracks"] == 1
    assert math.isnan(found["ece"])  # nobody was sure of anything


def test_a_text_called_not_relevant_has_said_nothing() -> None:
    both = [pair([label()], [position()]), pair([label()], None, "b")]
    found = measure.figures(both)
    assert found["relevance"] == pytest.approx(2 / 3)
    assert (found["actor"], found["voice"]) == (0.5, 0.5)
    assert found["stance"] == pytest.approx(2 / 3)
    hidden = Pair(both[1].gold, tag(relevant=False, positions=(position(),)))
    assert measure.figures([both[0], hidden]) == pytest.approx(found, nan_ok=True)


def test_another_voice_of_the_actor_is_compared_in_all_but_the_voice() -> None:
    found = measure.figures([pair([label()], [position(voice=Voice.PARLIAMENT)])])
    assert (found["voice"], found["stance"], found["act"]) == (0, 1, 1)


def test_the_same_voice_is_compared_before_the_first_one_said() -> None:
    said = [position(voice=Voice.PARLIAMENT, stance=Stance.OPPOSING), position()]
    assert measure.figures([pair([label()], said)])["stance"] == 1


def test_an_actor_too_many_makes_the_set_of_actors_wrong_and_nothing_else() -> None:
    found = measure.figures([pair([label()], [position(), position(actor=Actor.CN)])])
    assert (found["actor"], found["voice"], found["stance"]) == (0, 1, 1)


def test_rare_labels_count_as_much_as_frequent_ones() -> None:
    often = [pair([label()], [position()], str(n)) for n in range(2)]
    once = pair([label(stance=Stance.HEDGING)], [position()], "once")
    assert measure.figures([*often, once])["stance"] == pytest.approx((4 / 5 + 0) / 2)


def test_a_label_that_nobody_wanted_is_no_part_of_the_mean() -> None:
    one, other = pair([label()], [position()]), pair([label()], [position(stance=Stance.NEUTRAL)], "b")
    assert measure.figures([one, other])["stance"] == pytest.approx(2 / 3)


def test_tracks_are_counted_over_all_relevant_texts() -> None:
    more = pair([label()], [position()], "b", tracks=frozenset({Track.AID, Track.MILITARY}))
    assert measure.figures([pair([label()], [position()]), more])["tracks"] == pytest.approx(4 / 5)


def test_figures_without_a_relevant_text_are_no_numbers() -> None:
    found = measure.figures([pair([], None)])
    assert {name for name, value in found.items() if math.isnan(value)} == set(FIELDS) - {"relevance"}
    assert found["relevance"] == 1


# --- intervals ---


def test_an_interval_of_a_figure_that_is_no_number_is_none_either() -> None:
    ends = measure.intervals([pair([], None), pair([], None, "b")])
    assert ends["relevance"] == (1, 1)
    assert all(math.isnan(end) for end in ends["stance"])


def test_texts_of_one_story_are_drawn_together() -> None:
    said = [[position()], [position(stance=Stance.OPPOSING)], None, [position(actor=Actor.TW)]]
    alone = [pair([label()], each, str(n)) for n, each in enumerate(said)]
    together = [pair([label()], each, str(n), story="one") for n, each in enumerate(said)]
    wide, none = measure.intervals(alone), measure.intervals(together)
    assert none["voice"] == (0.5, 0.5)
    assert wide["voice"][0] < 0.5 < wide["voice"][1]
    assert measure.intervals(alone)["voice"] == wide["voice"]


# --- alerts ---


def at(chance: float, shifted: ReportedShift = ReportedShift.TOWARD, **over: Any) -> Position:
    rest = (1 - chance) / 2
    said = {each: chance if each is shifted else rest for each in ReportedShift}
    return position(reported_shift=shifted, shift_probabilities=said, **over)


@pytest.mark.parametrize(
    ("wanted", "said", "counts"),
    [
        ([label()], [at(0.9)], (1, 1, 1)),
        ([label()], [at(SURE)], (1, 1, 1)),
        ([label()], [at(SURE - 0.01)], (0, 0, 1)),
        ([label()], [at(0.9, ReportedShift.AWAY)], (0, 1, 1)),
        ([label()], [at(0.9, ReportedShift.NONE)], (0, 0, 1)),
        ([label()], [at(0.9, actor=Actor.KR)], (0, 1, 1)),
        ([label()], [at(0.9, allegation=True)], (0, 0, 1)),
        ([label()], [at(0.9, voice=Voice.OPPOSITION)], (0, 0, 1)),
        ([label()], None, (0, 0, 1)),
        ([label(allegation=True)], [at(0.9)], (0, 1, 0)),
        ([label(voice=Voice.RULING_PARTY)], [at(0.9)], (0, 1, 0)),
        ([label(reported_shift=ReportedShift.NONE)], [at(0.9)], (0, 1, 0)),
        ([label(), label(actor=Actor.KR)], [at(0.9, actor=Actor.KR), at(0.6)], (1, 1, 2)),
        ([], [at(0.9)], (0, 1, 0)),
    ],
)
def test_an_alert_is_a_sure_shift_of_a_government_that_nobody_only_alleges(
    wanted: list[Label], said: list[Position] | None, counts: tuple[int, int, int]
) -> None:
    assert measure.alerts([pair(wanted, said)], SURE) == counts
    assert measure.alerts([pair(wanted, said), pair([label()], [at(0.9)], "b")], SURE) == tuple(n + 1 for n in counts)


# --- the worst ---


def test_the_surest_errors_come_first_and_say_what_was_wanted() -> None:
    wrong = [
        pair([label(stance=Stance.HEDGING)], [position()], "stance"),
        pair([label()], [at(0.6, ReportedShift.AWAY)], "shift"),
        pair([label()], None, "missed"),
        pair([], [position()], "needless"),
        pair([label(), label(actor=Actor.KP)], [position()], "nobody"),
        pair([label()], [position()], "right"),
    ]
    found = measure.worst(wrong, 10)
    assert [(round(sure, 6), name) for sure, name, _ in found] == [
        (0.97, "nobody"),
        (0.97, "needless"),
        (0.85, "stance"),
        (0.8, "missed"),
        (0.6, "shift"),
    ]
    assert [what for _, _, what in found] == [
        "KP government: nothing said of it",
        "relevance",
        "JP government: supportive, wanted hedging",
        "relevance",
        "JP government: away, wanted toward",
    ]
    assert measure.worst(wrong, 2) == found[:2]
    assert measure.worst(wrong, 0) == []


# --- the scorer ---


def scored(scorer: Path, gold: Sequence[dict[str, Any]], tags: Sequence[Tag]) -> tuple[dict[str, Any], list[Pair]]:
    """Return what the scorer says, and the pairs as they are read from the same two files."""
    with tempfile.TemporaryDirectory() as place:
        one, other = Path(place, "gold.jsonl"), Path(place, "tags.jsonl")
        one.write_text("".join(json.dumps(row) + "\n" for row in gold), encoding="utf-8")
        rows = (written(row["id"], found) for row, found in zip(gold, tags, strict=True))
        other.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        said = subprocess.run([sys.executable, scorer, one, other, "--json"], capture_output=True, check=True)
        samples = corpus.labelled(one)
    return json.loads(said.stdout), [Pair(*each) for each in zip(samples, tags, strict=True)]


ACTORS, VOICES = (Actor.JP, Actor.KR), (Voice.GOVERNMENT, Voice.OPPOSITION, Voice.SOCIETY)
TRACKS = st.lists(st.sampled_from((Track.AID, Track.MILITARY, Track.CULTURE)), unique=True, max_size=2)
LABELLED = st.fixed_dictionaries(
    {
        "actor": st.sampled_from(ACTORS),
        "voice": st.sampled_from(VOICES),
        "stance": st.sampled_from(Stance),
        "reported_shift": st.sampled_from(ReportedShift),
        "act": st.sampled_from(Act),
        "allegation": st.booleans(),
    }
)
STORY = st.sampled_from((None, "one", "two"))
RELEVANT = st.fixed_dictionaries(
    {"relevant": st.just(True), "positions": st.lists(LABELLED, min_size=1, max_size=3), "tracks": TRACKS}
)
IRRELEVANT = st.just({"relevant": False, "positions": [], "tracks": []})


@st.composite
def saying(draw: st.DrawFn) -> Position:
    chances = draw(st.lists(st.floats(0.001, 1), min_size=len(Stance), max_size=len(Stance)))
    shares = {each: round(chance / sum(chances), 6) for each, chance in zip(Stance, chances, strict=True)}
    return position(
        **draw(LABELLED) | {"stance": max(shares, key=shares.__getitem__)}, stance_probabilities=shares, gloss=None
    )


SAID = st.one_of(
    st.just(NO), st.builds(tag, positions=st.lists(saying(), max_size=3).map(tuple), tracks=TRACKS.map(tuple))
)


@settings(max_examples=25, phases=set(Phase) - {Phase.shrink})  # each asks another program
@given(st.lists(st.tuples(st.one_of(RELEVANT, IRRELEVANT), STORY, st.one_of(SAID, st.none())), min_size=1, max_size=8))
def test_figures_and_intervals_are_those_of_the_scorer(
    shared: Path, cases: list[tuple[dict[str, Any], str | None, Tag | None]]
) -> None:
    gold, tags = [], []
    for number, (row, story, said) in enumerate(cases):
        gold.append({"id": f"t{number}", "lang": "en", "title": "", "story": story, **row})
        right = tuple(position(**each) for each in row["positions"])
        tags.append(said or tag(relevant=row["relevant"], positions=right, tracks=tuple(row["tracks"])))
    wanted, found = scored(shared / "eval" / "score.py", gold, tags)
    for name, value in measure.figures(found).items():
        assert value == pytest.approx(wanted[name], nan_ok=True), name
    for name, ends in measure.intervals(found).items():
        assert ends == pytest.approx([math.nan if e is None else e for e in wanted["interval"][name]], nan_ok=True)


def test_a_confusion_counts_what_is_said_of_each_label() -> None:
    hedges = position(stance=Stance.HEDGING)
    found = measure.confusion([pair([label()], [position()]), pair([label()], [hedges], "b")])
    assert set(found) == {str(stance) for stance in Stance}
    assert found["supportive"] == {"supportive": 1, "hedging": 1, "opposing": 0, "neutral": 0}
    assert sum(sum(row.values()) for row in found.values()) == 2


def test_what_casts_no_vote_is_no_confusion() -> None:
    silent = [position(unsure=True), position(allegation=True), position(actor=Actor.KR)]
    pairs = [pair([label()], [said], str(n)) for n, said in enumerate(silent)]
    pairs += [pair([label(allegation=True)], [position()], "claimed"), pair([label()], None, "not relevant")]
    assert all(not number for row in measure.confusion(pairs).values() for number in row.values())
