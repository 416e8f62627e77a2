import numpy as np
from hypothesis import given, settings, strategies as st

from pipeline.dedup.fingerprint import CYRILLIC, HAN, HANGUL, LATIN
from pipeline.dedup.pieces import overlap, sharing

STARTS = {LATIN: "aeioаеиоуя ", HAN: "0123456789abcdefghijklmnopqrstuvwxyz"}
TEXT = st.text(st.sampled_from("ae kt台灣援烏日本𠀀１"), max_size=14)


def cut(text: str, script: int) -> set[str]:
    """Cut a text as the words in the module's docstring say."""
    length = 2 if script >= HANGUL else 4
    runs = {text[i : i + length] for i in range(len(text) - length + 1)}
    if script < HANGUL:
        return {run for run in runs if run[0] in STARTS[LATIN]}
    return {run for run in runs if run[0] in STARTS[HAN] or ("\u3040" <= run[0] < "\ud7a4" and ord(run[0]) % 2 == 0)}


def met(texts: list[str], fresh: int, script: int, least: float) -> set[tuple[int, ...]]:
    return {tuple(column) for found in sharing(texts, fresh, script, least) for column in found.T.tolist()}


def test_half_of_the_ideographs_start_a_pair_and_a_third_of_the_letters_a_run_of_four() -> None:
    assert met(["台灣援烏", "台灣接烏"], 2, HAN, 0.1) == {(0, 1, 1, 1, 2)}
    assert met(["to kyiv", "go kyiv"], 2, LATIN, 0.1) == {(0, 1, 2, 2, 2)}
    assert met(["kyiv", "kyiv!"], 2, LATIN, 0.1) == set()


@settings(deadline=None)
@given(
    st.lists(TEXT, max_size=9), st.integers(0, 9), st.sampled_from([LATIN, CYRILLIC, HANGUL, HAN]), st.floats(0.0, 1.0)
)
def test_pairs_of_few_texts_share_what_their_pieces_say(
    texts: list[str], fresh: int, script: int, least: float
) -> None:
    pieces, fresh = [cut(text, script) for text in texts], min(fresh, len(texts))
    expected = set()
    for i in range(fresh):
        for j in range(i + 1, len(texts)):
            fewer, more = sorted([len(pieces[i]), len(pieces[j])])
            shared = len(pieces[i] & pieces[j])
            if shared >= max(1, int(more * least)):
                expected.add((i, j, shared, fewer, more))
    assert met(texts, fresh, script, least) == expected


@settings(deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), max_size=6), st.sampled_from([LATIN, HAN]))
def test_the_overlap_is_a_part_of_the_pieces_of_the_text_with_fewer(texts: list[tuple[str, str]], script: int) -> None:
    found = overlap([one for one, _ in texts], [other for _, other in texts], script)
    cuts = [(cut(one, script), cut(other, script)) for one, other in texts]
    expected = [len(one & other) / max(1, min(len(one), len(other))) for one, other in cuts]
    assert np.allclose(found, expected)
