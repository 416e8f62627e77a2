from tests.bench.digest import measure


def test_a_sender_that_dies_at_any_step_loses_repeats_and_alters_nothing() -> None:
    found = measure(3)
    assert found["kills"] > 4 * 3
    assert (found["lost"], found["repeated"], found["altered"], found["to_others"]) == (0, 0, 0, 0)
    assert 0 < found["resent"] <= found["kills_in_doubt"]
    assert found["html_bytes"] < 100_000
