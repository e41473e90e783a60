"""Our own back end on simulated boards: set, read back, put back; what the kernel or a program refuses is said."""

from __future__ import annotations

import itertools
import random

import pytest

from cadet.device.actuators.jetson import ALLOW_FAN, Jetson
from cadet.errors import CapabilityMissing, NotApplied, Refused
from cadet.testing.actuators import LAWS, Law
from tests.device.jetson.boards import SimulatedBoard

CLOCKS = ("cpu/0/min_hz", "cpu/0/max_hz", "gpu/min_hz", "gpu/max_hz")
LAWFUL = {
    "nvpmodel": ("MAXN", "MAXQ"),
    "jetson_clocks": ("on", "off"),
    "gpu/max_hz": ("318750000", "1122000000"),
    "emc/hz": ("auto", "408000000"),
}
SETTABLE = ("nvpmodel", "jetson_clocks", *CLOCKS, "emc/hz", "cpu/3/online")


def jetson(board: SimulatedBoard) -> Jetson:
    return Jetson(board.root, board.program)


def found(actuator: Jetson, address: str) -> dict[str, str]:
    """Return what a journal would hold for a knob: its twins' values, then its own."""
    addresses = [*(twin.address for twin in actuator.twins(address)), address]
    return {a: value for a in addresses if (value := actuator.read(a)) is not None}


def put_back(actuator: Jetson, values: dict[str, str]) -> None:
    for address, value in reversed(values.items()):
        actuator.write(address, value)


@pytest.mark.parametrize("address", SETTABLE)
def test_every_value_on_offer_is_taken_and_the_board_is_as_before_afterwards(
    board: SimulatedBoard, address: str
) -> None:
    actuator, before = jetson(board), board.snapshot()
    journal = found(actuator, address)
    for value in actuator.available(address):
        actuator.write(address, value)
        shown = actuator.read(address)
        assert shown is not None and actuator.same(address, value, shown), (value, shown)
    put_back(actuator, journal)
    assert board.snapshot() == before


def test_limits_may_be_put_back_in_any_order(board: SimulatedBoard) -> None:
    actuator = jetson(board)
    rng = random.Random(0)
    offers = actuator.available("gpu/max_hz")
    for _ in range(10):
        low, high = sorted(rng.sample(offers, 2), key=int)
        for order in itertools.permutations({"gpu/min_hz": low, "gpu/max_hz": high}.items()):
            actuator.write("gpu/min_hz", rng.choice(offers))
            actuator.write("gpu/max_hz", rng.choice(offers))
            for address, value in order:
                actuator.write(address, value)
            assert (actuator.read("gpu/min_hz"), actuator.read("gpu/max_hz")) == (low, high)


