from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from cadet.device.actuators import actuator
from cadet.plugins import BUILTIN
from tests.device.state.machine import Machine
from tests.device.state.toy import Lasting, Toy


class _NoSentinel:
    """In place of the process that restores: these knobs are in our memory only."""

    def __init__(self, *_: Any) -> None:
        self.process = None

    def __enter__(self) -> _NoSentinel:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to end."""

    def attend(self) -> None:
        """Nobody reads."""

    def beat(self) -> None:
        """Nobody listens."""


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep journals of tests apart from those of this machine."""
    folder = tmp_path / "state"
    monkeypatch.setenv("CADET_STATE_DIR", str(folder))
    return folder


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Toy]:
    """A device of toy knobs; the process that restores is left out."""
    found = {kind.kind: kind() for kind in (Toy, Lasting)}
    monkeypatch.setattr("cadet.device.state.transaction.Sentinel", _NoSentinel)
    monkeypatch.setitem(BUILTIN, "actuator", {**BUILTIN["actuator"], **dict.fromkeys(found, f"{__name__}:nothing")})
    monkeypatch.setattr("cadet.device.actuators.load", lambda _, kind: lambda: found[kind])
    actuator.cache_clear()
    with nullcontext(found["toy"]) as device:
        yield device
    actuator.cache_clear()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """The harmless knobs of this machine, for one test at a time; they are put back whatever the test does."""
    with Machine.borrowed(tmp_path) as borrowed:
        yield borrowed
