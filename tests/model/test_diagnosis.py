import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadet.errors import UsageError
from cadet.model.diagnosis import Counts, Diagnosis, Fault, Fix, RootCause, Verdict
from cadet.model.domain import Choice
from cadet.model.effect import CausalPath, Estimate
from cadet.model.objective import Goal, Objective
from cadet.model.option import Context, Option
from cadet.model.reading import diagnosis_of
from cadet.model.space import Space

SPACE = Space(
    (Option("journal", Choice(("delete", "wal")), "delete"), Option("batch", Choice((1, 64), ordered=True), 1)),
    context=(Context("rows", Choice((10, 20), ordered=True)),),
)
LATENCY = Objective("latency", "s")
FAULT, FIXED = SPACE.default, SPACE.configuration({"journal": "wal"})
SECONDS = {"latency@rows=10": Estimate(1.5, 1.25, 2.0, repetitions=6)}
DIAGNOSIS = Diagnosis(
    target="invented for a test",
    objectives=(LATENCY,),
    goals=tuple(Goal(LATENCY, 0.5, "p10", level) for level in SPACE.levels()),
    verdict=Verdict.CONFIRMED,
    fault=Fault(FAULT, SECONDS),
    fixes=(
        Fix(SPACE.changes(FAULT, FIXED), FIXED, SECONDS, 0.9, 0.8, 0.7, frozenset({"durability"}), SECONDS, SECONDS, 6,
            Verdict.CONFIRMED),
    ),
    root_causes=(RootCause("journal", "journal == 'delete'", SECONDS, {}, 0.9, (("journal", "fsyncs", "latency"),)),),
    paths=(CausalPath(("journal", "fsyncs", "latency"), 1.5, Estimate(None, reason="too few rows"), 0.5, (0.5, 1.0)),),
    smallest_detectable_effect={"latency": 0.07},
    with_consent=(Fix(SPACE.changes(FAULT, FIXED), FIXED, reason="never measured"),),
    counts=Counts(25, 30, 90, 1, 2, 3),
    measuring_s=1.5,
    thinking_s=0.5,
    notes=("a note",),
)  # fmt: skip


def test_a_diagnosis_survives_its_json() -> None:
    text = json.dumps(DIAGNOSIS.to_dict(), allow_nan=False)
    assert diagnosis_of(json.loads(text), (LATENCY,)) == DIAGNOSIS


@given(st.floats(allow_nan=False, allow_infinity=False), st.text(min_size=1))
def test_goals_survive_whatever_their_value_and_name(threshold: float, name: str) -> None:
    objective = Objective(name, "s")
    goals = tuple(Goal(objective, threshold, "user", level) for level in SPACE.levels())
    told = replace(DIAGNOSIS, objectives=(objective,), goals=goals)
    assert diagnosis_of(json.loads(json.dumps(told.to_dict())), (objective,)).goals == goals


def test_a_diagnosis_is_a_table_of_fixes() -> None:
    frame = DIAGNOSIS.to_frame()
    assert list(frame["changes"]) == ["journal: delete -> wal"]
    assert "confirmed" in DIAGNOSIS._repr_html_()


def test_another_document_is_refused() -> None:
    with pytest.raises(UsageError, match=r"no cadet.diagnosis/1 document"):
        diagnosis_of({"schema": "cadet.diagnosis/2"}, (LATENCY,))


@pytest.mark.parametrize(
    ("verdict", "code"), [("confirmed", 0), ("no_fault", 0), ("refuted", 1), ("no_effect", 1), ("inconclusive", 4)]
)
def test_exit_codes_follow_the_contract(verdict: str, code: int) -> None:
    assert Verdict(verdict).exit_code == code


def test_an_interval_that_touches_zero_does_not_exclude_it() -> None:
    assert Estimate(1.0, 0.5, 2.0).excludes_zero
    assert Estimate(-1.0, -2.0, -0.5).excludes_zero
    assert not Estimate(1.0, 0.0, 2.0).excludes_zero
    assert not Estimate(1.0, None, None).excludes_zero
