from __future__ import annotations

from itertools import count

import numpy as np
import pytest

from cadet.debugging import answer
from cadet.debugging.belief import Belief
from cadet.debugging.bystanders import bystanders
from cadet.debugging.hunt import Hunt
from cadet.debugging.influence import Influence
from cadet.debugging.neighbourhood import Search
from cadet.debugging.notebook import Notebook
from cadet.debugging.question import Question
from cadet.debugging.sequential import ALPHA, share
from cadet.debugging.session import debug
from cadet.debugging.shortlist import Shortlist
from cadet.model.diagnosis import Verdict
from cadet.model.measurement import Purpose
from cadet.model.objective import Goal
from cadet.testing.laboratory import FunctionLaboratory
from tests.debugging.systems import LATENCY, noisy, switches, table, turn_on

GOAL = Goal(LATENCY, 1.5)
NEEDED = ("o2", "o5")
LARGE = ("o0", "o1", *NEEDED, "o6", "o7")
MIDDLE = ("o1", *NEEDED)


def cost(values) -> float:
    return 1.0 if all(values[n] for n in NEEDED) else 4.0


def hunting(noise: float = 0.03) -> Hunt:
    """Return a hunt in which a large, a middling and no minimal fix were measured, and three that do not help."""
    laboratory = noisy(switches(8), cost, noise, 1)
    space = laboratory.space
    notebook = Notebook(laboratory, space.default)
    notebook.measure([space.default], Purpose.FAULT)
    rows = [turn_on(space, *names) for names in (LARGE, MIDDLE, ("o2",), ("o5", "o6"), ("o0", "o1", "o3", "o7"))]
    notebook.measure(rows, Purpose.DESIGN)
    question = Question("test", (LATENCY,), space.default, (GOAL,))
    return Hunt(notebook, question, (GOAL,), lambda *_: None)


def test_a_confirmed_candidate_gives_its_error_back_and_one_in_vain_does_not():
    hunt = hunting()
    in_turn = [LARGE, MIDDLE, ("o2",), ("o2", "o5", "o6"), ("o5",)]
    trials = [hunt.verify(turn_on(hunt.search.space, *names)) for names in in_turn]
    confirmed = [t.verdict is Verdict.CONFIRMED for t in trials]
    assert confirmed == [True, True, False, True, False]
    spent = [t.comparison.goals[0].alpha for t in trials]
    assert spent == [share(1), share(1), share(1), share(2), share(2)]
    assert sum(a for a, sure in zip(spent, confirmed, strict=True) if not sure) < ALPHA


class Believing(Belief):
    """Believes given odds of every configuration: a double, so that a choice can be worked out by hand."""

    def __init__(self, odds):
        object.__setattr__(self, "odds", odds)

    def log_probability(self, configurations):
        return np.log([self.odds(c) for c in configurations])

    log_confirmable = log_probability


def believing(odds) -> Belief:
    return Believing(odds)


def test_a_confirmed_fix_gives_way_to_a_smaller_one_that_was_measured_and_costs_no_configuration():
    hunt = hunting()
    space = hunt.search.space
    trial = hunt.verify(turn_on(space, *LARGE))
    assert trial.verdict is Verdict.CONFIRMED
    spent = hunt.notebook.spent
    assert hunt.smallest_known(trial).fix == turn_on(space, *MIDDLE)
    assert hunt.notebook.spent == spent


def test_what_is_smaller_and_only_seemed_good_replaces_nothing():
    hunt = hunting()
    space = hunt.search.space
    trial = hunt.verify(turn_on(space, *MIDDLE))
    hunt.believe = lambda: believing(lambda c: 0.9)
    assert hunt.smallest_known(trial) == trial
    assert {t.fix for t in hunt.trials[1:]} == {turn_on(space, "o2"), turn_on(space, "o5", "o6")}


def test_large_successes_are_the_likely_ones_by_size_and_then_those_that_were_seen_to_meet_the_goals():
    hunt = hunting()
    space = hunt.search.space
    large, middle = turn_on(space, *LARGE), turn_on(space, *MIDDLE)
    likely = believing(lambda c: 0.9)
    assert hunt.shortlist.successes(likely, beyond=5) == [large]
    three, four, six = hunt.shortlist.successes(likely, beyond=2)
    assert (three, six) == (middle, large)
    assert four == turn_on(space, "o0", "o1", "o3", "o7")  # believed to be good, though it was not seen to be
    unlikely = believing(lambda c: {large: 0.2, middle: 0.1}.get(c, 0.25))
    assert hunt.shortlist.successes(unlikely, beyond=2) == [large, middle]
    hunt.verify(middle)
    assert hunt.shortlist.successes(unlikely, beyond=2) == [large]
    assert hunt.shortlist.successes(unlikely, beyond=6) == []


