from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadet.device.process import run_group
from cadet.device.sensors.pressure import PRESSURE, PressureSensor, pressure_names
from cadet.device.sensors.rusage import NOTHING, RUSAGE_NAMES, Usage, from_rusage
from cadet.device.sensors.tree import tree_usage
from cadet.device.watchdog import Watchdog
from cadet.errors import CapabilityMissing

counts = st.floats(0, 1e9, allow_nan=False)
usages = st.builds(Usage, *(counts for _ in range(8)))


@given(usages, usages)
def test_a_difference_undoes_a_sum(first: Usage, second: Usage) -> None:
    assert (first + second - second).cpu_s == pytest.approx(first.cpu_s, abs=1e-3)


@given(usages)
def test_nothing_adds_nothing(usage: Usage) -> None:
    assert usage + NOTHING == usage


def test_what_is_unknown_is_absent() -> None:
    assert "rusage.max_rss_bytes" not in NOTHING.values()
    unknown = replace(NOTHING, blocks_out=None)
    assert (unknown - NOTHING).blocks_out is None
    assert (NOTHING + unknown).blocks_out is None
    assert "rusage.blocks_out" not in (NOTHING + unknown).values()
    assert set(replace(NOTHING, max_rss_bytes=5.0).values()) == set(RUSAGE_NAMES)


def test_a_peak_below_what_was_inherited_is_unknown() -> None:
    counted = resource.getrusage(resource.RUSAGE_SELF)
    peak = counted.ru_maxrss * 1024
    assert from_rusage(counted, peak).max_rss_bytes is None
    assert from_rusage(counted, peak - 1).max_rss_bytes == peak


def test_a_peak_is_never_that_of_the_process_which_started_it(tmp_path: Path) -> None:
    ballast = bytearray(os.urandom(1)) * (64 * 2**20)  # in our memory, not in the child's
    argv = [sys.executable, "-I", "-S", "-c", "pass"]
    ended = run_group(argv, cwd=tmp_path, env=None, timeout_s=60, watchdog=Watchdog())
    assert len(ballast)
    assert ended.usage.max_rss_bytes is None


def test_a_tree_counts_its_descendants() -> None:
    spin = "import time\nwhile time.process_time() < 0.1: pass"
    child = f"import subprocess, sys\nsubprocess.run([sys.executable, '-I', '-S', '-c', {spin!r}])\n"
    code = child + "print(flush=True)\ninput()"
    process = subprocess.Popen([sys.executable, "-I", "-S", "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    used = tree_usage(process.pid)
    process.communicate(b"\n")
    assert used.cpu_s >= 0.08
    assert used.minor_faults > 0
    assert used.voluntary_switches > 0
    assert tree_usage(process.pid) == NOTHING


def test_a_kernel_that_counts_no_pressure_lists_none_and_says_how_it_would(tmp_path: Path) -> None:
    assert pressure_names(tmp_path) == ()
    with pytest.raises(CapabilityMissing, match="psi=1"):
        PressureSensor(root=tmp_path)


def test_pressure_is_the_difference(tmp_path: Path) -> None:
    def write(total: int) -> None:
        (tmp_path / "io").write_text(
            f"some avg10=0.00 avg60=0.00 avg300=0.00 total={total}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"
        )

    write(100)
    sensor = PressureSensor(root=tmp_path)
    assert sensor.names == ("psi.io_some_us", "psi.io_full_us")
    sensor.start()
    write(350)
    assert sensor.stop() == {"psi.io_some_us": 250.0, "psi.io_full_us": 0.0}


@pytest.mark.skipif(not PRESSURE.is_dir(), reason="this kernel counts no pressure")
def test_the_pressure_of_this_machine_never_falls() -> None:
    sensor = PressureSensor()
    sensor.start()
    time.sleep(0.01)
    assert all(value >= 0 for value in sensor.stop().values())
