from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cadet.debugging.hunt import Hunt
from cadet.debugging.lasting import throughout
from cadet.debugging.neighbourhood import Search
from cadet.debugging.notebook import Notebook
from cadet.debugging.pairs import Pairs
from cadet.debugging.question import Question
from cadet.debugging.second_look import WORTH, most_pairs, undecided
from cadet.debugging.sequential import LATER, LOOKS, bounds, share, undivided
from cadet.debugging.verify import Trial, gone_on_with, verify
from cadet.model.diagnosis import Verdict
from cadet.model.measurement import Purpose
from cadet.model.objective import Goal
from tests.debugging.systems import LATENCY, noisy, switches, turn_on

GOAL = Goal(LATENCY, 1.0)
SPACE = switches(6)
FAULT = SPACE.default
SMALL = turn_on(SPACE, "o0")
LARGE = turn_on(SPACE, "o0", "o1", "o2", "o3", "o4")
SEARCH = Search(SPACE, FAULT, frozenset())


def device(small: float, seed: int, noise: float = 0.03) -> Notebook:
    """The fault takes 2 s, the small fix `small`, the large one half a second."""

    def cost(values) -> float:
        return 2.0 if not values["o0"] else 0.5 if values["o4"] else small

    return Notebook(noisy(SPACE, cost, noise, seed), FAULT)


def tried(notebook: Notebook, fix=SMALL, candidate: int = 1) -> Trial:
    return verify(notebook, FAULT, fix, (GOAL,), frozenset({"latency"}), candidate)


def undecided_ones(small: float, many: int) -> list[tuple[Notebook, Trial]]:
    """Return trials of the small fix that were not decided, with the devices they ran on."""
    each = [(notebook, tried(notebook)) for notebook in (device(small, seed) for seed in range(many))]
    return [(notebook, trial) for notebook, trial in each if trial.verdict is Verdict.INCONCLUSIVE]


def test_what_meets_the_goal_by_little_is_mostly_confirmed_when_it_is_gone_on_with():
    left = [(n, t) for n, t in undecided_ones(0.99, 40) if t.promising(LATER[-1])]
    later = [(t, gone_on_with(n, FAULT, t, 2, LATER[-1])) for n, t in left]
    assert sum(after.verdict is Verdict.CONFIRMED for _, after in later) > len(left) / 2 > 3
    for before, after in later:
        earlier, every = before.comparison.goals[0].runs, after.comparison.goals[0].runs
        assert tuple(every[: len(earlier)]) == tuple(earlier)  # nothing that was run is thrown away
        assert after.comparison.pairs in (before.comparison.pairs, *LATER)


def test_what_is_exactly_at_the_goal_is_hardly_ever_confirmed_however_long_one_looks():
    # two shares of the error, one-sided: .0125 + .0042; of 400 at most 6.7 expected, 7.8 more are three standard errors
    rng, claimed = np.random.default_rng(2), 0
    for _ in range(400):
        values = rng.normal(0, 0.03, LATER[-1])  # no shocks: slow runs would only make it harder to claim
        first = any(bounds(values[:n], share(1)).high < 0 for n in LOOKS)
        claimed += first or any(bounds(values[:n], undivided(share(2), LATER)).high < 0 for n in LATER)
    assert claimed <= 14


def test_what_a_larger_error_would_decide_is_not_claimed_from_the_same_pairs_and_the_first_look_decides():
    notebook = device(0.9, 1)
    decided = tried(notebook)
    strict = [Pairs(g.goal, g.runs, 1e-4) for g in decided.comparison.goals]
    before = replace(decided, comparison=replace(decided.comparison, goals=tuple(strict)))
    assert before.promising(LATER[-1])
    assert undecided([before], SEARCH, None) == before
    after = gone_on_with(notebook, FAULT, before, 1, LATER[-1])
    assert (after.verdict, after.comparison.pairs) == (Verdict.CONFIRMED, LATER[0])


