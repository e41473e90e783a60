"""What a fault gives up already opens no other way to the same cost."""

from __future__ import annotations

import numpy as np

from cadet.debugging import Question, debug
from cadet.debugging.answer import _superfluous
from cadet.debugging.earlier import Earlier
from cadet.model.diagnosis import Verdict
from cadet.model.domain import Choice
from cadet.model.measurement import Purpose
from cadet.model.objective import Goal, Objective
from cadet.model.option import Option
from cadet.model.space import Space
from cadet.testing.laboratory import FunctionLaboratory

DURABILITY = frozenset({"durability"})
LATENCY = Objective("latency", "s")
SPACE = Space(
    (
        Option("sync", Choice(("full", "normal")), "normal", consent={"normal": "durability"}),
        Option("journal", Choice(("delete", "wal", "off")), "delete", consent={"off": "durability"}),
        Option("cache", Choice((1, 8, 64), ordered=True), 1),
    )
)
COST = {"delete": 4.0, "wal": 3.0, "off": 1.0}


def latency(values, rng):
    return {"latency": COST[values["journal"]] / values["cache"] ** 0.1 * np.exp(rng.normal(0, 0.02))}


def test_a_fault_that_gives_up_durability_licenses_no_other_loss_of_it() -> None:
    laboratory = FunctionLaboratory(SPACE, latency, np.random.default_rng(1))
    question = Question("invented", (LATENCY,), SPACE.default, (Goal(LATENCY, 2.2),), budget=16, initial=8)
    session = debug(laboratory, question, np.random.default_rng(1))
    assert laboratory.runs()
    assert not [run for run in laboratory.runs() if run.configuration["journal"] == "off"]
    assert session.with_consent
    assert all("durability" in fix.consent for fix in session.with_consent)
    assert not any(fix.consent for fix in session.fixes)


def test_a_value_that_consent_releases_is_measured_though_earlier_rows_fill_the_design() -> None:
    goal = (Goal(LATENCY, 1.2),)
    laboratory = FunctionLaboratory(SPACE, latency, np.random.default_rng(2))
    without = Question("invented", (LATENCY,), SPACE.default, goal, budget=14, initial=10)
    assert debug(laboratory, without, np.random.default_rng(1)).verdict is not Verdict.CONFIRMED
    before = tuple(laboratory.runs())
    asked = Question("invented", (LATENCY,), SPACE.default, goal, budget=14, initial=10, accepted=DURABILITY)
    found = debug(laboratory, asked, np.random.default_rng(1), earlier=Earlier(here=before))
    assert found.verdict is Verdict.CONFIRMED
    assert {c.option for c in found.fixes[0].changes} == {"journal"}
    first = next(run for run in laboratory.runs() if run.configuration["journal"] == "off")
    assert first.purpose is Purpose.NEIGHBOUR, "before any model of the other values is asked"


def test_of_consents_that_promise_the_same_the_smaller_one_is_listed() -> None:
    base = SPACE.change(SPACE.default, {"sync": "full"})
    small, more, better = (
        SPACE.change(base, changed)
        for changed in ({"journal": "off"}, {"journal": "off", "cache": 8}, {"journal": "off", "cache": 64})
    )
    assert _superfluous(SPACE, base, {small: 1.0, more: 1.001, better: 0.8}, usual=3.0) == {more}
