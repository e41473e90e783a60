"""What tests have done in a process whose libnvidia-ml.so.1 is the simulated board; never in the tests' own process."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

LIBRARY = "libnvidia-ml.so.1"
Work = tuple[int, float, float]  # GPU, gigacycles of arithmetic, gigabytes of traffic


@dataclass(frozen=True)
class State:
    """What setters changed of one GPU (0: not locked), and the energy of the model, exactly."""

    limit_mw: int
    low_mhz: int
    high_mhz: int
    memory_low_mhz: int
    memory_high_mhz: int
    persistence: int
    compute_mode: int
    joules: float

    @property
    def settings(self) -> tuple[int, ...]:
        return tuple(vars(self).values())[:-1]


def attach(path: str) -> str:
    """Look at the board in this file; return the name of its first GPU, as the real bindings tell it."""
    leave()
    library().simAttach(path.encode())
    import pynvml

    pynvml.nvmlInit()
    name = str(pynvml.nvmlDeviceGetName(pynvml.nvmlDeviceGetHandleByIndex(0)))
    pynvml.nvmlShutdown()
    return name


def leave() -> None:
    """Stop being a client of the driver."""
    from cadet.device import nvml

    if nvml.session.cache_info().currsize:
        nvml.session().nvmlShutdown()
    for cached in (nvml.session, nvml._handle):
        cached.cache_clear()


def attach_to_none() -> None:
    os.environ.pop("SIMULATED_NVML_BOARD", None)
    leave()
    library().simAttach(None)


def library() -> ctypes.CDLL:
    return ctypes.CDLL(LIBRARY)


def state(index: int) -> State:
    settings, joules = (ctypes.c_uint * 7)(), ctypes.c_double()
    library().simState(index, settings, ctypes.byref(joules))
    return State(*settings, joules.value)


def inject(faults: str) -> None:
    library().simFaults(faults.encode())


def heat(index: int, celsius: float) -> None:
    library().simHeat(index, ctypes.c_double(celsius))


def launch(index: int, gigacycles: float, gigabytes: float = 0.0) -> None:
    """Put a kernel on the GPU and return at once."""
    from cadet.device import nvml

    nvml.session()  # a program that computes on a GPU is a client of its driver
    device = ctypes.c_void_p(index + 1)
    assert library().simLaunch(device, ctypes.c_double(gigacycles), ctypes.c_double(gigabytes)) == 0


def synchronize(index: int) -> None:
    assert library().simSynchronize(ctypes.c_void_p(index + 1)) == 0


def act(method: str, *arguments: str) -> object:
    from cadet.device.actuators.nvml import Nvml

    return getattr(Nvml(), method)(*arguments)


def without_driver() -> object:
    """Ask a library that finds no board."""
    attach_to_none()
    return act("read", "gpu0.persistence")


def asked(function: str, index: int, *arguments: object) -> object:
    """Ask the real bindings."""
    from cadet.device.nvml import Gpu

    return Gpu(index).ask(function, *arguments)


def busy_clock(index: int, kind: int) -> int:
    """Return the clock (MHz; 1: SM, 2: memory) of a GPU at work."""
    launch(index, 0.05)
    clock = asked("nvmlDeviceGetClockInfo", index, kind)
    synchronize(index)
    assert isinstance(clock, int)
    return clock


def names(wanted: Collection[str] | None = None) -> tuple[str, ...]:
    from cadet.device.sensors.nvml import NvmlSensor

    return NvmlSensor(wanted).names


def sensed(works: Sequence[Work], faults: str = "", pause_s: float = 0.0) -> tuple[Mapping[str, float], list[State]]:
    """Return what the sensor says of this work, and the GPUs before (0, 1) and after it (2, 3).

    faults: injected while the work runs.
    """
    from cadet.device.sensors.nvml import NvmlSensor

    sensor = NvmlSensor()
    sensor.start()
    before = [state(0), state(1)]
    inject(faults)
    for index, gigacycles, gigabytes in works:
        launch(index, gigacycles, gigabytes)
    for index, _, _ in works:
        synchronize(index)
    time.sleep(pause_s)
    after = [state(0), state(1)]
    values = sensor.stop()
    return values, before + after


def held(works: Sequence[Work], figure: str) -> tuple[float, float, float]:
    """Return a share of the time as the sensor tells it, the time, and the widest gap between two of its samples.

    On a loaded machine the sensor wakes late: at both ends of the work its answer is off by half of such a gap.
    """
    from cadet.device.sensors.nvml import NvmlSensor

    sensor = NvmlSensor([figure])
    sensor.start()
    for index, gigacycles, gigabytes in works:
        launch(index, gigacycles, gigabytes)
    for index, _, _ in works:
        synchronize(index)
    share = sensor.stop()[figure]
    (track,) = sensor._tracks
    return share, track.times[-1] - track.times[0], max(b - a for a, b in pairwise(track.times))


def gauged() -> Mapping[str, float]:
    from cadet.device.sensors.nvml import NvmlSensor

    return NvmlSensor().read()


def conforms(law: str) -> None:
    from cadet.device.sensors.nvml import NvmlSensor
    from cadet.testing.sensors import LAWS

    LAWS[law](NvmlSensor)
