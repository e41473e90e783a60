"""A real TCP service: started when needed, measured with its load, gone afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cadet.device.runner import Runner
from cadet.device.target import from_document
from cadet.errors import ServiceNotReady
from cadet.model.measurement import Status
from tests.device.documents import document, python
from tests.device.processes import dies

SERVER = """
import os, socket, sys, time
port, level, mode = int(sys.argv[1]), sys.argv[2], sys.argv[3]
open("starts", "a").write(f"{os.getpid()} {level}\\n")
if mode == "refuse":
    sys.exit("bad configuration: " + mode)
if mode == "hang":
    print("still loading", flush=True)
    time.sleep(60)
listening = socket.create_server(("127.0.0.1", port))
while True:
    connection, _ = listening.accept()
    with connection:
        said = connection.recv(100)
        if said == b"die":
            sys.exit("out of memory")
        if said:
            end = time.process_time() + 0.05
            while time.process_time() < end:
                pass
            connection.sendall(level.encode())
"""
LOAD = """
import json, socket, sys, time
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as connection:
    connection.sendall(sys.argv[2].encode())
    answer = connection.recv(100)
    if sys.argv[2] == "stay":
        time.sleep(60)
print(json.dumps(dict(speed=float(answer))))
"""


def target(folder: Path, *, timeout_s: float = 20, ready: dict[str, Any] | None = None, **service: Any) -> Any:
    return from_document(
        document(
            workload={"command": python(LOAD, "{port}", "{say}"), "timeout_s": timeout_s},
            service={
                "start": python(SERVER, "{port}", "{level}", "{mode}"),
                "ready": ready or {"tcp": "127.0.0.1:{port}", "timeout_s": 5},
                **service,
            },
            options={
                "level": {"values": [1, 2, 3], "default": 1},
                "mode": {"values": ["serve", "refuse", "hang"], "default": "serve"},
                "say": {"values": ["hello", "die", "stay"], "default": "hello"},
            },
            events={"rusage": True},
            objectives={"speed": {"from": "output:speed"}, "cpu": {"from": "cpu"}},
        ),
        folder,
    )


def starts(folder: Path) -> list[tuple[int, str]]:
    return [(int(pid), level) for pid, level in (line.split() for line in (folder / "starts").read_text().splitlines())]


def test_it_answers_the_load_and_is_gone_afterwards(tmp_path: Path) -> None:
    made = target(tmp_path)
    with Runner(made) as runner:
        assert runner.run(made.space.default).values["speed"] == 1
    ((pid, _),) = starts(tmp_path)
    assert dies(pid)


def test_it_restarts_only_for_options_that_need_it(tmp_path: Path) -> None:
    made = target(tmp_path)
    with Runner(made) as runner:
        for level in (1, 1, 2, 2, 1):
            assert runner.run(made.space.configuration({"level": level})).values["speed"] == level
    assert [level for _, level in starts(tmp_path)] == ["1", "2", "1"]


def test_restart_on_is_what_the_file_says(tmp_path: Path) -> None:
    made = target(tmp_path, restart_on=["mode"])
    with Runner(made) as runner:
        seen = [runner.run(made.space.configuration({"level": level})).values["speed"] for level in (1, 2)]
    assert seen == [1, 1]


def test_its_cpu_seconds_count(tmp_path: Path) -> None:
    made = target(tmp_path)
    with Runner(made) as runner:
        values = runner.run(made.space.default).values
    assert values["cpu"] >= 0.04
    assert values["rusage.user_s"] + values["rusage.system_s"] == pytest.approx(values["cpu"])


def test_a_service_that_never_ran_cannot_be_measured(tmp_path: Path) -> None:
    made = target(tmp_path)
    with Runner(made) as runner, pytest.raises(ServiceNotReady, match="exit code 1: bad configuration: refuse"):
        runner.run(made.space.configuration({"mode": "refuse"}))


def test_a_service_that_hangs_says_what_it_printed(tmp_path: Path) -> None:
    made = target(tmp_path, ready={"tcp": "127.0.0.1:{port}", "timeout_s": 0.5})
    with Runner(made) as runner, pytest.raises(ServiceNotReady, match=r"not ready after 0\.5 s: still loading"):
        runner.run(made.space.configuration({"mode": "hang"}))
    assert all(dies(pid) for pid, _ in starts(tmp_path))


def test_a_configuration_under_which_a_proven_service_does_not_start_failed(tmp_path: Path) -> None:
    made = target(tmp_path)
    with Runner(made) as runner:
        first = runner.run(made.space.default)
        failed = runner.run(made.space.configuration({"mode": "refuse"}))
        after = runner.run(made.space.default)
    assert [first.status, failed.status, after.status] == [Status.OK, Status.FAILED, Status.OK]
    assert "bad configuration" in failed.message


def test_a_resumed_study_knows_that_the_service_once_ran(tmp_path: Path) -> None:
    made = target(tmp_path)
    with Runner(made) as runner:
        earlier = [runner.run(made.space.default)]
    with Runner(made, setup_done=True, earlier=earlier) as runner:
        assert runner.run(made.space.configuration({"mode": "refuse"})).status is Status.FAILED


def test_a_service_that_dies_under_load_is_told_and_started_again(tmp_path: Path) -> None:
    made = target(tmp_path)
    with Runner(made) as runner:
        died = runner.run(made.space.configuration({"say": "die"}))
        after = runner.run(made.space.default)
    assert died.status is Status.FAILED
    assert "the service died during the run, exit code 1: out of memory" in died.message
    assert after.status is Status.OK


def test_a_load_that_times_out_is_censored_and_the_service_started_again(tmp_path: Path) -> None:
    made = target(tmp_path, timeout_s=2)
    with Runner(made) as runner:
        late = runner.run(made.space.configuration({"say": "stay"}))
        after = runner.run(made.space.default)
    assert late.status is Status.TIMED_OUT
    assert after.status is Status.OK
    assert len(starts(tmp_path)) == 2


def test_the_stop_command_comes_before_the_kill(tmp_path: Path) -> None:
    made = target(tmp_path, stop=["touch", "stopped-{level}"])
    with Runner(made) as runner:
        runner.run(made.space.default)
    assert (tmp_path / "stopped-1").exists()
    assert all(dies(pid) for pid, _ in starts(tmp_path))


def test_a_command_may_tell_that_it_is_ready(tmp_path: Path) -> None:
    probe = python("import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])))", "{port}")
    made = target(tmp_path, ready={"command": probe, "timeout_s": 5})
    with Runner(made) as runner:
        assert runner.run(made.space.default).ok


def test_http_may_tell_that_it_is_ready(tmp_path: Path) -> None:
    made = from_document(
        document(
            workload={"command": python("import sys; print('{\"speed\": ' + sys.argv[1] + '}')", "{pace}")},
            service={
                "start": ["python3", "-m", "http.server", "--bind", "127.0.0.1", "{port}"],
                "ready": {"http": "http://127.0.0.1:{port}/", "timeout_s": 10},
            },
        ),
        tmp_path,
    )
    with Runner(made) as runner:
        assert runner.run(made.space.default).ok


def test_the_first_run_on_a_restarted_service_is_discarded(tmp_path: Path) -> None:
    made = target(tmp_path)
    warmed = from_document({**made.document, "run": {"warmup": 1, "quiet": {"max_wait_s": 0}}}, tmp_path)
    with Runner(warmed) as runner:
        asked: list[object] = []
        run = runner._workload.run
        runner._workload.run = lambda values: asked.append(values["level"]) or run(values)  # type: ignore
        for level in (1, 1, 2):
            runner.run(warmed.space.configuration({"level": level}))
    assert asked == [1, 1, 1, 2, 2]