@pytest.mark.parametrize("small", [1.02, 0.9])
def test_nothing_is_run_where_it_is_hopeless_or_decided(small):
    notebook = device(small, 3)
    before, runs = tried(notebook), len(notebook.runs)
    assert gone_on_with(notebook, FAULT, before, 2, LATER[-1]) == before
    assert len(notebook.runs) == runs


def test_a_change_that_is_saved_is_worth_so_many_pairs():
    [(_, trial), *_] = undecided_ones(0.99, 20)
    sizes = [most_pairs(SEARCH, trial, turn_on(SPACE, *(f"o{i}" for i in range(n)))) for n in (2, 3, 4, 5)]
    assert sizes == [WORTH, 2 * WORTH, LATER[-1], LATER[-1]]
    assert most_pairs(SEARCH, trial, None) == LATER[-1]


def test_the_smallest_that_is_worth_it_is_gone_on_with_and_what_saves_one_change_is_not():
    notebook, trial = next((n, t) for n, t in undecided_ones(0.99, 40) if t.promising(2 * WORTH))
    assert undecided([trial], SEARCH, LARGE) == trial
    assert undecided([trial], SEARCH, None) == trial
    assert undecided([trial], SEARCH, turn_on(SPACE, "o0", "o1")) is None
    larger = replace(trial, fix=turn_on(SPACE, "o0", "o1"))
    assert undecided([larger, trial], SEARCH, LARGE) == trial
    assert undecided([trial, tried(notebook, LARGE)], SEARCH, None) == trial
    confirmed = tried(device(0.9, 1))
    assert undecided([confirmed], SEARCH, LARGE) is None
    assert undecided([trial, confirmed], SEARCH, LARGE) is None  # the last trial of a fix counts


def test_what_did_not_last_is_not_gone_on_with():
    [(notebook, trial), *_] = [(n, t) for n, t in undecided_ones(0.99, 40) if t.promising(LATER[-1])]
    slow = noisy(SPACE, lambda values: 1.3 if values["o0"] else 2.0, 0.03, 1)
    for _ in range(15):
        notebook.write(slow.pair(SMALL, FAULT, GOAL.level, Purpose.ABLATION))
    judged = throughout(notebook, trial)
    assert judged.unkept
    assert undecided([judged], SEARCH, None) is None


def hunt_on(notebook: Notebook) -> Hunt:
    notebook.measure([FAULT], Purpose.FAULT)
    notebook.measure([SMALL, LARGE], Purpose.DESIGN)
    question = Question("test", (LATENCY,), FAULT, (GOAL,), budget=notebook.spent)  # nothing else can be measured
    return Hunt(notebook, question, (GOAL,), lambda *_: None)


def test_a_search_that_ends_with_a_large_fix_goes_on_with_a_small_one_it_could_not_decide():
    ended, gone_on = [], []
    for seed in range(12):
        hunt = hunt_on(device(0.99, seed))
        found = hunt.run()
        assert found
        ended.append(found.trial.fix)
        gone_on.append([t.comparison.pairs for t in hunt.trials if t.fix == SMALL])
    again = [fix for fix, pairs in zip(ended, gone_on, strict=True) if len(pairs) > 1 and max(pairs) > LOOKS[-1]]
    assert again.count(SMALL) > len(again) / 2 > 1


def test_a_search_in_which_nothing_was_confirmed_goes_on_with_what_seemed_to_meet_the_goals():
    def only(seed: int) -> Hunt:
        notebook = device(0.99, seed)
        notebook.measure([FAULT], Purpose.FAULT)
        notebook.measure([SMALL], Purpose.DESIGN)
        return Hunt(notebook, Question("test", (LATENCY,), FAULT, (GOAL,), budget=1), (GOAL,), lambda *_: None)

    hunts = [only(seed) for seed in range(40)]
    found = [hunt.run() for hunt in hunts]
    again = [f for f, hunt in zip(found, hunts, strict=True) if [t.fix for t in hunt.trials] == [SMALL, SMALL]]
    assert sum(f is not None for f in again) > len(again) / 2 > 3
