"""Setting GPUs through the real bindings, on a simulated board."""

from __future__ import annotations

import pytest

from cadet import plugins
from cadet.device.actuators.nvml import Nvml
from cadet.errors import CapabilityMissing, NotApplied, Refused
from cadet.protocols import Knob
from tests.device.nvml import inside
from tests.device.nvml.board import Board

READABLE = [("power_limit_w", "180"), ("persistence", "on"), ("compute_mode", "exclusive_process")]
CLOCKS = [("graphics_clock_mhz", "900", 1), ("memory_clock_mhz", "5000", 2)]
SETTERS = [
    *((f"gpu0.{name}", value) for name, value in READABLE),
    *((f"gpu0.{name}", value) for name, value, _ in CLOCKS),
]


@pytest.mark.parametrize(("setting", "value"), READABLE)
@pytest.mark.parametrize("gpu", [0, 1])
def test_what_is_written_is_read_back_and_can_be_put_back(board: Board, gpu: int, setting: str, value: str) -> None:
    address, untouched = f"gpu{gpu}.{setting}", board.settings(1 - gpu)
    before, found = board.settings(gpu), board.act("read", address)
    board.act("write", address, value)
    assert board.act("read", address) == value != found
    assert board.settings(gpu) != before
    board.act("write", address, found)
    assert board.settings(gpu) == before
    assert board.settings(1 - gpu) == untouched


@pytest.mark.parametrize(("setting", "value", "kind"), CLOCKS)
def test_a_locked_clock_shows_under_load_only_and_restoring_means_unlocking(
    board: Board, setting: str, value: str, kind: int
) -> None:
    address, before, free = f"gpu0.{setting}", board.settings(), board.do(inside.busy_clock, 0, kind)
    board.act("write", address, value)
    assert board.act("read", address) is None
    assert board.do(inside.busy_clock, 0, kind) == int(value) < free
    board.act("reset", address)
    assert board.settings() == before
    assert board.do(inside.busy_clock, 0, kind) == free


@pytest.mark.parametrize(("setting", "value"), READABLE)
def test_resetting_leaves_what_can_be_read_to_the_journal(board: Board, setting: str, value: str) -> None:
    board.act("write", f"gpu0.{setting}", value)
    written = board.settings()
    board.act("reset", f"gpu0.{setting}")
    assert board.settings() == written


@pytest.mark.parametrize(
    ("address", "value", "says"),
    [
        ("gpu0.power_limit_w", "50", "100 to 320 W"),
        ("gpu0.power_limit_w", "321", "100 to 320 W"),
        ("gpu0.power_limit_w", "much", "no number of watts"),
        ("gpu0.power_limit_w", "nan", "no number of watts"),
        ("gpu0.graphics_clock_mhz", "inf", "no number of MHz"),
        ("gpu0.graphics_clock_mhz", "1207", "the nearest are 1200 and 1215 MHz"),
        ("gpu0.graphics_clock_mhz", "5", "the nearest are 210 MHz"),
        ("gpu0.memory_clock_mhz", "9999", "the nearest are 9500 MHz"),
        ("gpu0.persistence", "perhaps", "none of off"),
        ("gpu0.compute_mode", "exclusive_thread", "none of default"),
        ("gpu1.memory_clock_mhz", "5000", "this GPU or its driver does not offer it"),
        ("gpu7.persistence", "on", "there are: gpu0, gpu1"),
    ],
)
def test_a_value_that_the_gpu_does_not_have_changes_nothing(board: Board, address: str, value: str, says: str) -> None:
    before = board.settings(0), board.settings(1)
    with pytest.raises(NotApplied) as refused:
        board.act("write", address, value)
    assert f"asked {address} = {value}: " in str(refused.value)
    assert says in str(refused.value)
    assert (board.settings(0), board.settings(1)) == before


@pytest.mark.parametrize(("address", "value"), SETTERS)
def test_without_root_every_setter_says_so(board: Board, address: str, value: str) -> None:
    before = board.settings()
    board.do(inside.inject, "nvmlDeviceSet*=4")
    with pytest.raises(CapabilityMissing, match="needs root"):
        board.act("write", address, value)
    assert board.settings() == before


@pytest.mark.parametrize(("address", "value"), SETTERS[:3])
def test_a_setter_that_only_says_it_worked_is_seen_by_reading_back(board: Board, address: str, value: str) -> None:
    board.do(inside.inject, "nvmlDeviceSet*=0")
    board.act("write", address, value)
    assert not board.act("same", address, value, board.act("read", address))


@pytest.mark.parametrize(("code", "says"), [(15, "fell off the bus"), (3, "does not offer"), (999, "Unknown")])
def test_a_gpu_that_does_not_answer_is_a_missing_capability(board: Board, code: int, says: str) -> None:
    board.do(inside.inject, f"nvmlDeviceGet*@1={code}")
    with pytest.raises(CapabilityMissing, match=says):
        board.act("read", "gpu1.power_limit_w")
    assert board.act("read", "gpu0.power_limit_w") == "300"


