"""NVIDIA GPUs over a run: energy, power, utilisation, clocks, slowdowns, memory and temperature, as `gpu0.power_w`.

Everything is sampled beside the workload; a value that is missing says why in the log.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping

from cadet.device.nvml import Gpu, NvmlRefusal, gpus
from cadet.device.sensors.nvml_readings import Reading, TooShort, offered
from cadet.errors import MeasurementError

PERIOD_S = 0.02

_log = logging.getLogger(__name__)


class NvmlSensor:
    """Samples GPUs between `start` and `stop`.

    wanted: the names to read, such as `gpu0.energy_j`; None reads all that this machine has. Raises CapabilityMissing
    where there is no driver. `sources` says by name what a value rests on and how often it was sampled.
    """

    def __init__(
        self,
        wanted: Collection[str] | None = None,
        *,
        period_s: float = PERIOD_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        found = {f"{gpu.name}.{reading.name}": (gpu, reading) for gpu in gpus() for reading in offered(gpu)}
        self._readings = {name: each for name, each in found.items() if wanted is None or name in wanted}
        self._period_s = period_s
        self._clock = clock
        self.names = tuple(self._readings)
        self.sources = {name: f"{each.source}, every {period_s:g} s" for name, (_, each) in self._readings.items()}
        self._samples: dict[str, list[tuple[float, float]]] = {}
        self._refusals: dict[str, NvmlRefusal] = {}
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Take a first sample and go on beside the workload."""
        self._end()  # of a run that was broken off, if there is one
        self._samples = {name: [] for name in self.names}
        self._refusals = {}
        self._over.clear()
        self._sample()
        self._thread = threading.Thread(target=self._watch, name="nvml", daemon=True)
        self._thread.start()

    def stop(self) -> Mapping[str, float]:
        """Return what the samples come to; raises MeasurementError when a GPU was lost."""
        self._end()
        self._sample()
        for name, refusal in self._refusals.items():
            if refusal.lost:
                raise MeasurementError(str(refusal))
            _log.warning("%s is missing in this run: %s", name, refusal)
        return {name: value for name in self.names if (value := self._value(name)) is not None}

    def _end(self) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(self._period_s):
            self._sample()

    def _sample(self) -> None:
        for name, (gpu, reading) in self._readings.items():
            if name not in self._refusals:
                self._note(name, gpu, reading)

    def _note(self, name: str, gpu: Gpu, reading: Reading) -> None:
        try:
            before, value = self._clock(), reading.ask(gpu)
        except NvmlRefusal as refusal:
            self._refusals[name] = refusal  # told by `stop`: this is not the thread that can raise
        else:
            self._samples[name].append(((before + self._clock()) / 2, value))

    def _value(self, name: str) -> float | None:
        if name in self._refusals:
            return None
        times, values = zip(*self._samples[name], strict=True)
        try:
            return self._readings[name][1].over(times, values)
        except TooShort as refusal:
            _log.warning("%s is missing in this run: %s", name, refusal)
            return None
