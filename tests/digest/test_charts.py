import struct
from datetime import date, timedelta

from hypothesis import given, settings, strategies as st

from pipeline.digest.charts import HEIGHT, WIDTH, Chart, Line, draw

START = date(2026, 3, 2)


def chart(*values: float | None, start: float | None = 1.0, marks: int = 1) -> Chart:
    days = [START + timedelta(weeks=n) for n in range(len(values))]
    return Chart(
        lines=(Line("Підтримка України", tuple(zip(days, values, strict=True))),),
        marks=tuple((START + timedelta(days=n), str(n)) for n in range(marks)),
        start=start,
        start_label="seed papers",
        ticks=tuple((day, f"{day:%d.%m}") for day in days[::3]),
    )


def test_a_chart_is_a_png_of_twice_its_shown_size() -> None:
    png = draw(chart(0.5, None, -0.5))
    assert png.startswith(b"\x89PNG")
    assert struct.unpack(">II", png[16:24]) == (2 * WIDTH, 2 * HEIGHT)


def test_the_same_values_give_the_same_bytes_and_others_do_not() -> None:
    one = chart(0.5, 0.25)
    first = draw(one)
    draw.cache_clear()
    assert draw(one) == first
    assert draw(chart(0.5, 0.75)) != first


def test_a_gap_is_no_line_and_marks_and_the_start_are_seen() -> None:
    assert draw(chart(0.5, None, 0.5)) != draw(chart(0.5, 0.5, 0.5))
    assert draw(chart(0.5, marks=2)) != draw(chart(0.5))
    assert draw(chart(0.5, start=None)) != draw(chart(0.5))


def test_the_whole_time_is_shown_where_there_is_one_value_only() -> None:
    late, early = chart(None, None, 0.5, start=None, marks=0), chart(0.5, None, None, start=None, marks=0)
    assert draw(late) != draw(early)


@settings(max_examples=5, deadline=None)
@given(st.lists(st.none() | st.floats(-1, 1), min_size=1, max_size=13))
def test_any_values_can_be_drawn_within_forty_kilobytes(values: list[float | None]) -> None:
    assert len(draw(chart(*values))) < 40_000
