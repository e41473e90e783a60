"""Results whose reader goes away, as with `| head -1`: the rest is dropped, and the exit code stays the verdict's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CADET = [sys.executable, "-c", "from cadet.cli import main; main()"]


def unread(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a command whose stdout nobody reads."""
    ours, theirs = os.pipe()
    os.close(ours)
    try:
        return subprocess.run([*CADET, *map(str, arguments)], cwd=folder, text=True, stdout=theirs,
                              stderr=subprocess.PIPE, check=False)  # fmt: skip
    finally:
        os.close(theirs)


FAST = ("--fault", '{"cores": 4, "clock": 800}', "--goal", "latency<=0.5")  # no fault, so the answer is good
HOPELESS = ("--goal", "latency<=0.001")


@pytest.mark.parametrize(("asked", "format_", "code"), [(FAST, "table", 0), (FAST, "json", 0), (HOPELESS, "table", 4)])
def test_a_verdict_keeps_its_code(board: Path, asked: tuple[str, ...], format_: str, code: int) -> None:
    ended = unread(board.parent, "debug", board.name, *asked, "--format", format_)
    assert ended.returncode == code
    assert "Error" not in ended.stderr
    assert "ignored" not in ended.stderr


@pytest.mark.parametrize("format_", ["table", "json"])
def test_an_examination_keeps_its_code(board: Path, format_: str) -> None:
    assert unread(board.parent, "doctor", board.name, "--format", format_).returncode == 0
    board.write_text(board.read_text().replace("replay", "function").replace("recorded.csv", "no_such_module:run")
                     .replace('columns = ["misses"]', "").replace("column:latency", "wall"))  # fmt: skip
    assert unread(board.parent, "doctor", board.name, "--format", format_).returncode == 6
