"""NVIDIA GPUs over a run: energy, power, utilisation, clocks, slowdowns, memory and temperature, as `gpu0.power_w`."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from cadet.device.nvml import NvmlRefusal, gpus
from cadet.device.sensors.nvml_channels import channels
from cadet.device.sensors.sampled import SampledSensor
from cadet.errors import MeasurementError

PERIOD_S = 0.02


class NvmlSensor(SampledSensor):
    """Every GPU of this machine, through the vendor's library.

    Raises CapabilityMissing where there is no driver; what a GPU does not offer is not among the names.
    """

    def __init__(self, wanted: Collection[str] | None = None, *, period_s: float = PERIOD_S) -> None:
        self._gpus = gpus()
        found = [channel for gpu in self._gpus for channel in channels(gpu)]
        super().__init__(found, wanted, period_s=period_s)

    def stop(self) -> Mapping[str, float]:
        """Return what the samples come to; raises MeasurementError when a GPU was lost."""
        found = super().stop()
        if self.refused:
            self._look_for_lost()
        return found

    def _look_for_lost(self) -> None:
        try:
            for gpu in self._gpus:
                gpu.ask("nvmlDeviceGetUUID")
        except NvmlRefusal as refusal:
            raise MeasurementError(f"a GPU stopped answering during the run: {refusal}") from None