def test_a_limit_between_two_steps_is_kept_and_a_rate_becomes_the_step_below(board: SimulatedBoard) -> None:
    actuator = jetson(board)
    for address, rounded in (("cpu/0/max_hz", False), ("emc/hz", True)):
        below, above = (int(f) for f in actuator.available(address)[3:5])
        asked = str(below + (above - below) // 3 // 1000 * 1000)
        actuator.write(address, asked)
        assert actuator.read(address) == (str(below) if rounded else asked)
        assert all(actuator.same(address, asked, str(step)) for step in (asked, below, above))
        assert not actuator.same(address, asked, str(above + 1000))


def test_a_limit_set_is_the_clock_under_load(orin: SimulatedBoard) -> None:
    jetson(orin).write("gpu/max_hz", "408000000")
    slow = orin.detect()
    jetson(orin).write("gpu/max_hz", "816000000")
    assert 0.4 < orin.detect() / slow < 0.75  # of a frame that the GPU dominates


def test_a_power_mode_moves_only_what_its_twins_say(board: SimulatedBoard) -> None:
    actuator, before = jetson(board), board.snapshot()
    twins = {twin.address for twin in actuator.twins("nvpmodel")}
    actuator.write("nvpmodel", actuator.available("nvpmodel")[0])
    moved = {path for path, value in board.snapshot().items() if before.get(path) != value}
    explained = {"kernel/simulation/mode"}
    explained |= {p for p in moved if p.endswith("/online") and f"cpu/{p.split('/')[-2][3:]}/online" in twins}
    explained |= {p for p in moved if "_freq" in p or "cap" in p or "policy1" in p}  # a cluster that comes online
    assert moved and moved == explained


def test_holding_the_clocks_is_seen_and_let_go_again(board: SimulatedBoard) -> None:
    actuator = jetson(board)
    assert actuator.read("jetson_clocks") == "off"
    actuator.write("jetson_clocks", "true")
    assert actuator.read("jetson_clocks") == "on"
    actuator.write("gpu/min_hz", actuator.available("gpu/min_hz")[0])
    assert actuator.read("jetson_clocks") == "partly"
    actuator.write("jetson_clocks", "off")
    assert actuator.read("jetson_clocks") == "off"


def test_a_new_maximum_of_held_clocks_is_where_they_are_held(board: SimulatedBoard) -> None:
    actuator = jetson(board)
    actuator.write("jetson_clocks", "on")
    for address in ("gpu/max_hz", "cpu/0/max_hz"):
        for value in (actuator.available(address)[0], actuator.available(address)[-1]):
            actuator.write(address, value)
            assert actuator.read("jetson_clocks") == "on"
            assert actuator.read(address.replace("max", "min")) == value


def test_a_mode_that_needs_a_reboot_is_neither_offered_nor_set(orin: SimulatedBoard) -> None:
    actuator = jetson(orin)
    assert actuator.available("nvpmodel") == ("15W", "25W", "MAXN_SUPER")
    with pytest.raises(NotApplied, match="needs a reboot"):
        actuator.write("nvpmodel", "7W")
    assert actuator.read("nvpmodel") == "25W"


def test_a_mode_by_number_is_the_mode_by_name(tx2: SimulatedBoard) -> None:
    actuator = jetson(tx2)
    actuator.write("nvpmodel", "1")
    assert actuator.read("nvpmodel") == "MAXQ"
    assert actuator.same("nvpmodel", "1", "MAXQ") and not actuator.same("nvpmodel", "2", "MAXQ")
    assert tx2.read("sys/devices/system/cpu/online") == "0,3,4,5"


def test_the_clock_of_a_cluster_that_is_offline_is_missing_not_zero(tx2: SimulatedBoard) -> None:
    actuator = jetson(tx2)
    actuator.write("nvpmodel", "MAXQ")
    assert "cpu/1/max_hz" not in {twin.address for twin in actuator.twins("nvpmodel")}
    with pytest.raises(CapabilityMissing, match="busy"):
        actuator.read("cpu/1/max_hz")


@pytest.mark.parametrize(
    ("fault", "address", "value"),
    [("chroot", "nvpmodel", "MAXN"), ("no-clocks", "jetson_clocks", "on"), ("ignore-gpu", "gpu/max_hz", "318750000")],
)
def test_what_a_board_swallows_is_refused_or_seen_when_read_back(
    tx2: SimulatedBoard, fault: str, address: str, value: str
) -> None:
    actuator = jetson(tx2)
    tx2.inject(fault)
    try:
        actuator.write(address, value)
    except NotApplied:
        return
    shown = actuator.read(address)
    assert shown is not None and not actuator.same(address, value, shown)


@pytest.mark.parametrize(
    "address",
    ["cpu/0/online", "fan/pwm", "cpu/00/online", "cpu/1/../0/online", "CPU/0/online", "gpu/volt", "reboot", "",
     "cpu/0/min_hz\n", "nvpmodel --force", "emc", "../nvpmodel", "cpu/١/online", "cpu/-1/online", "thermal/trip"],
)  # fmt: skip
def test_other_addresses_are_refused_before_anything_is_looked_at(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(ALLOW_FAN, raising=False)

    def never(argv: object) -> str:
        raise AssertionError(f"ran {argv}")

    with pytest.raises(Refused):
        Jetson(program=never).check(address)
    with pytest.raises(Refused):
        Jetson(program=never).write(address, "1")


def test_the_fan_is_set_where_somebody_allows_it(orin: SimulatedBoard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ALLOW_FAN, "1")
    actuator = jetson(orin)
    actuator.write("fan/pwm", "200")
    assert actuator.read("fan/pwm") == "200"


def test_a_machine_that_is_no_board_says_so() -> None:
    for address in ("gpu/max_hz", "nvpmodel", "emc/cap_hz", "cpu/7/max_hz"):
        with pytest.raises(CapabilityMissing):
            Jetson().read(address)


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_every_law_of_actuators_holds(tx2: SimulatedBoard, law: Law) -> None:
    for address, values in LAWFUL.items():
        before = tx2.snapshot()
        journal = found(jetson(tx2), address)
        law(lambda: jetson(tx2), address, values)
        put_back(jetson(tx2), journal)
        assert tx2.snapshot() == before
