"""What every actuator promises: each law raises AssertionError naming what was broken.

    from cadet.testing.actuators import LAWS

    @pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
    def test_mine_conforms(law):
        law(MyActuator, "address of a knob", ("one value", "another"))

`make()` returns a fresh actuator; another one, in another process, must be able to restore from the address alone. The
laws write both values and put back what they found: give them a simulated device, or a knob that harms nobody.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from cadet.errors import Refused
from cadet.protocols import Actuator, Knob

Make = Callable[[], Actuator]
Law = Callable[[Make, str, tuple[str, str]], None]

HOSTILE = (
    "", " ", ".", "..", "/", "//", "../..", "/etc/passwd", "/etc//passwd", "/proc/sysrq-trigger", "/dev/mem", "~", "*",
    "$(reboot)", "`reboot`", "; reboot", "-", "--help", "\0", "\n", "a\0b", "a\nb", "cpu0/online", "cpu/0/online",
    "/sys/devices/system/cpu/cpu0/online", "kernel.sysrq", "kernel/sysrq", "../../proc/sysrq-trigger", "{}", "[]",
    "null", '{"set": ["sh", "-c", "{value}"], "get": ["sh"]}', "\N{FULLWIDTH FULL STOP}\N{FULLWIDTH FULL STOP}/x",
    "x" * 5000,
)  # fmt: skip
"""Addresses that no actuator of a performance debugger may take."""


def hostile_addresses_are_refused(make: Make, address: str, values: tuple[str, str]) -> None:
    """`check` raises Refused, and nothing else, for what is no knob."""
    for hostile in HOSTILE:
        try:
            make().check(hostile)
        except Refused as refused:
            assert str(refused), f"{hostile!r} is refused without a reason"
            continue
        raise AssertionError(f"{hostile[:60]!r} is not refused")


def what_is_written_is_read(make: Make, address: str, values: tuple[str, str]) -> None:
    """A value that was written is the value that is read, by another actuator too, as far as the device rounds."""
    make().check(address)
    was = make().read(address)
    try:
        for value in values:
            make().write(address, value)
            shown = make().read(address)
            assert shown is None or make().same(address, value, shown), f"wrote {value!r}, reads {shown!r}"
    finally:
        _put_back(make(), address, was)
    assert make().read(address) == was, f"found {was!r}, left {make().read(address)!r}"


def what_was_read_can_be_written(make: Make, address: str, values: tuple[str, str]) -> None:
    """Writing back what is there changes nothing, however often."""
    was = make().read(address)
    for _ in range(2):
        _put_back(make(), address, was)
        assert make().read(address) == was


def a_value_is_the_same_as_itself(make: Make, address: str, values: tuple[str, str]) -> None:
    """`same` holds of a value and itself, and not of two that differ."""
    first, second = values
    assert make().same(address, first, first)
    assert not make().same(address, first, second), f"{first!r} and {second!r} are told to be the same"


def everything_is_text(make: Make, address: str, values: tuple[str, str]) -> None:
    """Kind, address, values and twins survive a journal, and what changes beside a knob may itself be set."""
    actuator = make()
    assert isinstance(actuator.volatile, bool)
    assert isinstance(actuator.system(address), bool)
    shown = actuator.read(address)
    assert json.loads(json.dumps([actuator.kind, address, shown])) == [actuator.kind, address, shown]
    assert all(isinstance(value, str) for value in actuator.available(address))
    twins = actuator.twins(address)
    assert all(isinstance(twin, Knob) for twin in twins)
    assert Knob(actuator.kind, address) not in twins, "a knob is no twin of itself"


LAWS: Mapping[str, Law] = {
    law.__name__: law
    for law in (
        hostile_addresses_are_refused,
        what_is_written_is_read,
        what_was_read_can_be_written,
        a_value_is_the_same_as_itself,
        everything_is_text,
    )
}


def _put_back(actuator: Actuator, address: str, was: str | None) -> None:
    if was is None:
        actuator.reset(address)
    else:
        actuator.write(address, was)
