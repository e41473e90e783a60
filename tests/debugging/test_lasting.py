from __future__ import annotations

from itertools import count

import numpy as np
import pytest

from cadet.debugging.abba import Comparison, compare
from cadet.debugging.design import Design
from cadet.debugging.lasting import Lasting, throughout
from cadet.debugging.minimise import Minimal
from cadet.debugging.neighbourhood import Search
from cadet.debugging.notebook import Notebook
from cadet.debugging.question import Question
from cadet.debugging.session import debug
from cadet.debugging.verify import Trial, latest, verify
from cadet.model.diagnosis import Verdict
from cadet.model.measurement import Purpose
from cadet.model.objective import Goal
from cadet.testing.laboratory import FunctionLaboratory
from tests.debugging.systems import LATENCY, switches, turn_on

GOAL = Goal(LATENCY, 1.0)
SPACE = switches(2)
SMALL, LARGE = turn_on(SPACE, "o0"), turn_on(SPACE, "o0", "o1")


class Device:
    """The fault takes 2 s, the small fix 0.95, the large one `large`; from a run on everything takes `slower` times."""

    def __init__(self, changes_at: int, slower: float, large: float = 0.6) -> None:
        self.made, self.slower, self.failing = count(), slower, 0

        def respond(values, rng):
            if values["o0"] and self.failing:
                self.failing -= 1
                raise RuntimeError("crashed")
            cost = 2.0 if not values["o0"] else large if values["o1"] else 0.95
            factor = self.slower if next(self.made) >= changes_at else 1
            return {"latency": cost * float(np.exp(rng.normal(0, 0.01))) * factor}

        self.laboratory = FunctionLaboratory(SPACE, respond, np.random.default_rng(3))
        self.notebook = Notebook(self.laboratory, SPACE.default)
        self.trials: list[Trial] = []
        self.told: list[str] = []

    def verified(self, fix) -> Trial:
        self.trials.append(verify(self.notebook, SPACE.default, fix, (GOAL,), frozenset({"latency"}), 1))
        return self.trials[-1]

    def beside_the_fault(self, fix, pairs: int, purpose: Purpose) -> Comparison:
        return compare(self.notebook, SPACE.default, fix, (GOAL,), 0.05, purpose,
                       lambda seen: False, lambda seen: seen.pairs == pairs)  # fmt: skip

    def minimised(self, trial: Trial) -> Minimal:
        """Take nothing back, but run the fix beside an ablation."""
        self.beside_the_fault(trial.fix, 15, Purpose.ABLATION)
        return Minimal(trial, {}, frozenset())

    def proven(self, trial: Trial) -> Minimal | None:
        assert trial.verdict is Verdict.CONFIRMED
        search = Search(SPACE, SPACE.default, frozenset())
        lasting = Lasting(self.notebook, self.trials, self.verified, search, self.told.append)
        return lasting.proven(trial, self.minimised)


def test_a_fix_that_is_too_slow_in_later_runs_is_taken_back_and_says_why():
    device = Device(12, 1.15)
    trial = device.verified(SMALL)
    assert device.proven(trial) is None
    [judged] = device.trials
    assert judged.verdict is Verdict.INCONCLUSIVE
    assert "over all 21 runs" in judged.reason
    assert "may miss the goal latency <= 1" in judged.reason
    assert judged.measured["latency"].high > 1 > trial.measured["latency"].high
    assert device.told == ["1 change: confirmed, and missed in later runs"]


def test_on_a_device_that_stays_the_same_nothing_changes():
    device = Device(12, 1.0)
    trial = device.verified(SMALL)
    found = device.proven(trial)
    assert found is not None
    assert found.trial is trial
    assert device.trials == [trial]
    assert not device.told


def test_without_later_runs_the_pairs_decide():
    device = Device(12, 1.15)
    trial = device.verified(SMALL)
    assert throughout(device.notebook, trial) is trial


def test_a_larger_fix_is_claimed_where_it_is_confirmed_once_more():
    device = Device(24, 1.15)
    before = device.verified(LARGE)
    found = device.proven(device.verified(SMALL))
    assert found is not None
    assert found.trial.fix == LARGE
    assert found.trial is not before  # its first pairs were made before the device changed
    judged = {t.fix: t.verdict for t in latest(device.trials)}
    assert judged == {SMALL: Verdict.INCONCLUSIVE, LARGE: Verdict.CONFIRMED}


def test_a_larger_fix_that_met_the_goal_only_before_the_change_is_not_claimed():
    device = Device(24, 1.15, large=0.93)
    device.verified(LARGE)
    assert device.proven(device.verified(SMALL)) is None
    assert Verdict.CONFIRMED not in {t.verdict for t in latest(device.trials)}


def test_how_many_runs_would_decide_is_told_of_all_of_them():
    device = Device(12, 1.06)
    device.proven(device.verified(SMALL))
    [judged] = device.trials
    assert judged.verdict is Verdict.INCONCLUSIVE
    assert "may miss" in judged.reason
    assert judged.runs_to_decide is not None
    assert judged.runs_to_decide > 0


def test_a_few_later_runs_that_clearly_miss_are_not_trimmed_away_among_many():
    device = Device(2 * 15, 1.3)
    seen = device.beside_the_fault(SMALL, 15, Purpose.PAIR)
    device.beside_the_fault(SMALL, 4, Purpose.ABLATION)
    judged = throughout(device.notebook, Trial(SMALL, seen, frozenset({"latency"})))
    assert [g.meets(1) for g in judged.throughout] == [True]
    assert judged.verdict is Verdict.INCONCLUSIVE
    assert "in the other 4 runs" in judged.reason
    assert judged.runs_to_decide is None


def test_what_ran_in_earlier_sessions_does_not_count():
    device = Device(12, 1.15)
    trial = device.verified(SMALL)
    device.minimised(trial)
    device.notebook.before = len(device.notebook.runs)
    assert throughout(device.notebook, trial) is trial


def test_two_lost_runs_take_a_fix_back():
    device = Device(12, 1.0)
    trial = device.verified(SMALL)
    device.failing = 2
    assert device.proven(trial) is None
    assert "2 runs timed out or failed" in device.trials[0].reason


@pytest.mark.parametrize("seed", range(3))
def test_a_session_of_which_nothing_lasts_calls_nothing_confirmed(seed):
    """The device turns slower with the first ablation, whatever was confirmed before."""
    space, slower = switches(6), []

    def respond(values, rng):
        cost = 2.0 * (0.8 if values["o0"] else 1) * (0.6 if values["o1"] else 1)
        return {"latency": cost * float(np.exp(rng.normal(0, 0.01))) * (1.2 if slower else 1)}

    class Turning(FunctionLaboratory):
        def run(self, configuration, level, purpose):
            slower.extend([1] if purpose is Purpose.ABLATION else [])
            return super().run(configuration, level, purpose)

    laboratory = Turning(space, respond, np.random.default_rng(seed))
    question = Question("test", (LATENCY,), space.default, (Goal(LATENCY, 1.0),), budget=30)
    rows = [turn_on(space, *(f"o{i}" for i in range(6) if k >> i & 1)) for k in (3, 5, 6, 9, 12, 24, 33, 48, 62)]
    found = debug(laboratory, question, np.random.default_rng(seed), design=Design(tuple(rows), ()))
    assert found.verdict is not Verdict.CONFIRMED
    assert Verdict.CONFIRMED not in {fix.verdict for fix in found.fixes}
    assert any("later" in note or "refuted" in note for note in found.notes)
    assert any("the device may have changed" in fix.reason for fix in found.fixes)
