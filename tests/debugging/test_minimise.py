from __future__ import annotations

import pytest

from cadet.debugging.minimise import Minimal, Minimiser, minimise
from cadet.debugging.notebook import Notebook
from cadet.debugging.verify import verify
from cadet.model.measurement import Purpose
from cadet.model.objective import Goal
from cadet.model.space import Space
from tests.debugging.systems import LATENCY, noisy, switches, table, turn_on

GOAL = Goal(LATENCY, 1.3)


def minimised(laboratory, fix, budget: int = 50) -> Minimal:
    fault = laboratory.space.default
    notebook = Notebook(laboratory, fault)
    notebook.measure([fault, fix], Purpose.PROPOSAL)
    tried = []

    def test(candidate):
        tried.append(candidate)
        return verify(notebook, fault, candidate, [GOAL], frozenset({"latency"}), len(tried))

    rank = lambda removals: [0.0] * len(removals)  # noqa: E731
    return minimise(Minimiser(notebook, fault, (GOAL,), frozenset(), budget, test, rank), test(fix))


def two_causes(c) -> float:
    return 1.0 + 0.5 * (not c["o0"]) + 0.5 * (not c["o1"])


@pytest.mark.parametrize("recorded", [True, False])
def test_changes_that_do_nothing_are_taken_back(recorded):
    space = switches(4)
    every = [space.configuration(dict(zip(space.names, [bool(i >> k & 1) for k in range(4)], strict=True)))
             for i in range(16)]  # fmt: skip
    laboratory = table(space, two_causes, every) if recorded else noisy(space, two_causes, 0.03, 1)
    found = minimised(laboratory, turn_on(space, "o0", "o1", "o2", "o3"))
    assert found.trial.fix == turn_on(space, "o0", "o1")
    assert found.needed == {"o0", "o1"}
    assert len(found.replaced) == 2


def test_an_ablation_is_the_worsening_when_one_change_is_taken_back():
    found = minimised(noisy(switches(2), two_causes, 0.03, 2), turn_on(switches(2), "o0", "o1"))
    for option in ("o0", "o1"):
        ablation = found.ablations[option]["latency"]
        assert ablation.low < 0.5 < ablation.high
        assert ablation.excludes_zero


def test_the_only_change_is_judged_by_the_pairs_that_confirmed_it():
    found = minimised(noisy(switches(1), lambda c: 1.0 if c["o0"] else 2.0, 0.03, 3), turn_on(switches(1), "o0"))
    ablation = found.ablations["o0"]["latency"]
    assert ablation.low < 1.0 < ablation.high
    assert found.needed == {"o0"}


def test_changes_that_only_work_together_both_stay():
    both = lambda c: 1.0 if c["o0"] and c["o1"] else 2.0  # noqa: E731
    found = minimised(noisy(switches(3), both, 0.03, 4), turn_on(switches(3), "o0", "o1", "o2"))
    assert found.trial.fix == turn_on(switches(3), "o0", "o1")


def test_what_was_not_recorded_is_not_called_needed():
    space = switches(2)
    laboratory = table(space, two_causes, [space.default, turn_on(space, "o0", "o1"), turn_on(space, "o0")])
    found = minimised(laboratory, turn_on(space, "o0", "o1"))
    assert found.needed == {"o1"}
    assert found.ablations["o0"]["latency"].reason == "was not recorded"


def test_an_empty_budget_leaves_changes_unablated_and_says_so():
    found = minimised(noisy(switches(3), two_causes, 0.03, 5), turn_on(switches(3), "o0", "o1", "o2"), budget=1)
    assert {e["latency"].reason for e in found.ablations.values()} == {"the budget is used up"}
    assert isinstance(found.trial.fix, type(Space((), ()).default))


def test_of_many_changes_halves_are_taken_back_first():
    space = switches(24)
    needed = lambda c: 1.0 if c["o22"] and c["o23"] else 2.0  # noqa: E731
    found = minimised(noisy(space, needed, 0.03, 6), turn_on(space, *space.names), budget=4)
    assert {c.option for c in space.changes(space.default, found.trial.fix)} == {"o21", "o22", "o23"}


def test_where_half_of_the_changes_is_needed_a_quarter_is_taken_back():
    space = switches(8)
    needed = lambda c: 2.0 - sum(c[f"o{i}"] for i in (2, 3, 4, 5, 6, 7)) / 6  # noqa: E731
    found = minimised(noisy(space, needed, 0.01, 7), turn_on(space, *space.names), budget=3)
    assert {c.option for c in space.changes(space.default, found.trial.fix)} >= {f"o{i}" for i in range(3, 8)}
    assert found.replaced
