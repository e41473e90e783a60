"""Simulated boards, one per test that asks; skipped with the reason where namespaces or FUSE are not permitted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.device.jetson.boards import NoBoard, SimulatedBoard, board_up


@pytest.fixture(params=["orin-nano", "tx2"])
def board(request: pytest.FixtureRequest) -> Iterator[SimulatedBoard]:
    """Both boards in turn."""
    yield from _up(request.param)


@pytest.fixture
def orin() -> Iterator[SimulatedBoard]:
    """The Orin-like board."""
    yield from _up("orin-nano")


@pytest.fixture
def tx2() -> Iterator[SimulatedBoard]:
    """The TX2-like board."""
    yield from _up("tx2")


def _up(name: str) -> Iterator[SimulatedBoard]:
    try:
        with board_up(name) as board:
            yield board
    except NoBoard as reason:
        pytest.skip(f"no simulated board here: {reason}")
