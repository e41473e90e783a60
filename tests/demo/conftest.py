"""A directory on a disk, and a small input in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cadet.demo import ingest, telemetry
from cadet.demo.place import place
from cadet.errors import CapabilityMissing

ROWS = 60


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    try:
        return place([tmp_path]).directory
    except CapabilityMissing as error:
        pytest.skip(f"temporary files are not on a disk: {error}")


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    telemetry.write(tmp_path / ingest.INPUT, ROWS)
    return tmp_path
