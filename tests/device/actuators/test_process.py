"""A process starts as it shall, and we stay as we are."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from cadet.device.actuators.process import AS_OURS, Launch, check_property, launched
from cadet.errors import NotApplied, TargetError

SHOW = "import os; print(sorted(os.sched_getaffinity(0)), os.nice(0), os.sched_getscheduler(0))"


def shown(launch: Launch) -> str:
    def start() -> subprocess.Popen[str]:
        return subprocess.Popen([sys.executable, "-I", "-S", "-c", SHOW], stdout=subprocess.PIPE, text=True)

    process = launched(launch, start)
    return process.communicate()[0].strip()


def test_a_plain_launch_starts_it_as_we_are() -> None:
    assert shown(AS_OURS) == f"{sorted(os.sched_getaffinity(0))} {os.nice(0)} {os.sched_getscheduler(0)}"


def test_cores_niceness_and_scheduler_are_the_childs_and_not_ours() -> None:
    before = os.sched_getaffinity(0), os.nice(0), os.sched_getscheduler(0), threading.active_count()
    core = min(os.sched_getaffinity(0))
    assert shown(Launch(cores=frozenset({core}), nice=os.nice(0) + 5, scheduler="batch")) == (
        f"[{core}] {os.nice(0) + 5} {os.SCHED_BATCH}"
    )
    assert before == (os.sched_getaffinity(0), os.nice(0), os.sched_getscheduler(0), threading.active_count())


def test_a_core_that_is_not_there_is_told() -> None:
    with pytest.raises(NotApplied, match=r"affinity \[4095\]"):
        shown(Launch(cores=frozenset({4095})))


def test_a_program_that_cannot_be_started_is_the_callers_error() -> None:
    def start() -> None:
        raise FileNotFoundError("nothing here")

    with pytest.raises(FileNotFoundError, match="nothing here"):
        launched(Launch(nice=10), start)


@pytest.mark.parametrize(
    ("name", "value"),
    [("affinity", "all"), ("affinity", ""), ("affinity", "1-"), ("nice", "20"), ("nice", "low"), ("nice", "--5"),
     ("nice", "²"), ("scheduler", "cfs"), ("scheduler", "other:5"), ("scheduler", "fifo:high")],
)  # fmt: skip
def test_what_is_no_value_of_a_property_is_named(name: str, value: str) -> None:
    with pytest.raises(TargetError, match=name):
        check_property(name, value)