@pytest.mark.parametrize("setting", [*(name for name, _ in READABLE), *(name for name, _, _ in CLOCKS)])
def test_a_gpu_that_is_not_there_is_named_with_those_that_are(board: Board, setting: str) -> None:
    with pytest.raises(CapabilityMissing, match="gpu2: no such GPU here; there are: gpu0, gpu1"):
        board.act("read", f"gpu2.{setting}")


def test_without_a_driver_the_remedy_is_named(board: Board) -> None:
    with pytest.raises(CapabilityMissing, match="install the NVIDIA driver"):
        board.do(inside.without_driver)


def test_the_values_that_a_gpu_offers_can_be_written(board: Board) -> None:
    for setting in ("power_limit_w", "persistence", "compute_mode", "memory_clock_mhz", "graphics_clock_mhz"):
        offered = board.act("available", f"gpu0.{setting}")
        assert len(offered) == len(set(offered)) > 1
        for value in offered[:: max(1, len(offered) // 8)]:
            board.act("write", f"gpu0.{setting}", value)
            shown = board.act("read", f"gpu0.{setting}")
            assert shown is None or board.act("same", f"gpu0.{setting}", value, shown)


def test_a_gpu_without_a_list_of_clocks_offers_none_and_takes_any(board: Board) -> None:
    board.do(inside.inject, "nvmlDeviceGetSupported*=3")
    assert board.act("available", "gpu0.graphics_clock_mhz") == ()
    board.act("write", "gpu0.graphics_clock_mhz", "907")  # rounded by the driver
    assert board.do(inside.busy_clock, 0, 1) == 900


def test_persistence_takes_along_what_the_driver_would_forget(board: Board) -> None:
    knobs = (Knob("nvml", "gpu1.power_limit_w"), Knob("nvml", "gpu1.compute_mode"))
    assert board.act("twins", "gpu1.persistence") == knobs
    board.do(inside.inject, "nvmlDeviceGetComputeMode=3")
    assert board.act("twins", "gpu1.persistence") == knobs[:1]
    assert board.act("twins", "gpu1.power_limit_w") == ()


@pytest.mark.parametrize(
    ("address", "asked", "shown", "alike"),
    [
        ("gpu0.power_limit_w", "250", "250.3", True),
        ("gpu0.power_limit_w", "250", "251", False),
        ("gpu0.graphics_clock_mhz", "900.0", "900", True),
        ("gpu0.graphics_clock_mhz", "unlocked", "900", False),
        ("gpu0.persistence", "true", "on", True),
        ("gpu0.persistence", "False", "off", True),
        ("gpu0.persistence", "off", "on", False),
        ("gpu0.compute_mode", "default", "mode 1", False),
    ],
)
def test_rounding_and_spelling_are_no_difference(address: str, asked: str, shown: str, alike: bool) -> None:
    assert Nvml().same(address, asked, shown) is alike


@pytest.mark.parametrize(
    "address",
    ["", "power_limit_w", "gpu.power_limit_w", "gpu-1.persistence", "gpu01.persistence", "GPU0.persistence",
     "gpu0.Persistence", "gpu0/persistence", "gpu0.fan_speed", "gpu0.reset", "gpu0.ecc", "gpu0.mig",
     "gpu0..persistence", "gpu0.persistence ", "gpu0.persistence\n", "../gpu0.persistence", "gpu٠.persistence",
     "gpu9999.persistence", "gpu0.power_limit_w;persistence"],
)  # fmt: skip
def test_other_addresses_are_refused_before_anything_is_asked(address: str) -> None:
    actuator = Nvml()
    for method in (actuator.check, actuator.read, actuator.available, actuator.twins, actuator.reset):
        with pytest.raises(Refused):
            method(address)
    with pytest.raises(Refused):
        actuator.write(address, "1")


def test_it_is_found_by_its_kind() -> None:
    actuator = plugins.load("actuator", "nvml")()
    assert (actuator.kind, actuator.volatile) == ("nvml", True)
    assert actuator.system("gpu0.power_limit_w")


def test_a_locked_clock_is_contradicted_by_a_faster_one_only() -> None:
    actuator, reading = Nvml(), "gpu1.sm_clock_highest_hz"
    assert reading in actuator.witnesses("gpu1.graphics_clock_mhz")
    for shown, contradicts in ((210e6, False), (900e6, False), (915e6, False), (930e6, True), (1800e6, True)):
        said = actuator.contradiction("gpu1.graphics_clock_mhz", "900", {reading: shown})
        assert bool(said) is contradicts
    assert not actuator.contradiction("gpu1.graphics_clock_mhz", "unlocked", {reading: 1800e6})
    assert not actuator.contradiction("gpu1.graphics_clock_mhz", "900", {})
    assert not actuator.contradiction("gpu1.power_limit_w", "100", {reading: 1800e6})
