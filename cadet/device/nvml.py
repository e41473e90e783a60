"""NVIDIA's management library through its own bindings: GPUs by index, and its refusals in words with a way out.

The session stays open until this process ends: without persistence mode the Linux driver forgets power limits and
locked clocks when its last client goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from cadet.errors import CapabilityMissing

_DRIVER = "install the NVIDIA driver of this GPU; `nvidia-smi` shows whether it answers"
_NOT_SUPPORTED = 3
_NO_PERMISSION = 4


class NvmlRefusal(CapabilityMissing):
    """The library did not answer; `code` is its return code (nvmlReturn_t), None where it could not be loaded."""

    def __init__(self, message: str, code: int | None = None, *, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy, denied=code == _NO_PERMISSION)
        self.code = code

    @property
    def unsupported(self) -> bool:
        """Whether this GPU has no such thing."""
        return self.code == _NOT_SUPPORTED


@dataclass(frozen=True)
class Gpu:
    """One GPU, by the index that the driver gives it (the order of nvidia-smi)."""

    index: int

    @property
    def name(self) -> str:
        """The name by which sensors and knobs call it, as `gpu0`."""
        return f"gpu{self.index}"

    def ask(self, function: str, *arguments: object) -> Any:
        """Return what `pynvml.FUNCTION(handle, *arguments)` answers, in the vendor's units; raises NvmlRefusal."""
        library = session()
        return _asked(library, f"{self.name}, {function}", getattr(library, function), _handle(self.index), *arguments)


def gpus() -> tuple[Gpu, ...]:
    """Return the GPUs of this machine; raises NvmlRefusal where the library or the driver is missing."""
    library = session()
    return tuple(map(Gpu, range(_asked(library, "counting GPUs", library.nvmlDeviceGetCount))))


@cache
def session() -> ModuleType:
    """Return the bindings, initialised once; raises NvmlRefusal saying what is missing."""
    try:
        library = import_module("pynvml")
    except ImportError:
        raise NvmlRefusal("no module pynvml", remedy="pip install nvidia-ml-py") from None
    _asked(library, "starting", library.nvmlInit)
    return library


@cache
def _handle(index: int) -> Any:
    library = session()
    count = _asked(library, "counting GPUs", library.nvmlDeviceGetCount)
    if index >= count:
        there = ", ".join(f"gpu{i}" for i in range(count)) or "none"
        raise NvmlRefusal(f"gpu{index}: no such GPU here; there are: {there}")
    return _asked(library, f"gpu{index}", library.nvmlDeviceGetHandleByIndex, index)


def _asked(library: ModuleType, place: str, function: Any, *arguments: object) -> Any:
    try:
        return function(*arguments)
    except library.NVMLError as error:
        raise NvmlRefusal(f"NVML: {place}: {error}", error.value, remedy=_remedy(library, error.value)) from None


def _remedy(library: ModuleType, code: int) -> str:
    return {
        library.NVML_ERROR_LIBRARY_NOT_FOUND: _DRIVER,
        library.NVML_ERROR_DRIVER_NOT_LOADED: _DRIVER,
        library.NVML_ERROR_LIB_RM_VERSION_MISMATCH: "reboot, or reload the driver: library and kernel module differ",
        library.NVML_ERROR_NO_PERMISSION: "setting a GPU needs root: run cadet with sudo",
        library.NVML_ERROR_NOT_SUPPORTED: "leave it out; this GPU or its driver does not offer it",
        library.NVML_ERROR_FUNCTION_NOT_FOUND: "update the driver: it is too old for this",
        library.NVML_ERROR_GPU_IS_LOST: "look at `dmesg`, then reboot: the GPU fell off the bus",
        library.NVML_ERROR_RESET_REQUIRED: "`nvidia-smi --gpu-reset` is needed first",
    }.get(code, "")
