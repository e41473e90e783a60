"""What every session on a device promises, here or behind ssh: each law raises AssertionError naming what was broken.

from cadet.testing.runs import LAWS, Case

@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_mine_conforms(law):
    law(Case(lambda: MyRuns(target), good, failing, infeasible))
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cadet.model.measurement import Purpose, Status
from cadet.model.option import NO_CONTEXT, Configuration, Level
from cadet.protocols import Runs

Law = Callable[["Case"], None]


@dataclass(frozen=True)
class Case:
    """How to begin a session, and configurations: one that runs, one that fails, one that breaks a constraint."""

    begin: Callable[[], Runs]
    good: Configuration
    failing: Configuration
    infeasible: Configuration
    level: Level = NO_CONTEXT


def a_run_says_what_was_asked_for(case: Case) -> None:
    """Configuration, level, purpose, slot and sequence come back as they were given."""
    with case.begin() as runs:
        run = runs.run(case.good, case.level, Purpose.PAIR, "a slot", 7)
    asked = (case.good, case.level, Purpose.PAIR, "a slot", 7)
    assert (run.configuration, run.level, run.purpose, run.slot, run.sequence) == asked, f"asked {asked}, got {run}"


def a_run_lies_in_our_time(case: Case) -> None:
    """It began after it was asked for, by our clock, and held the device no longer than we waited."""
    with case.begin() as runs:
        runs.run(case.good, case.level)
        asked_at, clock = time.time(), time.perf_counter()
        run = runs.run(case.good, case.level)
        waited = time.perf_counter() - clock
    assert run.ok, f"{run.status.value}: {run.message}"
    assert 0 <= run.seconds <= waited, f"held the device for {run.seconds} s of {waited} s"
    assert asked_at - _TICK_S <= run.started_at <= asked_at + waited, f"asked at {asked_at}, began at {run.started_at}"


def what_was_observed_is_plain(case: Case) -> None:
    """Values are finite numbers, the environment survives a database, and both are there."""
    with case.begin() as runs:
        run = runs.run(case.good, case.level)
    assert run.values, "a run that ended well has values"
    assert all(math.isfinite(value) for value in run.values.values()), run.values
    assert json.loads(json.dumps(dict(run.environment))) == run.environment
    assert run.environment, "nobody knows where it was made"


def trouble_of_the_deployment_is_a_status(case: Case) -> None:
    """A run that fails says why, has no objective, and the next one is made."""
    with case.begin() as runs:
        failed = runs.run(case.failing, case.level)
        after = runs.run(case.good, case.level)
    assert failed.status is Status.FAILED, failed
    assert failed.message, "failed without a reason"
    assert after.ok, f"{after.status.value}: {after.message}"


def the_infeasible_costs_nothing(case: Case) -> None:
    """What breaks a constraint is not run."""
    with case.begin() as runs:
        run = runs.run(case.infeasible, case.level)
    assert run.status is Status.INFEASIBLE, run
    assert run.seconds == 0 and not run.values, run


def a_session_can_follow_another(case: Case) -> None:
    """What one session held, the next one gets."""
    for _ in range(2):
        with case.begin() as runs:
            assert runs.run(case.good, case.level).ok


LAWS: Mapping[str, Law] = {
    law.__name__: law
    for law in (
        a_run_says_what_was_asked_for,
        a_run_lies_in_our_time,
        what_was_observed_is_plain,
        trouble_of_the_deployment_is_a_status,
        the_infeasible_costs_nothing,
        a_session_can_follow_another,
    )
}

_TICK_S = 0.05  # the clock of the system may be moved a little between two looks
