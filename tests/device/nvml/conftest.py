from __future__ import annotations

import itertools
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from tests.device.nvml import inside
from tests.device.nvml.board import Board, built, process

_number = itertools.count()


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the simulated libnvidia-ml.so.1."""
    return built(tmp_path_factory.mktemp("nvml"))


@pytest.fixture(scope="session")
def beside(library: Path) -> Iterator[ProcessPoolExecutor]:
    """A process that loads it."""
    with process(library, library / "board") as executor:
        yield executor


@pytest.fixture
def board(library: Path, beside: ProcessPoolExecutor) -> Board:
    """A new simulated board; whoever talks to a real card instead stops here."""
    path = library / f"board{next(_number)}"
    name = beside.submit(inside.attach, str(path)).result()
    assert name == "Simulated GPU A", f"these tests would touch {name}"
    return Board(library, path, beside)
