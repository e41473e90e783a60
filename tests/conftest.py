"""What holds for every test."""

from __future__ import annotations

import signal

import pytest

# A job in the background of a script ignores Ctrl-C, and so does whatever it starts; tests of interruption need it.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def apart(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep tests from waiting for each other: what they set is no machine's, or they take turns by themselves."""
    for name in ("LOCK", "STATE"):
        monkeypatch.setenv(f"CADET_{name}_DIR", str(tmp_path_factory.mktemp(name.lower())))
