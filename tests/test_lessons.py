"""What people corrected is learnt from: what they said in full, and nothing that was undone or that a model guessed."""

from functools import partial

from pipeline.alert.deeds import settled
from pipeline.domain import Stance, Track, Verdict, Voice
from pipeline.lessons import lessons
from pipeline.storage.store import Store
from tests.factories import position, tag
from tests.slack.told import matter, tell
from tests.storage.test_deeds import said, wrong

SETTLE = partial(settled, head=None)


def test_a_correction_that_holds_is_a_labelled_text(store: Store) -> None:
    tell(store, matter("one"), matter("other"))
    assert lessons(store) == []
    store.corrections.record([wrong("a")], SETTLE)
    store.corrections.record([said("b", article_id="article-other")], SETTLE)
    one, other = sorted(lessons(store), key=lambda each: each.name)
    assert (one.name, one.relevant, one.tracks) == ("article-one", True, {Track.CULTURE})
    assert [(label.voice, label.stance) for label in one.positions] == [(Voice.GOVERNMENT, Stance.OPPOSING)]
    assert one.text.title == "Seoul weighs an end to its help (one)"
    assert (other.relevant, other.positions, other.tracks) == (False, (), frozenset())
    store.corrections.undo("a", SETTLE)
    assert [each.name for each in lessons(store)] == ["article-other"]


def test_a_text_of_which_a_model_guessed_a_part_is_not_learnt_from(store: Store) -> None:
    tell(store, matter("one"))
    both = tag(positions=(position(), position(voice=Voice.OPPOSITION)))
    store.articles.record_tags({"article-one": both})
    assert wrong("a").verdict is Verdict.WRONG_TAG
    store.corrections.record([wrong("a")], SETTLE)
    assert lessons(store) == []
