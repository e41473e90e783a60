from __future__ import annotations

import numpy as np

from cadet.model.domain import Choice
from cadet.model.measurement import Purpose, Status
from cadet.model.option import NO_CONTEXT, Context, Option
from cadet.model.space import Space
from cadet.protocols import Laboratory
from cadet.testing.laboratory import FunctionLaboratory, TableLaboratory

SPACE = Space((Option("a", Choice((0, 1, 2)), 0),))
ZERO, ONE, TWO = (SPACE.configuration({"a": i}) for i in range(3))


def table() -> TableLaboratory:
    recorded = Space(SPACE.options, recorded=(ZERO, ONE))
    return TableLaboratory(recorded, {ZERO: {"latency": 2.0}, ONE: {"latency": 1.0}})


def test_both_are_laboratories():
    function = FunctionLaboratory(SPACE, lambda v, r: {}, np.random.default_rng(1))
    laboratories: list[Laboratory] = [table(), function]
    assert [one.noiseless for one in laboratories] == [True, False]


def test_a_table_answers_the_same_every_time():
    laboratory = table()
    (first,) = laboratory.measure([ONE], Purpose.DESIGN)
    a, b = laboratory.pair(ZERO, ONE, NO_CONTEXT, Purpose.PAIR)
    assert first.values("latency").tolist() == [1.0]
    assert (a.values["latency"], b.values["latency"]) == (2.0, 1.0)


def test_what_was_not_recorded_is_infeasible_and_not_an_error():
    (answer,) = table().measure([TWO], Purpose.PROPOSAL)
    assert answer.status is Status.INFEASIBLE


def test_repetitions_come_in_complete_blocks_at_every_level():
    space = Space(SPACE.options, context=(Context("rows", Choice((1, 10), ordered=True)),))
    laboratory = FunctionLaboratory(space, lambda v, r: {"x": float(v["rows"])}, np.random.default_rng(1), repeats=2)
    answers = laboratory.measure([ZERO, ONE], Purpose.DESIGN)
    assert [(a.configuration, a.level["rows"], len(a.runs)) for a in answers] == [
        (ZERO, 1, 2), (ZERO, 10, 2), (ONE, 1, 2), (ONE, 10, 2)]  # fmt: skip
    block = [(r.configuration, r.level) for r in laboratory.runs()]
    assert block[:4] == block[4:]
    assert {r.values["x"] for r in laboratory.runs() if r.level["rows"] == 10} == {10.0}


def test_a_timeout_is_censored_and_a_crash_is_a_failure():
    def respond(values, rng):
        raise TimeoutError("too slow") if values["a"] == 1 else RuntimeError("crash")

    laboratory = FunctionLaboratory(SPACE, respond, np.random.default_rng(1), timeout_s=3.0)
    late, broken = laboratory.pair(ONE, TWO, NO_CONTEXT, Purpose.PAIR)
    assert (late.status, late.timeout_s, late.message) == (Status.TIMED_OUT, 3.0, "too slow")
    assert (broken.status, broken.message) == (Status.FAILED, "crash")
