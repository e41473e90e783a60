"""A simulated board in a file, and a process that talks to it through the real bindings."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import pytest

from tests.device.nvml import inside

HERE = Path(__file__).parent
ROOT = str(HERE.parents[2])
BOARD, FAULTS = "SIMULATED_NVML_BOARD", "SIMULATED_NVML_FAULTS"
P, R = ParamSpec("P"), TypeVar("R")


def built(folder: Path) -> Path:
    """Build the library and the workload program in `folder`; skips the test where there is no C compiler."""
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if compiler is None:
        pytest.skip("the simulated board is written in C, and there is no C compiler here (cc, gcc, clang)")
    flags = [compiler, "-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror"]
    library = folder / inside.LIBRARY
    shared = ["-fPIC", "-shared", f"-Wl,-soname,{inside.LIBRARY}", "-o", library]
    subprocess.run([*flags, *shared, HERE / "fake_nvml.c", "-lm", "-lpthread"], check=True)
    subprocess.run([*flags, "-o", folder / "work", HERE / "work.c", library], check=True)
    return folder


def environment(library: Path, board: Path) -> dict[str, str]:
    """Return the environment in which a program finds the board instead of NVIDIA's library."""
    return {**os.environ, "PYTHONPATH": ROOT, "LD_LIBRARY_PATH": str(library), BOARD: str(board)}


@contextmanager
def process(library: Path, board: Path) -> Iterator[ProcessPoolExecutor]:
    """Start a process with that environment; a fresh interpreter, since the loader reads it at the start only."""
    there = environment(library, board)
    before = {name: os.environ.get(name) for name in ("LD_LIBRARY_PATH", BOARD)}
    os.environ.update({name: there[name] for name in before})
    try:
        executor = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
        executor.submit(os.getpid).result()
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    with executor:
        yield executor


@dataclass(frozen=True)
class Board:
    """Two simulated GPUs in `path`; `library` is the folder of libnvidia-ml.so.1 and of the program `work`."""

    library: Path
    path: Path
    process: ProcessPoolExecutor

    def do(self, function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        """Run a function of `inside` where the board is."""
        return self.process.submit(function, *arguments, **named).result()

    def act(self, method: str, *arguments: str) -> Any:
        """Call the actuator."""
        return self.do(inside.act, method, *arguments)

    def settings(self, index: int = 0) -> tuple[int, ...]:
        """Return what setters change of one GPU, past the bindings."""
        return self.do(inside.state, index).settings

    def program(self, code: str) -> str:
        """Run Python code in a process of its own and return what it printed."""
        ended = subprocess.run([sys.executable, "-c", code], env=self.environment, stdout=subprocess.PIPE, check=True)
        return ended.stdout.decode().strip()

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment in which programs find this board."""
        return environment(self.library, self.path)
