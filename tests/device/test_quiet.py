from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from cadet.device.quiet import QuietGate
from cadet.device.sensors.load import LoadSensor, Share
from cadet.device.target.target import Quiet


@dataclass
class Machine:
    """A machine whose others use what `busy` says at a time; the clock moves only by sleeping."""

    busy: list[tuple[float, float]]
    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def start(self) -> None:
        pass

    def stop(self) -> Share:
        return Share(next(share for until, share in self.busy if self.now <= until), 0.01, 0.1)


def gate(machine: Machine, max_wait_s: float = 10.0) -> QuietGate:
    sensor = machine
    return QuietGate(Quiet(0.15, max_wait_s), sensor, clock=machine.clock, sleep=machine.sleep)  # type: ignore[arg-type]


FOREVER = float("inf")


def test_a_quiet_machine_waits_for_one_look() -> None:
    assert gate(Machine([(FOREVER, 0.0)])).wait() == pytest.approx(0.1)


def test_it_waits_until_others_calm_down() -> None:
    assert gate(Machine([(2.95, 0.9), (FOREVER, 0.0)])).wait() == pytest.approx(3.0)


def test_it_runs_anyway_after_its_patience() -> None:
    assert gate(Machine([(FOREVER, 0.9)])).wait() == pytest.approx(10, abs=0.2)


def test_waiting_in_vain_again_and_again_ends() -> None:
    waiting = gate(Machine([(FOREVER, 0.9)]))
    waits = [waiting.wait() for _ in range(100)]
    assert sum(waits) < 21
    assert waits[-1] == 0
    assert waits == sorted(waits, reverse=True)


def test_patience_returns_with_quiet() -> None:
    machine = Machine([(FOREVER, 0.9)])
    waiting = gate(machine)
    for _ in range(20):
        waiting.wait()
    waiting.note(Share(0.0, 0.01, 1.0))
    machine.now += 5
    assert waiting.wait() == pytest.approx(10, abs=0.2)


def test_a_quiet_run_makes_the_next_one_start_at_once() -> None:
    waiting = gate(Machine([(FOREVER, 0.0)]))
    assert not waiting.note(Share(0.05, 0.01, 1.0))
    assert waiting.wait() == 0


def test_a_contended_run_is_told() -> None:
    assert gate(Machine([(FOREVER, 0.0)])).note(Share(0.5, 0.01, 1.0))


def test_what_the_clock_cannot_resolve_is_no_contention() -> None:
    assert not gate(Machine([(FOREVER, 0.0)])).note(Share(0.3, 0.2, 0.05))


def test_no_wait_means_none() -> None:
    assert gate(Machine([(FOREVER, 0.9)]), max_wait_s=0).wait() == 0


def test_the_sensor_of_the_machine_fits_the_gate() -> None:
    waiting = QuietGate(Quiet(1.0, 10.0), LoadSensor(lambda: 0.0))
    assert waiting.wait() < 10
