from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_tables_of_the_benchmark_are_those_of_the_stored_sessions():
    asked = [sys.executable, str(ROOT / "benchmarks" / "tables.py"), "--check"]
    answer = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
