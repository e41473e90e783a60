import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadet.errors import DomainError
from cadet.model.domain import Choice, Interval

INTERVALS = st.builds(
    lambda low, width, integer, log: Interval(low, low + width, integer, log),
    st.integers(1, 1000),
    st.integers(1, 100_000),
    st.booleans(),
    st.booleans(),
)


def test_values_match_by_number_and_by_the_spelling_of_booleans() -> None:
    assert Choice((0, 1, 2)).canonical("0") == 0
    assert Choice((0, 1, 2)).canonical(1.0) == 1
    assert Choice(("0", "1")).canonical(1) == "1"
    assert Choice((False, True)).canonical("true") is True
    assert Choice((False, True)).canonical(0) is False
    assert Choice(("off", "no")).canonical("no") == "no"


def test_a_boolean_is_not_a_number() -> None:
    with pytest.raises(DomainError):
        Choice((0, 1)).canonical(True)
    with pytest.raises(DomainError):
        Interval(0, 5).canonical(True)


@pytest.mark.parametrize("value", ["x", None, float("nan"), 11, 0, 1.5])
def test_a_value_outside_names_the_bounds(value: object) -> None:
    with pytest.raises(DomainError, match="from 1 to 10"):
        Interval(1, 10, integer=True).canonical(value)


@given(INTERVALS, st.floats(0, 1, exclude_max=True))
def test_what_the_design_draws_the_domain_accepts(interval: Interval, u: float) -> None:
    value = interval.from_unit(u)
    assert interval.canonical(value) == value
    assert -1e-9 <= interval.position(value) <= 1 + 1e-9


@given(INTERVALS)
def test_levels_contain_both_ends_and_ascend(interval: Interval) -> None:
    levels = [float(v) for v in interval.levels()]
    assert levels == sorted(levels)
    assert levels[0] == pytest.approx(interval.low)
    assert levels[-1] == pytest.approx(interval.high)


BOUNDS = st.floats(-1e300, 1e300)
LINEAR = st.builds(lambda a, b: Interval(min(a, b), max(a, b)), BOUNDS, BOUNDS)
POSITIVE = st.floats(1e-300, 1e300)
LOGARITHMIC = st.builds(lambda a, b: Interval(min(a, b), max(a, b), log=True), POSITIVE, POSITIVE)
NARROW = st.builds(
    lambda low, width, log: Interval(low, low * (1 + width), log=log),
    st.floats(1e-9, 1e9), st.floats(1e-9, 1.0), st.booleans(),
)  # fmt: skip
FLOATS = (LINEAR | LOGARITHMIC | NARROW).filter(lambda interval: interval.low < interval.high)


@given(FLOATS, st.floats(0, 1))
def test_what_is_drawn_between_any_bounds_the_domain_accepts(interval: Interval, u: float) -> None:
    value = interval.from_unit(u)
    assert interval.canonical(value) == value


@given(FLOATS)
def test_levels_stay_inside_any_bounds_and_reach_both_ends(interval: Interval) -> None:
    levels = [float(v) for v in interval.levels()]
    assert levels == sorted(levels)
    assert (levels[0], levels[-1]) == (interval.low, interval.high)
    assert all(interval.canonical(level) == level for level in levels)


def test_a_bound_that_rounding_would_leave_can_be_drawn() -> None:
    assert Interval(0.0, 1234567.4).from_unit(1.0) == 1234567.4


@pytest.mark.parametrize("value", [10**400, -(10**400), "1e999", "9" * 400])
def test_a_number_too_large_for_a_float_is_outside(value: object) -> None:
    with pytest.raises(DomainError):
        Interval(0, 5).canonical(value)
    with pytest.raises(DomainError):
        Choice((0, 1)).canonical(value)


@given(st.lists(st.integers(), min_size=2, max_size=9, unique=True), st.floats(0, 1, exclude_max=True))
def test_neighbours_are_mutual(values: list[int], u: float) -> None:
    domain = Choice(tuple(sorted(values)), ordered=True)
    value = domain.from_unit(u)
    assert all(value in domain.neighbours(other) for other in domain.neighbours(value))


def test_an_unordered_value_neighbours_every_other() -> None:
    assert Choice(("a", "b", "c")).neighbours("b") == ("a", "c")
