"""What holds for every test."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cadet.cli import main

# A job in the background of a script ignores Ctrl-C, and so does whatever it starts; tests of interruption need it.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def apart(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep tests from waiting for each other: what they set is no machine's, or they take turns by themselves.

    A command that ran in this process leaves its way to end on SIGTERM, which would strike a later test.
    """
    for name in ("LOCK", "STATE"):
        monkeypatch.setenv(f"CADET_{name}_DIR", str(tmp_path_factory.mktemp(name.lower())))
    ending = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, ending)


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


Cadet = Callable[..., Ended]


@pytest.fixture
def cadet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cadet:
    """Run a command in an empty directory, as the program would, and return how it ended."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> Ended:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        code = ended.value.code
        return Ended(code if isinstance(code, int) else 0, said.out, said.err)

    return run
