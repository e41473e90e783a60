"""A run waits until the device has cooled down, and what it was like is on record."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from cadet.device.runner import Runner
from cadet.device.settle import ThermalGate
from cadet.device.target import from_document
from cadet.device.target.target import Settle
from cadet.errors import CapabilityMissing, MeasurementError
from cadet.model.measurement import Tag
from cadet.plugins import BUILTIN
from tests.device.documents import document

GAUGE = "temperature.tj"


class Room:
    """A board that cools by one degree a second, in a time that passes only while somebody waits."""

    def __init__(self, temperature: float) -> None:
        self.now, self.begin = 0.0, temperature

    def read(self) -> dict[str, float]:
        return {GAUGE: self.begin - self.now}

    def gate(self, below_c: float, max_wait_s: float) -> ThermalGate:
        return ThermalGate(Settle(GAUGE, below_c, max_wait_s), self.read, clock=lambda: self.now, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_a_cool_device_does_not_wait() -> None:
    settled = Room(40).gate(55, 120).wait()
    assert (settled.waited_s, settled.temperature_c, settled.reached) == (0, 40, True)


def test_a_hot_device_waits_until_it_is_cool_enough() -> None:
    settled = Room(70).gate(55, 120).wait()
    assert 15 < settled.waited_s <= 16
    assert settled.temperature_c < 55
    assert settled.reached


def test_waiting_has_an_end_and_the_run_is_made_anyway() -> None:
    settled = Room(200).gate(55, 120).wait()
    assert (settled.waited_s, settled.reached) == (120, False)
    assert settled.to_dict() == {"waited_s": 120.0, "temperature_c": 80.0, "reached": False}


def test_a_temperature_that_can_no_longer_be_read_is_named_with_the_way_out() -> None:
    def broken() -> dict[str, float]:
        raise OSError(11, "Resource temporarily unavailable")

    with pytest.raises(MeasurementError, match=r"run\.settle: temperature\.tj cannot be read .*take run\.settle out"):
        ThermalGate(Settle(GAUGE, 55, 120), broken).wait()


def test_the_second_run_of_a_pair_only_looks() -> None:
    settled = Room(70).gate(55, 120).wait(at_once=True)
    assert (settled.waited_s, settled.reached) == (0, False)


class Warm:
    """A sensor of a board that is always at 60 degrees and was throttled for a tenth of the run."""

    names = (GAUGE, "board.slowed_down")
    sources = dict.fromkeys(names, "the test")

    def __init__(self, wanted: object = None) -> None: ...

    def start(self) -> None: ...

    def stop(self) -> dict[str, float]:
        return {GAUGE: 60.0, "board.slowed_down": 0.1}

    def read(self) -> dict[str, float]:
        return {GAUGE: 60.0}


@pytest.fixture
def warm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BUILTIN, "sensor", {**BUILTIN["sensor"], "warm": f"{__name__}:Warm"})


def settling(folder: Path, **settle: Any) -> Any:
    run = {"warmup": 0, "quiet": {"max_wait_s": 0}, "settle": {"temperature": "tj", **settle}}
    return from_document({**document(), "run": run}, folder)


def test_the_temperature_at_the_start_is_recorded(tmp_path: Path, warm: None) -> None:
    made = settling(tmp_path, below_c=65.0)
    with Runner(made) as runner:
        environment = runner.run(made.space.default).environment
    assert environment["settled"] == {"waited_s": 0.0, "temperature_c": 60.0, "reached": True}


def test_a_wait_in_vain_is_recorded_and_told_once(tmp_path: Path, warm: None, caplog: pytest.LogCaptureFixture) -> None:
    made = settling(tmp_path, below_c=50.0, max_wait_s=0.2)
    with caplog.at_level(logging.WARNING), Runner(made) as runner:
        runs = [runner.run(made.space.default) for _ in range(2)]
    assert all(run.environment["settled"]["reached"] is False for run in runs)  # type: ignore[index]
    assert all(run.seconds < 20 for run in runs)
    assert [r.getMessage() for r in caplog.records] == ["run.settle: the device is at 60.0 °C after 0 s"]


def test_a_throttled_run_is_tagged_and_kept(tmp_path: Path, warm: None) -> None:
    made = from_document({**document(), "events": {"sensors": ["warm"]}}, tmp_path)
    with Runner(made) as runner:
        run = runner.run(made.space.default)
    assert Tag.THROTTLED in run.tags
    assert run.values["board.slowed_down"] == 0.1
    assert run.ok


def test_a_temperature_that_is_not_here_is_told_before_anything_runs(tmp_path: Path) -> None:
    made = settling(tmp_path, below_c=50.0)
    with pytest.raises(CapabilityMissing, match=r"no sensor of this machine shows 'temperature.tj'"), Runner(made):
        pass
