"""What every sensor promises: each law raises AssertionError naming what was broken.

    from cadet.testing.sensors import LAWS

    @pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
    def test_mine_conforms(law):
        law(MySensor)

`make()` returns a fresh sensor of everything there is, `make(names)` one of these names; a sensor whose thing is not on
this machine raises CapabilityMissing, which keeps the first law only.
"""

from __future__ import annotations

import math
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from cadet.errors import CapabilityMissing
from cadet.protocols import Gauge, Sensor

_PATIENCE_S = 5.0


class Make(Protocol):
    """A registered sensor class."""

    def __call__(self, wanted: Collection[str] | None = None) -> Sensor:
        """Return a fresh sensor."""
        ...


def what_is_missing_says_how_to_mend_it(make: Make) -> None:
    """A sensor that is not there says what is missing, and the remedy."""
    try:
        make()
    except CapabilityMissing as missing:
        assert missing.reason, "CapabilityMissing without a reason"
        assert missing.remedy, f"{missing.reason}: without a remedy"


def every_name_has_a_source(make: Make) -> None:
    """Names are distinct, and each says where its value comes from."""
    sensor = make()
    assert sensor.names, "a sensor without a name should raise CapabilityMissing"
    assert len(set(sensor.names)) == len(sensor.names), f"a name twice: {sensor.names}"
    silent = [name for name in sensor.names if not sensor.sources.get(name)]
    assert not silent, f"no source: {silent}"


def values_are_finite_and_declared(make: Make) -> None:
    """What `stop` returns are finite numbers under declared names, each value or its refusal once."""
    sensor = make()
    values = _over(sensor, lambda: time.sleep(0.05))
    assert set(values) <= set(sensor.names), f"not declared: {set(values) - set(sensor.names)}"
    wrong = {name: value for name, value in values.items() if not math.isfinite(value)}
    assert not wrong, f"not finite: {wrong}"
    refused: Mapping[str, str] = getattr(sensor, "refused", {})
    assert not set(values) & set(refused), f"both a value and a refusal: {set(values) & set(refused)}"
    assert all(refused.values()), "a refusal without a reason"


def wanted_values_come_alone(make: Make) -> None:
    """Asked for one name, a sensor has that name only."""
    name = make().names[-1]
    sensor = make([name])
    assert tuple(sensor.names) == (name,), f"asked for {name}, got {sensor.names}"
    assert set(_over(sensor, lambda: None)) <= {name}


def a_sensor_can_be_used_again(make: Make) -> None:
    """Start and stop may follow each other as often as there are runs, and leave no thread behind."""
    sensor = make()
    before = threading.active_count()
    seen = [set(_over(sensor, lambda: None)) for _ in range(3)]
    assert all(names <= set(sensor.names) for names in seen)
    _until(lambda: threading.active_count() <= before, "a thread survives stop")


def a_process_that_ends_at_once_is_survived(make: Make) -> None:
    """A program that has ended before anybody could look at it is a run like any other."""
    sensor = make()
    values = _over(sensor, lambda: subprocess.run([sys.executable, "-I", "-S", "-c", ""], check=True))
    assert set(values) <= set(sensor.names)


def a_gauge_reads_without_a_run(make: Make) -> None:
    """What can be read at any moment is finite, before a run, during it and after."""
    sensor = make()
    if not isinstance(sensor, Gauge):
        return
    read = [sensor.read()]
    _over(sensor, lambda: read.append(sensor.read()))
    read.append(sensor.read())
    assert read[0].keys() == read[1].keys() == read[2].keys(), "gauges come and go"
    assert all(math.isfinite(value) for values in read for value in values.values()), f"not finite: {read}"


LAWS: Mapping[str, Callable[[Make], None]] = {
    law.__name__: law
    for law in (
        what_is_missing_says_how_to_mend_it,
        every_name_has_a_source,
        values_are_finite_and_declared,
        wanted_values_come_alone,
        a_sensor_can_be_used_again,
        a_process_that_ends_at_once_is_survived,
        a_gauge_reads_without_a_run,
    )
}


def _over(sensor: Sensor, run: Callable[[], object]) -> Mapping[str, float]:
    sensor.start()
    try:
        run()
    finally:
        values = sensor.stop()
    return values


def _until(holds: Callable[[], bool], trouble: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, trouble
        time.sleep(0.01)
