from __future__ import annotations

import numpy as np
import pytest

from cadet.debugging.belief import evidence, learn, run_noise
from cadet.debugging.cost import cost_of
from cadet.debugging.doubt import MOST, Doubts
from cadet.debugging.encoding import Encoding
from cadet.debugging.notebook import Notebook
from cadet.model.domain import Choice
from cadet.model.measurement import Purpose, Run, Status, measurements
from cadet.model.objective import Goal, Objective
from cadet.model.option import Configuration, Option
from cadet.model.space import Space
from cadet.testing.laboratory import FunctionLaboratory

LATENCY = Objective("latency", "s")
GOAL = Goal(LATENCY, 5.0, "given")
SPACE = Space(tuple(Option(f"o{i}", Choice((False, True)), False) for i in range(6)))
SHOCK = 3.0


def laboratory(answers: list[float] | None = None, hidden: bool = False) -> FunctionLaboratory:
    """10 s, but 1 s where o0 and o1 are both on and `hidden`; `answers` come first, whatever is asked."""
    first = list(answers or [])

    def respond(values, chance):
        if first:
            return {"latency": first.pop(0)}
        fast = hidden and values["o0"] and values["o1"]
        return {"latency": (1.0 if fast else 10.0) * float(np.exp(chance.normal(0, 0.02)))}

    return FunctionLaboratory(SPACE, respond, np.random.default_rng(0), repeats=1)


def turned_on(*names: str) -> Configuration:
    return SPACE.configuration(dict.fromkeys(names, True))


def asked(lab: FunctionLaboratory, *configurations: Configuration) -> tuple[Doubts, Notebook]:
    notebook = Notebook(lab, SPACE.default)
    notebook.measure([SPACE.default, *configurations], Purpose.DESIGN)
    return Doubts(notebook, (GOAL,)), notebook


def belief(notebook: Notebook):
    return learn(Encoding(SPACE, SPACE.default), (GOAL,), notebook.measurements(), noiseless=False)


PLAIN = [
    turned_on(),
    *(turned_on(f"o{i}") for i in range(6)),
    *(turned_on(f"o{i}", f"o{(i + 2) % 6}") for i in range(6)),
    turned_on("o2", "o3", "o4"),
    turned_on("o1", "o3", "o5"),
]
FOUND = turned_on("o0", "o1", "o4", "o5")


def test_a_discovery_that_looks_like_an_accident_is_run_again_and_then_believed():
    doubts, notebook = asked(laboratory(hidden=True), *PLAIN[1:], FOUND)
    before = belief(notebook)
    assert before.log_probability([FOUND])[0] < np.log(0.3), "one run far from all others counts as an outlier"
    while (again := doubts.better_than_believed(belief(notebook), [*PLAIN, FOUND])) is not None:
        assert again == FOUND
        doubts.look_again(again)
    assert doubts.looks == 1
    assert belief(notebook).log_probability([FOUND])[0] > np.log(0.9)


def test_an_accident_is_run_again_and_then_not_believed():
    doubts, notebook = asked(laboratory([10.0] * len(PLAIN) + [1.0]), *PLAIN[1:], FOUND)
    while (again := doubts.better_than_believed(belief(notebook), [*PLAIN, FOUND])) is not None:
        doubts.look_again(again)
    assert doubts.looks <= 2
    assert belief(notebook).log_probability([FOUND])[0] < np.log(0.3)


def test_a_promise_that_was_missed_is_looked_at_again_only_when_it_was_worth_something():
    doubts, _ = asked(laboratory(), FOUND)
    assert doubts.worse_than_promised(0.9, FOUND)
    assert not doubts.worse_than_promised(0.1, FOUND)


def test_a_session_runs_no_more_than_so_many_again():
    doubts, notebook = asked(laboratory(), *PLAIN[1:])
    for configuration in PLAIN[1 : MOST + 1]:
        assert doubts.worse_than_promised(0.9, configuration)
        doubts.look_again(configuration)
    assert not doubts.worse_than_promised(0.9, PLAIN[MOST + 1])
    assert notebook.spent == len(PLAIN) - 1, "a run again is no new configuration"


def measured(*repetitions: tuple[float, ...]):
    rows = zip(PLAIN, repetitions, strict=False)
    everything = [Run(c, Status.OK, {"latency": v}) for c, values in rows for v in values]
    return measurements(everything), cost_of(LATENCY, everything, GOAL.threshold)


def test_two_runs_of_which_one_is_shocked_do_not_make_every_run_noisy():
    cells, scale = measured((10.0, 10.0 * SHOCK), (10.0, 10.2), *[(10.0,)] * 5)
    assert run_noise(GOAL, scale, cells) == 0.0, "too few to say"
    cells, scale = measured((10.0, 10.0 * SHOCK), (10.0, 10.2, 9.9), *[(10.0,)] * 5)
    assert 0 < run_noise(GOAL, scale, cells) < 0.05


def test_repetitions_say_how_far_they_disagree():
    cells, scale = measured((10.0,), (10.0, 10.0), (10.0, 10.0, 30.0))
    seen = evidence(GOAL, scale, cells)
    assert seen.disagreement.tolist() == [np.inf, 0.0, pytest.approx(0.0)]
