from pipeline.detect.allegations import allegations
from pipeline.domain import Actor, Owner, Source, Stance
from tests.detect.told import backs, opposes, told

SOURCES = {
    "Northern Wire": Source(name="Northern Wire", owner=Owner.STATE, country="RU", tier=3),
    "Kyodo": Source(name="Kyodo", owner=Owner.PRIVATE, country="JP", tier=1),
}


def test_what_a_countrys_outlet_claims_is_counted_for_the_country() -> None:
    tagged = [told(n, opposes(allegation=True), source="Northern Wire") for n in range(3)]
    (found,) = allegations(tagged, SOURCES)
    assert (found.by, found.actor, found.stance, found.stories) == ("RU", Actor.JP, Stance.OPPOSING, 3)
    assert [piece.article.article_id for piece in found.evidence] == [one.article.article_id for one in tagged]


def test_a_government_that_speaks_in_the_text_says_it_wherever_it_is_printed() -> None:
    (found,) = allegations([told(0, opposes(actor=Actor.CN), opposes(allegation=True))], SOURCES)
    assert (found.by, found.actor) == ("CN", Actor.JP)


def test_a_story_in_many_outlets_is_one_allegation() -> None:
    copies = [told(n, opposes(allegation=True), story_id="s", source="Northern Wire") for n in range(9)]
    (found,) = allegations(copies, SOURCES)
    assert (found.stories, found.evidence[0].articles) == (1, 9)


def test_what_a_government_says_of_itself_is_no_allegation() -> None:
    assert allegations([told(0, backs())], SOURCES) == []


def test_an_outlet_that_nobody_knows_alleges_for_nobody() -> None:
    (found,) = allegations([told(0, opposes(allegation=True), source="somewhere")], SOURCES)
    assert found.by == "?"


def test_the_most_told_stand_in_front() -> None:
    often = [told(n, opposes(allegation=True), source="Northern Wire") for n in range(2)]
    once = told(9, backs(actor=Actor.KR, allegation=True))
    assert [each.stories for each in allegations([once, *often], SOURCES)] == [2, 1]
