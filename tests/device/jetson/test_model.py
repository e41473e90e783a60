"""The model of the boards holds to its specification; figures that are published are met, not fitted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.device.jetson.board.silicon import DETECTORS, Clocks, power, warmed
from tests.device.jetson.board.spec import BOARDS, TX2, Mode, Spec
from tests.device.jetson.board.state import Board

SPECS = sorted(BOARDS.values(), key=lambda spec: spec.name)


def clocks(spec: Spec, mode: Mode, *, busy: bool = True) -> Clocks:
    """Return the clocks of a mode at full load."""
    cores = tuple(
        (mode.cpu_max[c.label] or c.clock.high, c.clock.high) for c in spec.clusters for core in c.cores
        if core in mode.online
    )  # fmt: skip
    return Clocks(cores, mode.gpu_max or spec.gpu.high, mode.emc_cap or spec.emc.high, busy)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_full_clocks_and_full_load_take_the_budget(spec: Spec) -> None:
    everything = max(spec.modes, key=lambda mode: sum(power(spec, clocks(spec, mode)).values()))
    assert sum(power(spec, clocks(spec, everything)).values()) == pytest.approx(spec.budget_w, rel=0.02)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_more_clock_is_more_power_and_less_time(spec: Spec) -> None:
    slow = clocks(spec, spec.modes[0])
    for fast in (replace(slow, gpu=slow.gpu * 1.2), replace(slow, emc=slow.emc * 1.2),
                 replace(slow, cores=tuple((f * 1.2, top) for f, top in slow.cores))):  # fmt: skip
        assert sum(power(spec, fast).values()) > sum(power(spec, slow).values())
        assert DETECTORS[spec.name].frame_s(spec, fast) <= DETECTORS[spec.name].frame_s(spec, slow)
    assert sum(power(spec, replace(slow, busy=False)).values()) < sum(power(spec, slow).values())


def test_max_q_takes_about_half_of_the_full_budget() -> None:
    """NVIDIA gives 7.5 W for Max-Q and 15 W for Max-P; nothing in the model was set from the first figure."""
    watts = sum(power(TX2, clocks(TX2, TX2.modes[1])).values())
    assert watts == pytest.approx(7.5, rel=0.25)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_the_fastest_mode_is_not_the_most_frugal_and_neither_is_the_slowest(spec: Spec) -> None:
    """A frame costs power times time: slow clocks pay for what does not scale, fast ones for their voltage."""
    seconds = {mode.name: DETECTORS[spec.name].frame_s(spec, clocks(spec, mode)) for mode in spec.modes}
    joules = {mode.name: seconds[mode.name] * sum(power(spec, clocks(spec, mode)).values()) for mode in spec.modes}
    frugal = min(joules, key=joules.__getitem__)
    assert frugal not in (min(seconds, key=seconds.__getitem__), max(seconds, key=seconds.__getitem__))


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_the_slowest_gpu_clock_wastes_energy(spec: Spec) -> None:
    slow, fast = (replace(clocks(spec, spec.modes[0]), gpu=hertz) for hertz in (spec.gpu.low, spec.gpu.high))
    spent = [sum(power(spec, c).values()) * DETECTORS[spec.name].frame_s(spec, c) for c in (slow, fast)]
    assert spent[0] > 1.5 * spent[1]


def test_heat_settles_and_looks_do_not_change_it() -> None:
    once, often = warmed(25, 10, 60), 25.0
    for _ in range(600):
        often = warmed(often, 10, 0.1)
    assert once == pytest.approx(often)
    assert warmed(25, 10, 1e6) == pytest.approx(45)


def test_load_ends_with_its_process_and_frames_are_faster_once_the_governor_has_climbed() -> None:
    now = [0.0]
    board = Board(BOARDS["orin-nano"], clock=lambda: now[0])
    board.worked()
    first = board.frame_s()
    now[0] = 1.0
    assert board.frame_s() < 0.8 * first
    board.rested()
    assert board.busy_s is None
