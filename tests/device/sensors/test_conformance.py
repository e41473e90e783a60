"""Every registered sensor keeps the laws: on this machine where it has one, on a simulated tree where it has not."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path

import pytest

from cadet.device.sensors.hwmon import HwmonSensor
from cadet.device.sensors.rapl import RaplSensor
from cadet.device.sensors.thermal import ThermalSensor
from cadet.device.sensors.throttle import ThrottleSensor
from cadet.errors import CapabilityMissing
from cadet.plugins import load, names
from cadet.protocols import Sensor
from cadet.testing.sensors import LAWS, Make, what_is_missing_says_how_to_mend_it
from tests.device.sensors import trees

Law = Callable[[Make], None]
THROTTLE: dict[str, object] = {
    f"devices/system/cpu/cpu{core}/thermal_throttle/{part}_throttle_total_time_ms": 0
    for core in (0, 1)
    for part in ("core", "package")
}


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
@pytest.mark.parametrize("kind", names("sensor"))
def test_a_registered_sensor_conforms(kind: str, law: Law) -> None:
    make = load("sensor", kind)
    try:
        make()
    except CapabilityMissing as missing:
        what_is_missing_says_how_to_mend_it(make)
        if law is not what_is_missing_says_how_to_mend_it:
            pytest.skip(str(missing))
    law(make)


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
@pytest.mark.parametrize("kind", [ThermalSensor, RaplSensor, HwmonSensor, ThrottleSensor])
def test_a_sensor_conforms_on_a_simulated_board(kind: Callable[..., Sensor], law: Law, tmp_path: Path) -> None:
    board = trees.write(
        tmp_path,
        {
            **trees.zone(0, "tj-thermal", 41_000),
            **trees.rapl("intel-rapl:0", "package-0", 1_000_000),
            **trees.ina3221(1, {"VDD_GPU_SOC": (5000, 800), "VIN_SYS_5V0": (5000, 1000)}),
            **THROTTLE,
        },
    )
    law(partial(kind, sysfs=board))


class _Broken:
    """Breaks what the laws promise, one at a time."""

    def __init__(self, wanted: Collection[str] | None = None, *, how: str = "") -> None:
        self.names: tuple[str, ...] = ("a", "b") if how != "twice" else ("a", "a")
        self.sources = {"a": "somewhere", "b": "" if how == "no source" else "somewhere"}
        self.how = how

    def start(self) -> None: ...

    def stop(self) -> dict[str, float]:
        return {"a": float("nan") if self.how == "nan" else 1.0, "c" if self.how == "undeclared" else "b": 0.0}


@pytest.mark.parametrize("how", ["twice", "no source", "nan", "undeclared", "unselective"])
def test_a_broken_sensor_is_found_out(how: str) -> None:
    assert [name for name, law in LAWS.items() if _breaks(law, partial(_Broken, how=how))]


def _breaks(law: Law, make: Make) -> bool:
    try:
        law(make)
    except AssertionError:
        return True
    return False
