from __future__ import annotations

from itertools import count

import numpy as np

from cadet.debugging.abba import compare
from cadet.debugging.lasting import lasting, throughout
from cadet.debugging.minimise import Minimal
from cadet.debugging.notebook import Notebook
from cadet.debugging.verify import Trial, verify
from cadet.model.diagnosis import Verdict
from cadet.model.measurement import Purpose
from cadet.model.objective import Goal
from cadet.testing.laboratory import FunctionLaboratory
from tests.debugging.systems import LATENCY, switches, turn_on

GOAL = Goal(LATENCY, 1.0)
SPACE = switches(2)
SMALL, LARGE = turn_on(SPACE, "o0"), turn_on(SPACE, "o0", "o1")


class Device:
    """The fault takes 2 s, the small fix 0.95, the large one 0.6; from run `changes_at` on `slower` times as long."""

    def __init__(self, changes_at: int, slower: float) -> None:
        runs = count()

        def respond(values, rng):
            cost = 2.0 if not values["o0"] else 0.6 if values["o1"] else 0.95
            return {"latency": cost * float(np.exp(rng.normal(0, 0.01))) * (slower if next(runs) >= changes_at else 1)}

        self.notebook = Notebook(FunctionLaboratory(SPACE, respond, np.random.default_rng(3)), SPACE.default)

    def confirmed(self, fix) -> Trial:
        trial = verify(self.notebook, SPACE.default, fix, (GOAL,), frozenset({"latency"}), 1)
        assert trial.verdict is Verdict.CONFIRMED
        return trial

    def ablated(self, trial: Trial) -> None:
        compare(self.notebook, SPACE.default, trial.fix, (GOAL,), 0.05, Purpose.ABLATION,
                lambda seen: False, lambda seen: False)  # fmt: skip


def minimal(trial: Trial, *replaced: Trial) -> Minimal:
    return Minimal(trial, {"o0": {}}, frozenset({"o0"}), replaced)


def test_a_fix_that_is_too_slow_in_later_runs_is_not_confirmed_any_more_and_says_why():
    device = Device(12, 1.15)
    trial = device.confirmed(SMALL)
    device.ablated(trial)
    trials = [trial]
    assert lasting(device.notebook, trials, minimal(trial)) is None
    assert trials[0].verdict is Verdict.INCONCLUSIVE
    assert "over all 21 runs of it may miss latency <= 1" in trials[0].reason
    assert trials[0].comparison is trial.comparison


def test_on_a_device_that_stays_the_same_nothing_changes():
    device = Device(12, 1.0)
    trial = device.confirmed(SMALL)
    device.ablated(trial)
    found, trials = minimal(trial), [trial]
    assert lasting(device.notebook, trials, found) is found
    assert throughout(device.notebook, trial).verdict is Verdict.CONFIRMED
    assert trials == [trial]


def test_without_later_runs_the_pairs_decide():
    device = Device(12, 1.15)
    trial = device.confirmed(SMALL)
    assert throughout(device.notebook, trial) is trial


def test_the_larger_fix_that_was_replaced_is_claimed_where_it_lasts():
    device = Device(24, 1.15)
    large, small = device.confirmed(LARGE), device.confirmed(SMALL)
    device.ablated(small)
    trials = [large, small]
    found = lasting(device.notebook, trials, minimal(small, large))
    assert found is not None
    assert found.trial.fix == LARGE
    assert found.replaced == ()
    assert [t.verdict for t in trials] == [Verdict.CONFIRMED, Verdict.INCONCLUSIVE]


def test_how_many_runs_would_decide_is_told_of_all_of_them():
    device = Device(12, 1.06)
    trial = device.confirmed(SMALL)
    device.ablated(trial)
    seen = throughout(device.notebook, trial)
    assert seen.verdict is Verdict.INCONCLUSIVE
    assert seen.runs_to_decide is not None
    assert seen.runs_to_decide > 0
