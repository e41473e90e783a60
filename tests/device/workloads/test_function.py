"""A real worker process: its state lives on, and nothing that it does can hurt us."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from cadet.device.runner import Runner
from cadet.device.target import from_document
from cadet.errors import MeasurementError
from cadet.model.measurement import Run, Status
from tests.device.documents import function
from tests.device.processes import dies


def runner(folder: Path, source: str, timeout_s: float = 20, **sections: Any) -> Runner:
    (folder / "deployment.py").write_text(source)
    document = function(**sections)
    document["workload"]["timeout_s"] = timeout_s
    return Runner(from_document(document, folder))


def runs(folder: Path, source: str, *paces: int, **more: Any) -> list[Run]:
    with runner(folder, source, **more) as running:
        return [running.run(running.target.space.configuration({"pace": pace})) for pace in paces]


def test_state_lives_on_between_runs(tmp_path: Path) -> None:
    source = "calls = []\ndef run(c):\n    calls.append(c)\n    return {'speed': c['pace'], 'hits': len(calls)}"
    seen = runs(tmp_path, source, 3, 2, 1)
    assert [run.values["speed"] for run in seen] == [3, 2, 1]
    assert [run.values["hits"] for run in seen] == [1, 2, 3]


def test_an_option_that_exists_only_under_another_does_not_keep_the_worker_from_starting(tmp_path: Path) -> None:
    options = {"pace": {"values": [1, 2], "default": 1}, "extra": {"values": [1, 2], "default": 1, "when": "pace == 2"}}
    (seen,) = runs(tmp_path, "def run(c): return {'speed': c['pace']}", 2, options=options)
    assert (seen.status, seen.values["speed"]) == (Status.OK, 2)


def test_context_is_in_the_dict(tmp_path: Path) -> None:
    with runner(tmp_path, "def run(c): return {'speed': c['rows']}", context={"rows": {"values": [10, 20]}}) as running:
        space = running.target.space
        assert [running.run(space.default, level).values["speed"] for level in space.levels()] == [10, 20]


def test_the_clock_is_that_of_the_call(tmp_path: Path) -> None:
    source = "import time\ndef run(c):\n    time.sleep(0.1)\n    return {}"
    objectives = {"wall": {"from": "wall"}, "cpu": {"from": "cpu"}}
    (seen,) = runs(tmp_path, source, 1, objectives=objectives)
    assert 0.1 <= seen.values["wall"] < seen.seconds
    assert seen.values["cpu"] < 0.1


def test_peak_memory_is_that_of_the_call(tmp_path: Path) -> None:
    source = "def run(c):\n    x = bytearray(c['pace'] * 50 * 2**20)\n    return {'speed': len(x)}"
    seen = runs(tmp_path, source, 3, 1, events={"rusage": True})
    first, second = (run.values["rusage.max_rss_bytes"] for run in seen)
    assert first - second == pytest.approx(100 * 2**20, rel=0.2)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("raise ValueError('no such index')", "deployment:run: ValueError: no such index (File"),
        ("raise SystemExit(3)", "deployment:run: SystemExit: 3"),
        ("return 1.5", "returned float 1.5, not a dict of numbers"),
        ("return {'sped': 1}", "the dict has no 'speed'; it has 'sped'"),
        ("return {'speed': 'fast'}", "'speed' is 'fast', not a number"),
        ("return {'speed': object}", "'speed' is \"<class 'object'>\", not a number"),
        ("return {'speed': float('nan')}", "'speed' is nan, not a finite number"),
        ("return {'speed': float('-inf')}", "'speed' is -inf, not a finite number"),
        ("import os; os.abort()", "the worker process died, killed by SIGABRT"),
        ("import os; os._exit(7)", "the worker process died, exit code 7"),
        ("import os, sys; print('oh no', file=sys.stderr, flush=True); os._exit(7)", "exit code 7: oh no"),
    ],
)
def test_a_failure_says_what_happened_and_the_next_run_works(tmp_path: Path, body: str, message: str) -> None:
    source = f"def run(c):\n    if c['pace'] == 2:\n        {body}\n    return {{'speed': 1}}"
    failed, after = runs(tmp_path, source, 2, 1)
    assert failed.status is Status.FAILED
    assert message in failed.message
    assert after.status is Status.OK


def test_a_timeout_is_censored_and_the_worker_replaced(tmp_path: Path) -> None:
    source = (
        "import subprocess, time\ncalls = []\n"
        "def run(c):\n"
        "    calls.append(c)\n"
        "    if c['pace'] == 2:\n"
        "        open('pid', 'w').write(str(subprocess.Popen(['sleep', '60']).pid))\n"
        "        time.sleep(60)\n"
        "    return {'speed': 1, 'hits': len(calls)}"
    )
    begun = time.monotonic()
    first, late, after = runs(tmp_path, source, 1, 2, 1, timeout_s=1)
    assert [first.status, late.status, after.status] == [Status.OK, Status.TIMED_OUT, Status.OK]
    assert late.timeout_s == 1
    assert after.values["hits"] == 1
    assert time.monotonic() - begun < 20
    assert dies(int((tmp_path / "pid").read_text()))


def test_a_child_that_the_worker_leaves_does_not_hide_its_death(tmp_path: Path) -> None:
    source = "import os, time\ndef run(c):\n    if os.fork() == 0:\n        time.sleep(60)\n    os._exit(3)"
    begun = time.monotonic()
    (seen,) = runs(tmp_path, source, 1)
    assert seen.message.startswith("the worker process died, exit code 3")
    assert time.monotonic() - begun < 20


def test_what_it_prints_is_no_answer(tmp_path: Path) -> None:
    (seen,) = runs(tmp_path, "def run(c):\n    print('{\"speed\": 5}')\n    return {'speed': 1}", 1)
    assert seen.values["speed"] == 1


def test_numbers_of_numpy_are_numbers(tmp_path: Path) -> None:
    source = "import numpy\ndef run(c): return {'speed': numpy.float32(0.5), 'hits': numpy.int64(3)}"
    (seen,) = runs(tmp_path, source, 1)
    assert (seen.values["speed"], seen.values["hits"]) == (0.5, 3)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "import no_such_module",
            "cannot import 'deployment:run': ModuleNotFoundError: No module named 'no_such_module'",
        ),
        ("def runs(c): pass", "AttributeError"),
        ("run = 5", "TypeError: deployment:run is int, not callable"),
        ("def run(c:", "SyntaxError"),
        ("import os; os._exit(9)", "exit code 9"),
    ],
)
def test_a_function_that_cannot_be_imported_is_told_at_once(tmp_path: Path, source: str, message: str) -> None:
    with pytest.raises(MeasurementError) as caught, runner(tmp_path, source):
        pass
    assert message in str(caught.value)


def test_a_module_called_like_one_of_ours_is_the_users(tmp_path: Path) -> None:
    (tmp_path / "function.py").write_text("def run(c): return {'speed': 9}")
    document = function()
    document["workload"]["function"] = "function:run"
    with Runner(from_document(document, tmp_path)) as running:
        assert running.run(running.target.space.default).values["speed"] == 9
