"""Real processes: what they answer, how they end, and that nothing of them stays."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from cadet.device.runner import Runner
from cadet.errors import MeasurementError
from cadet.model.measurement import Run, Status
from tests.device.documents import ANSWER, python, target
from tests.device.processes import dies


def run(folder: Path, values: dict[str, Any] | None = None, **sections: Any) -> Run:
    made = target(folder, **sections)
    with Runner(made) as runner:
        return runner.run(made.space.configuration(values or {}))


def command(code: str, *arguments: str, **more: Any) -> dict[str, Any]:
    return {"command": python(code, *(arguments or ("{pace}",))), **more}


def test_the_last_line_answers(tmp_path: Path) -> None:
    code = "import json; print('chatter'); print(json.dumps(dict(speed=1.5, hits=7, note='x')))"
    seen = run(tmp_path, workload=command(code))
    assert seen.status is Status.OK
    assert {"speed": 1.5, "hits": 7.0}.items() <= seen.values.items()
    assert "note" not in seen.values


def test_an_option_reaches_the_command_line(tmp_path: Path) -> None:
    assert run(tmp_path, {"pace": 3}).values["speed"] == 3


def test_an_option_reaches_the_environment(tmp_path: Path) -> None:
    code = "import json, os; print(json.dumps(dict(speed=float(os.environ['PACE']))))"
    options = {"pace": {"values": [1, 2, 3], "default": 1, "actuator": {"env": "PACE"}}}
    assert run(tmp_path, {"pace": 2}, workload=command(code, "x"), options=options).values["speed"] == 2


def test_a_variable_of_an_option_that_does_not_exist_is_not_set(tmp_path: Path) -> None:
    code = "import json, os; print(json.dumps(dict(speed=float('PACE' in os.environ))))"
    options = {
        "pace": {"values": [1, 2, 3], "default": 1, "actuator": {"env": "PACE"}, "when": "mode == 'x'"},
        "mode": {"values": ["x", "y"], "default": "y"},
    }
    assert run(tmp_path, workload=command(code, "{mode}"), options=options).values["speed"] == 0


def test_context_reaches_the_command_line(tmp_path: Path) -> None:
    made = target(tmp_path, workload=command(ANSWER, "{rows}", "{pace}"), context={"rows": {"values": [10, 20]}})
    with Runner(made) as runner:
        seen = [runner.run(made.space.default, level).values["speed"] for level in made.space.levels()]
    assert seen == [10, 20]


def test_nothing_passes_through_a_shell(tmp_path: Path) -> None:
    options = {"pace": {"values": ["$(touch hacked)", "; touch hacked"], "default": "; touch hacked"}}
    code = "import json, sys; print(json.dumps(dict(speed=len(sys.argv[1]))))"
    assert run(tmp_path, workload=command(code), options=options).values["speed"] == len("; touch hacked")
    assert not (tmp_path / "hacked").exists()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import sys; sys.exit('no space left')", "exit code 1: no space left"),
        ("import os; os.kill(os.getpid(), 11)", "killed by SIGSEGV"),
        ("pass", "the last line of stdout is no JSON object: empty"),
        ("print('done')", "the last line of stdout is no JSON object: 'done'"),
        ("print('[1]')", "the last line of stdout is no JSON object: '[1]'"),
        ("print('{\"sped\": 1}')", "has no 'speed'; it has 'sped'"),
        ("print('{\"speed\": null}')", "has no 'speed'; it has 'speed'"),
        ('print(\'{"speed": "fast"}\')', "'speed' is 'fast', not a number"),
        ("print('{\"speed\": NaN}')", "'speed' is nan, not a finite number"),
        ("print('{\"speed\": Infinity}')", "'speed' is inf, not a finite number"),
        ('print(\'{"speed": 1, "hits": [1]}\')', "'hits' is [1], not a number"),
    ],
)
def test_a_failure_says_what_was_there(tmp_path: Path, code: str, message: str) -> None:
    seen = run(tmp_path, workload=command(code))
    assert seen.status is Status.FAILED
    assert message in seen.message
    assert "speed" not in seen.values


def test_an_event_that_this_run_lacks_is_absent(tmp_path: Path) -> None:
    seen = run(tmp_path, workload=command("print('{\"speed\": 1}')"))
    assert seen.status is Status.OK
    assert "hits" not in seen.values


def test_a_pattern_finds_its_first_match(tmp_path: Path) -> None:
    code = "print('took 1.25 s'); print('took 2 s')"
    objectives = {"speed": {"from": r"regex:^took ([\d.]+) s"}}
    assert run(tmp_path, workload=command(code), objectives=objectives).values["speed"] == 1.25


def test_a_pattern_without_a_match_is_a_failure(tmp_path: Path) -> None:
    seen = run(tmp_path, workload=command("print('nothing')"), objectives={"speed": {"from": r"regex:(\d)"}})
    assert "nothing on stdout matches" in seen.message


def test_a_file_size_is_in_bytes_and_taken_before_cleanup(tmp_path: Path) -> None:
    code = "import sys; open('out' + sys.argv[1], 'w').write('x' * 1234)"
    seen = run(
        tmp_path,
        workload=command(code, cleanup=[["rm", "out{pace}"]]),
        objectives={"size": {"from": "filesize:out{pace}"}},
    )
    assert seen.values["size"] == 1234
    assert not (tmp_path / "out1").exists()


def test_a_file_that_was_not_written_is_a_failure(tmp_path: Path) -> None:
    seen = run(tmp_path, workload=command("pass"), objectives={"size": {"from": "filesize:out"}})
    assert seen.status is Status.FAILED
    assert "no file" in seen.message


def test_wall_is_elapsed_and_cpu_is_used_time(tmp_path: Path) -> None:
    code = "import time; time.sleep(0.2)"
    seen = run(tmp_path, workload=command(code), objectives={"wall": {"from": "wall"}, "cpu": {"from": "cpu"}})
    assert seen.values["wall"] >= 0.2
    assert seen.values["cpu"] < 0.2


def test_cpu_seconds_of_children_count(tmp_path: Path) -> None:
    spin = "import time\nwhile time.process_time() < 0.1: pass"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-I', '-S', '-c', {spin!r}])"
    seen = run(tmp_path, workload=command(code), objectives={"cpu": {"from": "cpu"}}, events={"rusage": True})
    assert seen.values["cpu"] >= 0.1
    assert seen.values["rusage.user_s"] + seen.values["rusage.system_s"] == pytest.approx(seen.values["cpu"])


def test_a_timeout_is_censored_and_its_children_are_gone(tmp_path: Path) -> None:
    code = (
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen(['sleep', '60'])\n"
        "open('pids', 'w').write(f'{os.getpid()} {child.pid}')\n"
        "time.sleep(60)"
    )
    begun = time.monotonic()
    seen = run(tmp_path, workload=command(code, timeout_s=0.4))
    assert seen.status is Status.TIMED_OUT
    assert seen.timeout_s == 0.4
    assert "speed" not in seen.values
    assert time.monotonic() - begun < 20
    assert all(dies(int(pid)) for pid in (tmp_path / "pids").read_text().split())


def test_a_program_that_ignores_sigterm_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cadet.device.process.GRACE_S", 0.2)
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    assert run(tmp_path, workload=command(code, timeout_s=0.4)).status is Status.TIMED_OUT


def test_what_a_program_leaves_behind_is_ended(tmp_path: Path) -> None:
    code = (
        "import subprocess; p = subprocess.Popen(['sleep', '60']); open('pid', 'w').write(str(p.pid))\n"
        "print('{\"speed\": 1}')"
    )
    assert run(tmp_path, workload=command(code)).status is Status.OK
    assert dies(int((tmp_path / "pid").read_text()))


def test_a_program_that_is_not_there_is_told_before_anything_is_measured(tmp_path: Path) -> None:
    made = target(tmp_path, workload={"command": ["no-such-program", "{pace}"]})
    with (
        pytest.raises(MeasurementError, match=r"workload\.command: no program 'no-such-program' on PATH"),
        Runner(made),
    ):
        pass


def test_a_program_chosen_by_an_option_fails_only_its_configuration(tmp_path: Path) -> None:
    options = {"pace": {"values": ["no-such-program", "true"], "default": "true"}}
    sections = {"options": options, "objectives": {"wall": {"from": "wall"}}, "workload": {"command": ["{pace}"]}}
    assert run(tmp_path, **sections).status is Status.OK
    seen = run(tmp_path, {"pace": "no-such-program"}, **sections)
    assert seen.status is Status.FAILED
    assert "cannot start" in seen.message


def test_a_megabyte_of_chatter_does_not_block(tmp_path: Path) -> None:
    code = "import sys; sys.stderr.write('x' * 2**20); print('y' * 2**20); print('{\"speed\": 2}')"
    assert run(tmp_path, workload=command(code)).values["speed"] == 2
