"""Numbers: the unit that reads best, as many digits as the interval supports, and words where nothing is known."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadet.model.effect import Estimate
from cadet.report import numbers

FINITE = st.floats(-1e12, 1e12, allow_nan=False)
WORTH = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1.0}


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1.9, "s", "1.9 s"),
        (0.12, "s", "0.12 s"),
        (0.05, "s", "50 ms"),
        (3.2e-6, "s", "3.2 µs"),
        (35, "us", "35 µs"),
        (0, "s", "0 s"),
        (8_400_000, "bytes", "8.4 MB"),
        (12_345.6, "1/s", "12,346 1/s"),
        (-0.5, "s", "−0.5 s"),
        (0.25, "J", "0.25 J"),
        (0.004, "J", "4 mJ"),
        (None, "s", "not known"),
        (math.nan, "s", "not known"),
    ],
)
def test_quantities_read_well(value: float | None, unit: str, text: str) -> None:
    assert numbers.quantity(value, unit) == text


@given(st.floats(1e-9, 1e6))
def test_a_quantity_keeps_its_value_to_three_digits(seconds: float) -> None:
    digits, unit = numbers.quantity(seconds, "s").replace(",", "").split()
    assert float(digits) * WORTH[unit] == pytest.approx(seconds, rel=6e-3)


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (Estimate(0.1243, 0.1181, 0.1312), "0.124 s (0.118–0.131 s)"),
        (Estimate(1.9, 1.83, 1.98), "1.90 s (1.83–1.98 s)"),
        (Estimate(0.2, -0.1, 0.5), "0.20 s (−0.10 to 0.50 s)"),
        (Estimate(20.0, 20.0, None, reason="timed out"), "20.0 s (at least 20.0 s)"),
        (Estimate(1.9, reason="one row"), "1.90 s (interval not known: one row)"),
        (Estimate(None, reason="no sensor"), "not known (no sensor)"),
        (Estimate(math.nan), f"not known ({numbers.NO_REASON})"),
    ],
)
def test_an_estimate_comes_with_its_interval_or_the_reason_why_not(shown: Estimate, text: str) -> None:
    assert numbers.estimate(shown, "s") == text


@pytest.mark.parametrize(
    ("low", "high", "tells"),
    [
        (0.1, 9.0, True),
        (0.1, 11.0, False),
        (-11.0, -0.1, False),
        (-9.0, 9.0, True),
        (0.0, 9.0, True),
        (0.1, None, True),
    ],
)
def test_a_prediction_tells_up_to_two_orders_of_magnitude(low: float, high: float | None, tells: bool) -> None:
    assert numbers.known(numbers.predicted(Estimate(1.0, low, high))) == tells


@given(FINITE, st.floats(0, 1e6), st.floats(0, 1e6), st.sampled_from(["s", "bytes", "", "1/s"]))
def test_no_estimate_prints_a_null(middle: float, below: float, above: float, unit: str) -> None:
    text = numbers.estimate(Estimate(middle, middle - below, middle + above), unit)
    assert not re.search(r"nan|inf|None", text)


@given(FINITE, st.floats(1e-3, 1e6), st.floats(1e-3, 1e6))
def test_an_interval_that_is_not_a_point_does_not_look_like_one(middle: float, below: float, above: float) -> None:
    scale = max(abs(middle), below, above)
    if (below + above) / scale < 0.01:  # beyond five digits a number is not readable any more
        return
    text = numbers.interval(Estimate(middle, middle - below, middle + above))
    low, high = re.split(r"–| to ", text)
    assert low != high


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.937, "94 %"),
        (0.9996, "99.96 %"),
        (1.0, "100 %"),
        (0.004, "0.4 %"),
        (0.0, "0 %"),
        (8.2, "820 %"),
        (None, "not known"),
    ],
)
def test_percentages_never_round_to_certainty(share: float | None, text: str) -> None:
    assert numbers.percent(share) == text


def test_an_open_interval_says_at_least() -> None:
    assert numbers.percent_interval(Estimate(0.9, 0.85, None)) == "at least 85 %"


@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (None, "not set"), ("", '""'), ("off", "off"), (0.5, "0.5")]
)
def test_option_values_are_spelled_as_in_the_target_file(value: object, text: str) -> None:
    assert numbers.value(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "0.2 s"), (45.4, "45 s"), (151, "2 min 31 s"), (4200, "1 h 10 min")]
)
def test_time_spans_are_said_as_people_say_them(seconds: float, text: str) -> None:
    assert numbers.duration(seconds) == text
