"""Makes the demo ready: a place on disk, the target file, and as much input as this disk ingests in a second."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from cadet.demo import ingest, telemetry
from cadet.demo.place import Place, place
from cadet.model.domain import Value

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MOST_ROWS = 2_500
FEWEST_ROWS = 300  # below it the fsyncs of a very slow disk still fit the time limit of a run
_TRIAL_ROWS = 250
_WANTED_S = 1.0  # what the deployed configuration should take: slow to a person, quick enough to repeat


@dataclass(frozen=True)
class Demo:
    """The demo on this machine: its target file, where it works and why there, and the configuration as deployed."""

    target_path: Path
    directory: Path
    note: str
    fault: dict[str, Value] = field(default_factory=dict)


def prepare(directory: Path | None = None) -> Demo:
    """Choose a place (`directory` if it is on a disk) and write target file and input there.

    Input that is already there stays, so that a study can be continued. Raises CapabilityMissing without a disk.
    """
    chosen = place(candidates(directory))
    clean(chosen.directory)
    target = chosen.directory / "target.toml"
    target.write_text(target_text(), encoding="utf-8")
    rows = _provide_input(chosen)
    return Demo(target, chosen.directory, f"{chosen.note}; {rows} readings to ingest", deployed())


def candidates(directory: Path | None) -> Iterator[Path]:
    """Yield where the demo may work, the best first."""
    if directory is not None:
        yield directory
    yield Path(".cadet", "demo")
    if "HOME" in os.environ:  # a container may have no home
        yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cadet" / "demo"
    own = f"cadet-demo-{os.getuid()}"  # temporary directories are shared with other users
    yield Path(tempfile.gettempdir(), own)
    yield Path("/var/tmp", own)


def clean(directory: Path) -> None:
    """Remove what a run that was killed left behind."""
    for leftover in directory.glob("run-*"):
        shutil.rmtree(leftover)


def target_text() -> str:
    """Return the target file of the demo."""
    return files("cadet.demo").joinpath("target.toml").read_text(encoding="utf-8")


def deployed() -> dict[str, Value]:
    """Return the configuration as deployed: the defaults of the target file."""
    return {name: option["default"] for name, option in document()["options"].items()}


def document() -> dict[str, Any]:
    """Return the target file of the demo as data."""
    return tomllib.loads(target_text())


def _provide_input(chosen: Place) -> int:
    file = chosen.directory / ingest.INPUT
    if not file.exists():
        telemetry.write(file, _affordable_rows(chosen.directory))
    return len(telemetry.read(file))


def _affordable_rows(directory: Path) -> int:
    """Return how many readings the deployed configuration ingests in about a second on this disk."""
    with tempfile.TemporaryDirectory(prefix="run-", dir=directory) as trial:
        telemetry.write(Path(trial, ingest.INPUT), _TRIAL_ROWS)
        seconds = min(_timed(Path(trial)) for _ in range(3))  # the quickest: others may be using the disk
    affordable = int(_TRIAL_ROWS * _WANTED_S / seconds)
    return min(max(affordable // 100 * 100, FEWEST_ROWS), MOST_ROWS)


def _timed(directory: Path) -> float:
    start = time.perf_counter()
    ingest.run(deployed(), directory)
    return time.perf_counter() - start