def test_a_search_that_is_stuck_halves_a_large_success_in_place_of_a_leap():
    hunt = hunting()
    search, large = hunt.search, turn_on(hunt.search.space, *LARGE)
    belief = hunt.believe()
    hunt.next.vain = 3
    proposal = hunt.next.proposal(belief, None, likeliest=False)
    assert proposal is not None
    left, all_of_it = (set(search.space.changes(search.fault, c)) for c in (proposal.configuration, large))
    assert left < all_of_it
    assert len(left) == 5  # without a quarter: without the half it is what was measured already


def test_the_odds_times_the_changes_saved_decide_what_is_tried_instead_of_a_confirmed_fix():
    hunt = hunting()
    space = hunt.search.space
    large, middle, one = (turn_on(space, *names) for names in (LARGE, MIDDLE, ("o2",)))
    chosen = hunt.shortlist.smaller(believing(lambda c: {middle: 0.8, one: 0.35}.get(c, 0.01)), large)
    assert chosen == middle  # 0.8 × 3 changes, against 0.35 × 5
    chosen = hunt.shortlist.smaller(believing(lambda c: {middle: 0.5, one: 0.35}.get(c, 0.01)), large)
    assert chosen == one  # 0.5 × 3 changes, against 0.35 × 5
    assert hunt.shortlist.smaller(believing(lambda c: 0.29), large) is None
    assert hunt.shortlist.smaller(believing(lambda c: 0.9), one) is None  # nothing is smaller


@pytest.mark.parametrize(("trials", "expected"), [(0, "small"), (1, "small"), (2, "sure")])
def test_after_two_trials_in_vain_what_is_sure_goes_before_what_is_small(trials, expected):
    hunt = hunting()
    space = hunt.search.space
    by_name = {"small": turn_on(space, "o2"), "sure": turn_on(space, *LARGE)}
    for names in (("o5", "o6"), MIDDLE)[:trials]:
        hunt.verify(turn_on(space, *names))
    belief = believing(lambda c: {by_name["small"]: 0.4, by_name["sure"]: 0.9}.get(c, 0.01))
    assert hunt.shortlist.incumbent(belief) == by_name[expected]


def test_what_was_verified_is_not_chosen_again():
    hunt = hunting()
    tried = turn_on(hunt.search.space, *LARGE)
    hunt.verify(tried)
    assert tried not in hunt.shortlist.untried()
    assert tried not in hunt.shortlist.promising(believing(lambda c: 0.9))


def test_without_anything_likely_the_last_hope_is_the_smallest_of_what_is_not_forlorn():
    hunt = hunting()
    large, middle = (turn_on(hunt.search.space, *names) for names in (LARGE, MIDDLE))
    belief = believing(lambda c: {large: 0.2, middle: 0.1}.get(c, 0.01))
    assert hunt.shortlist.incumbent(belief) is None
    assert hunt.shortlist.last_hope(belief) == middle
    assert hunt.shortlist.last_hope(believing(lambda c: 0.02)) is None


def test_recorded_values_need_no_second_choice():
    space = switches(4)
    every = [space.default, turn_on(space, "o2", "o3"), turn_on(space, "o2")]
    notebook = Notebook(table(space, lambda c: 2.0 - bool(c["o3"]), every), space.default)
    notebook.measure(every, Purpose.DESIGN)
    search = Search(notebook.space, space.default, frozenset())
    chosen = Shortlist(notebook, search, (GOAL,), bystanders((), notebook, space.default))
    belief = believing(lambda c: 0.9)
    assert chosen.incumbent(belief) == every[1]
    assert chosen.smaller(belief, every[1]) is None
    assert chosen.last_hope(belief) is None


def test_a_candidate_whose_runs_are_lost_shows_that_options_have_an_effect(monkeypatch):
    turn = count()

    def respond(values, rng):
        if values["o2"] and next(turn) % 2:
            raise RuntimeError("out of memory")
        return {"latency": 1.0 if values["o2"] else 2.0}

    unseen = Influence(0.27, 0.05, {})
    monkeypatch.setattr(answer, "of_design", lambda *_: unseen)
    laboratory = FunctionLaboratory(switches(6), respond, np.random.default_rng(1))
    question = Question("test", (LATENCY,), laboratory.space.default, (GOAL,))
    found = debug(laboratory, question, np.random.default_rng(1))
    assert found.verdict is Verdict.REFUTED
    assert "timed out or failed" in found.fixes[0].reason
