import pytest

from cadet.errors import UsageError
from cadet.model.objective import Goal, Objective, parse_goal
from cadet.model.option import Configuration

LATENCY = Objective("latency", "s")
FPS = Objective("fps", "1/s", "max")
BOTH = {"latency": LATENCY, "fps": FPS}


def test_no_change_is_no_gain_and_better_is_positive() -> None:
    assert LATENCY.gain(2.0, 2.0) == FPS.gain(2.0, 2.0) == 0
    assert LATENCY.gain(2.0, 1.0) == FPS.gain(1.0, 2.0) == 0.5


def test_a_goal_reads_back() -> None:
    goal = parse_goal("latency <= 0.5", BOTH)
    assert (goal.threshold, str(goal), goal.label) == (0.5, "<= 0.5", "latency")
    assert goal.met_by(0.5)
    assert not goal.met_by(0.51)
    assert parse_goal("fps>=26", BOTH).met_by(30)


def test_a_goal_at_a_level_says_where() -> None:
    assert Goal(LATENCY, 1.0, level=Configuration({"rows": 10})).label == "latency@rows=10"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("latency", "not of the form"),
        ("latency<=fast", "not of the form"),
        ("latncy<=1", "did you mean 'latency'"),
        ("latency>=1", "is to be minimised"),
        ("fps<=1", "is to be maximised"),
    ],
)
def test_a_wrong_goal_says_how_to_write_it(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_goal(text, BOTH)
