"""The jetson-stats back end: the real service and client, unmodified, on simulated boards."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import pytest

from cadet.device.actuators.jetson import Jetson
from cadet.device.actuators.jetson_jtop import _SCRIPT, INTERPRETER, Jtop, ask, interpreter
from cadet.errors import CapabilityMissing, NotApplied, Refused
from tests.device.jetson.boards import NoBoard, SimulatedBoard, board_up, eventually


@pytest.fixture(scope="module")
def python() -> str:
    """The interpreter that has jetson-stats."""
    try:
        return interpreter()
    except CapabilityMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(params=["orin-nano", "tx2"])
def served(request: pytest.FixtureRequest, python: str) -> Iterator[SimulatedBoard]:
    """A board on which the service of jetson-stats runs."""
    prefix = subprocess.run([python, "-c", "import sys; print(sys.base_prefix)"], capture_output=True, text=True)
    try:
        with board_up(request.param, [prefix.stdout.strip()]) as board, service(board, python):
            yield board
    except NoBoard as reason:
        pytest.skip(f"no simulated board here: {reason}")


class service:  # noqa: N801 - reads as a verb
    """The real service, from start to end."""

    def __init__(self, board: SimulatedBoard, python: str) -> None:
        self._board = board
        self._argv = board.enter([python, "-m", "jtop", "--force"])

    def __enter__(self) -> None:
        environment = {**os.environ, "JTOP_SERVICE": "True"}
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(self._argv, env=environment, stdout=quiet, stderr=quiet)
        assert eventually((self._board.root / "run/jtop.sock").exists, 20)

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(20)


def jtop(board: SimulatedBoard, python: str) -> Jtop:
    command = board.enter([python, "-I", str(_SCRIPT)])
    return Jtop(Jetson(board.root, board.program), lambda: command, board.root / "run/jtop.sock")


@pytest.mark.slow
def test_mode_and_clocks_are_set_read_back_and_put_back(served: SimulatedBoard, python: str) -> None:
    actuator, own = jtop(served, python), Jetson(served.root, served.program)
    before = served.snapshot()
    twins = actuator.twins("nvpmodel")
    journal = {twin.address: own.read(twin.address) for twin in twins}
    mode = actuator.read("nvpmodel")
    for value in actuator.available("nvpmodel"):
        actuator.write("nvpmodel", value)
        assert actuator._reported("nvpmodel") == own.read("nvpmodel") == value
    for value in ("on", "off"):
        actuator.write("jetson_clocks", value)
        assert actuator._reported("jetson_clocks") == own.read("jetson_clocks") == value
    actuator.write("nvpmodel", mode)
    for address, old in reversed(journal.items()):
        assert old is not None
        own.write(address, old)
    assert served.snapshot() == before


@pytest.mark.slow
def test_a_mode_changed_while_the_clocks_are_held_keeps_no_limit_of_the_mode_before(
    served: SimulatedBoard, python: str
) -> None:
    actuator, own = jtop(served, python), Jetson(served.root, served.program)
    first, second = actuator.available("nvpmodel")[:2]
    limits = {}
    for mode in (first, second):
        own.write("nvpmodel", mode)
        limits[mode] = own.read("gpu/max_hz"), own.read("gpu/min_hz")
    own.write("nvpmodel", first)
    actuator.write("jetson_clocks", "on")
    actuator.write("nvpmodel", second)
    assert (actuator.read("nvpmodel"), actuator.read("jetson_clocks")) == (second, "on")
    actuator.write("jetson_clocks", "off")
    assert (own.read("gpu/max_hz"), own.read("gpu/min_hz")) == limits[second]


@pytest.mark.slow
def test_a_refusal_that_the_library_swallows_is_told_with_what_the_board_shows(
    served: SimulatedBoard, python: str
) -> None:
    actuator = jtop(served, python)
    present = actuator.read("nvpmodel")
    other = next(mode for mode in actuator.available("nvpmodel") if mode != present)
    served.inject("chroot")
    with pytest.raises(NotApplied, match=f"the board has power mode {present}"):
        actuator.write("nvpmodel", other)


@pytest.mark.slow
def test_a_mode_is_set_and_put_back(served: SimulatedBoard, python: str) -> None:
    actuator = jtop(served, python)
    present = actuator.read("nvpmodel")
    other = next(mode for mode in actuator.available("nvpmodel") if mode != present)
    for mode in (other, present):
        actuator.write("nvpmodel", mode)
        assert Jetson(served.root, served.program).read("nvpmodel") == mode


def test_the_readings_are_those_of_the_sensors_chips(served: SimulatedBoard, python: str) -> None:
    stats = ask(served.enter([python, "-I", str(_SCRIPT)]), {"ask": "stats"})
    assert stats["watts"]["VDD_IN"] == pytest.approx(float(served.read("sys/kernel/simulation/watts")), rel=0.02)
    assert set(stats["celsius"]) and all(25 < celsius < 60 for celsius in stats["celsius"].values())


def test_without_the_service_the_remedy_is_told(orin: SimulatedBoard, python: str) -> None:
    actuator = jtop(orin, python)  # the board would answer, but it was the service that was asked for
    with pytest.raises(CapabilityMissing, match="does not run") as missing:
        actuator.read("nvpmodel")
    assert "jtop --install-service" in missing.value.remedy
    with pytest.raises(NotApplied, match=r"jtop\.service is not active"):
        actuator.write("nvpmodel", "15W")


def test_without_the_library_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(INTERPRETER, "/no/such/python")
    with pytest.raises(CapabilityMissing, match="/no/such/python") as missing:
        Jtop().read("nvpmodel")
    assert "cadet[jetson]" in missing.value.remedy


@pytest.mark.parametrize("address", ["gpu/max_hz", "fan/pwm", "fan", "", "nvpmodel "])
def test_other_addresses_are_refused(address: str) -> None:
    for question in (Jtop().check, Jtop().read, lambda a: Jtop().write(a, "1")):
        with pytest.raises(Refused):
            question(address)
