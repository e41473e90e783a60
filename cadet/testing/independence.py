"""What every conditional independence test promises: `conforms(make)` raises AssertionError naming the broken law.

    from cadet.testing.independence import LAWS

    @pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
    def test_mine_conforms(law):
        law(lambda dataset: MyTest(dataset))

The worlds hold few-valued columns, so that tests for categories pass too. `make(dataset)` returns a fresh test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from cadet.model.dataset import Dataset, Role, Variable
from cadet.model.domain import Choice
from cadet.protocols import Independence, IndependenceTest

Make = Callable[[Dataset], IndependenceTest]

MODE = Choice(("off", "on"))
CODEC = Choice(("a", "b", "c"))
NULLS = 300  # worlds for the law of uniform p-values
FARTHEST = 1.95 / np.sqrt(NULLS)  # a uniform sample leaves the diagonal by more once in a thousand (Kolmogorov)


def table(seed: int, rows: int, strength: float = 0.0) -> Dataset:
    """`mode` moves `faults` and `latency`; `strength` joins the two beyond it; `codec`, `idle` do nothing.

    Each row is a configuration of its own; events and objective have three values.
    """
    rng = np.random.default_rng(seed)
    mode, codec = rng.integers(2, size=rows), rng.integers(3, size=rows)
    faults = mode + rng.normal(size=rows)
    latency = mode + strength * (faults - mode) + rng.normal(size=rows)
    frame = pd.DataFrame(
        {
            "mode": np.array(MODE.values)[mode],
            "codec": np.array(CODEC.values)[codec],
            "faults": _levels(faults),
            "idle": _levels(rng.normal(size=rows)),
            "latency": _levels(latency),
        }
    )
    variables = (
        Variable("mode", Role.OPTION, MODE),
        Variable("codec", Role.OPTION, CODEC),
        Variable("faults", Role.EVENT),
        Variable("idle", Role.EVENT),
        Variable("latency", Role.OBJECTIVE),
    )
    return Dataset(frame, variables, np.arange(rows), np.zeros(rows, bool), np.ones(rows, bool))


def does_not_mind_the_order(make: Make) -> None:
    """x and y, the conditions and the columns may come in any order."""
    data = table(1, 300, 0.2)
    first = make(data)("faults", "latency", ("codec", "mode"))
    assert first is not None, "300 rows do not suffice for two conditions of two and three values"
    assert make(data)("latency", "faults", ("codec", "mode")) == first, "x and y are not symmetric"
    assert make(data)("faults", "latency", ("mode", "codec")) == first, "the order of the conditions matters"
    names = data.names()[::-1]
    turned = replace(data, frame=data.frame[[*names]], variables=tuple(data.by_name[n] for n in names))
    assert make(turned)("faults", "latency", ("codec", "mode")) == first, "the order of the columns matters"


def answers_the_same_twice(make: Make) -> None:
    """The same question on the same data has one answer, from the same test and from another."""
    data = table(2, 150, 0.2)
    test = make(data)
    first = test("faults", "latency", ("mode",))
    test("idle", "latency", ())
    assert test("faults", "latency", ("mode",)) == first == make(data)("faults", "latency", ("mode",))


def refuses_rather_than_guess(make: Make) -> None:
    """Few rows give None or a probability, never an error; fewer than four rows give None."""
    for rows in (2, 3, 4, 6, 9, 14, 25):
        test = make(table(3, rows))
        for given in ((), ("mode",), ("codec", "mode"), ("codec", "idle", "mode")):
            if {"faults", "latency", *given} <= set(test.names):
                result = test("faults", "latency", given)
                assert result is None or rows > 3 + len(given), f"{rows} rows cannot bear {len(given)} conditions"
                _is_a_result(result, rows)


def probabilities_are_probabilities(make: Make) -> None:
    """p lies in [0, 1], the statistic is a number, the rows are no more than there are."""
    for seed in range(20):
        test = make(table(seed, 80, strength=seed / 5))
        for given in ((), ("mode",), ("codec",), ("idle", "mode")):
            _is_a_result(test("faults", "latency", given), 80)


def p_values_are_uniform_under_the_null(make: Make) -> None:
    """Where x and y are independent given the condition, p is uniform; coarse columns may leave steps."""
    results = [make(table(seed, 150))("faults", "latency", ("mode",)) for seed in range(NULLS)]
    p_values = np.sort([result.p_value for result in results if result is not None])
    assert len(p_values) == NULLS, f"{NULLS - len(p_values)} of {NULLS} tables of 150 rows are refused"
    steps = np.arange(NULLS + 1) / NULLS
    away = max(float(np.max(steps[1:] - p_values)), float(np.max(p_values - steps[:-1])))
    assert away < FARTHEST, f"p leaves the uniform distribution by {away:.3f}, which chance explains to {FARTHEST:.3f}"


def sees_a_strong_dependence(make: Make) -> None:
    """An event that decides the objective is seen, whatever is given."""
    test = make(table(4, 300, 3.0))
    for given in ((), ("mode",), ("codec", "mode")):
        result = test("faults", "latency", given)
        assert result is not None and result.p_value < 1e-3, f"does not see a strong dependence given {given}: {result}"


def never_changes_the_data(make: Make) -> None:
    """The table is the same afterwards."""
    data = table(5, 100, 0.5)
    before = data.frame.copy(deep=True)
    test = make(data)
    test("faults", "latency", ("mode", "codec"))
    test("faults", "latency", ())
    pd.testing.assert_frame_equal(data.frame, before)


def refuses_what_the_conditions_determine(make: Make) -> None:
    """A copy among the conditions leaves nothing to test: independence for want of variation is none."""
    data = table(6, 200, 1.0)
    copied = replace(
        data,
        frame=data.frame.assign(copy=data.frame["faults"]),
        variables=(*data.variables, Variable("copy", Role.EVENT)),
    )
    assert make(copied)("faults", "latency", ("copy",)) is None


def counts_only_rows_that_are_seen(make: Make) -> None:
    """A value that was not observed costs its row, in tests that need it, and nothing else."""
    data = table(7, 200, 1.0)
    gaps = data.frame.assign(faults=data.frame["faults"].where(np.arange(200) < 120))
    result = make(replace(data, frame=gaps))("faults", "latency", ("mode",))
    assert result is not None and result.rows <= 120
    _is_a_result(result, 200)


def a_constant_is_no_variable(make: Make) -> None:
    """What never varies is not among the names of the test."""
    data = table(8, 60)
    test = make(replace(data, frame=data.frame.assign(idle=1.0)))
    assert "idle" not in test.names and {"faults", "latency", "mode"} <= set(test.names)


LAWS: Mapping[str, Callable[[Make], None]] = {
    law.__name__: law
    for law in (
        does_not_mind_the_order,
        answers_the_same_twice,
        refuses_rather_than_guess,
        probabilities_are_probabilities,
        p_values_are_uniform_under_the_null,
        sees_a_strong_dependence,
        never_changes_the_data,
        refuses_what_the_conditions_determine,
        counts_only_rows_that_are_seen,
        a_constant_is_no_variable,
    )
}


def conforms(make: Make) -> None:
    """Check every law."""
    for law in LAWS.values():
        law(make)


def _is_a_result(result: Independence | None, rows: int) -> None:
    if result is not None:
        assert 0 <= result.p_value <= 1, f"p = {result.p_value} is no probability"
        assert not np.isnan(result.statistic), "the statistic is not a number"
        assert 0 < result.rows <= rows, f"{result.rows} effective rows of {rows}"


def _levels(column: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.clip(np.round(column), 0, 2)
