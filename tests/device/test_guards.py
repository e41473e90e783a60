"""Guards stop a run at once, end the session, and everything that ends a session happens."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cadet.device.guards import Guards
from cadet.device.runner import Runner
from cadet.device.target import Target, from_document
from cadet.errors import CapabilityMissing, GuardTripped
from cadet.model.expression import Expression
from cadet.plugins import BUILTIN
from tests.device.documents import document, function, python
from tests.device.processes import dies

HOT = Expression("temperature.tj > 95")
SLOW = "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(60)"
LOG = "import sys; open('log', 'a').write(sys.argv[1] + ' ')"


class Board:
    """A sensor whose temperature the test sets; registered as `board`."""

    names = ("temperature.tj",)
    sources = {"temperature.tj": "the test"}  # noqa: RUF012
    temperature = 40.0
    broken = False

    def __init__(self, wanted: object = None) -> None: ...

    def start(self) -> None: ...

    def stop(self) -> Mapping[str, float]:
        return self.read()

    def read(self) -> Mapping[str, float]:
        if Board.broken:
            raise OSError(5, "Input/output error")
        return {"temperature.tj": Board.temperature}


@pytest.fixture(autouse=True)
def board(monkeypatch: pytest.MonkeyPatch) -> type[Board]:
    monkeypatch.setitem(BUILTIN, "sensor", {**BUILTIN["sensor"], "board": f"{__name__}:Board"})
    monkeypatch.setattr(Board, "temperature", 40.0)
    monkeypatch.setattr(Board, "broken", False)
    return Board


def guarded(folder: Path, command: list[str], **sections: Any) -> Target:
    workload = {"command": command, "timeout_s": 60, "cleanup": [python(LOG, "after")]}
    return from_document(document(workload=workload, guards={"abort_if": ["temperature.tj > 95"]}, **sections), folder)


def heat_when(path: Path) -> threading.Thread:
    """Overheat the board as soon as `path` exists."""

    def heat() -> None:
        while not path.exists():
            time.sleep(0.01)
        Board.temperature = 96.5

    thread = threading.Thread(target=heat, daemon=True)
    thread.start()
    return thread


def test_a_quiet_guard_changes_nothing(tmp_path: Path) -> None:
    made = guarded(tmp_path, python('print(\'{"speed": 3, "hits": 1}\')', "{pace}"))
    with Runner(made) as runner:
        assert runner.run(made.space.default).values["speed"] == 3


def test_a_guard_stops_the_run_and_ends_the_session(tmp_path: Path) -> None:
    made = guarded(tmp_path, python(SLOW, "{pace}"))
    heating = heat_when(tmp_path / "pid")
    start = time.monotonic()
    with pytest.raises(GuardTripped) as caught, Runner(made) as runner:
        runner.run(made.space.default)
    heating.join()
    assert time.monotonic() - start < 20  # of 60
    said = str(caught.value)
    assert "'temperature.tj > 95' holds: temperature.tj = 96.5" in said
    assert "into a run, which was stopped" in said
    assert caught.value.exit_code == 3
    assert dies(int((tmp_path / "pid").read_text()))
    assert (tmp_path / "log").read_text() == "after "


def test_a_guard_stops_a_function(tmp_path: Path) -> None:
    (tmp_path / "deployment.py").write_text("def run(c):\n    " + SLOW.replace("; ", "\n    ") + "\n")
    made = from_document(function(guards={"abort_if": [HOT.text]}), tmp_path)
    heating = heat_when(tmp_path / "pid")
    with pytest.raises(GuardTripped), Runner(made) as runner:
        runner.run(made.space.default)
    heating.join()
    assert dies(int((tmp_path / "pid").read_text()))


def test_a_guard_stops_a_service_and_its_load(tmp_path: Path) -> None:
    serve = "import os, time; open('server', 'w').write(str(os.getpid())); time.sleep(60)"
    ready = python("import os, sys; sys.exit(not os.path.exists('server'))")
    made = from_document(
        document(
            workload={"command": python(SLOW), "timeout_s": 60},
            service={"start": python(serve, "{pace}"), "ready": {"command": ready}},
            guards={"abort_if": [HOT.text]},
        ),
        tmp_path,
    )
    heating = heat_when(tmp_path / "pid")
    with pytest.raises(GuardTripped), Runner(made) as runner:
        runner.run(made.space.default)
    heating.join()
    assert all(dies(int((tmp_path / name).read_text())) for name in ("pid", "server"))


def test_what_was_set_is_put_back_when_a_guard_ends_the_session(tmp_path: Path) -> None:
    (tmp_path / "app.conf").write_text("as it was\n")
    (tmp_path / "app.conf.in").write_text("pace = {pace}\n")
    seen = f"import shutil; shutil.copy('app.conf', 'seen'); {SLOW}"
    options = {"pace": {"values": [1, 2, 3], "default": 1, "actuator": {"file": "app.conf"}}}
    made = guarded(tmp_path, python(seen), options=options)
    heating = heat_when(tmp_path / "pid")
    with pytest.raises(GuardTripped), Runner(made) as runner:
        runner.run(made.space.configuration({"pace": 3}))
    heating.join()
    assert (tmp_path / "seen").read_text() == "pace = 3\n"
    assert (tmp_path / "app.conf").read_text() == "as it was\n"


def test_a_run_does_not_begin_where_a_guard_holds(tmp_path: Path) -> None:
    Board.temperature = 99.0
    made = guarded(tmp_path, python(LOG, "run", "{pace}"))
    with pytest.raises(GuardTripped, match="before a run"), Runner(made) as runner:
        runner.run(made.space.default)
    assert (tmp_path / "log").read_text() == "after "


def test_a_guard_that_can_no_longer_watch_stops_the_run(tmp_path: Path) -> None:
    made = guarded(tmp_path, python(SLOW, "{pace}"))

    def fail() -> None:
        while not (tmp_path / "pid").exists():
            time.sleep(0.01)
        Board.broken = True

    failing = threading.Thread(target=fail, daemon=True)
    failing.start()
    with pytest.raises(GuardTripped, match=r"cannot be watched: .*Input/output error"), Runner(made) as runner:
        runner.run(made.space.default)
    failing.join()


def test_a_gauge_that_is_not_here_is_told_before_anything_runs(tmp_path: Path) -> None:
    made = from_document(document(guards={"abort_if": ["temperature.tjj > 95"]}), tmp_path)
    with pytest.raises(CapabilityMissing, match=r"'temperature.tjj' now; did you mean 'temperature.tj'"), Runner(made):
        pass


def test_real_memory_can_be_guarded(tmp_path: Path) -> None:
    made = from_document(document(guards={"abort_if": ["system.memory_available_bytes < 1"]}), tmp_path)
    with Runner(made) as runner:
        assert runner.run(made.space.default).ok


def test_guards_leave_no_thread_behind() -> None:
    before = threading.active_count()
    stopped: list[float] = []
    guards = Guards([HOT], lambda: {"temperature.tj": 96.0 if time.monotonic() > deadline else 1.0}, look_s=0.01)
    deadline = time.monotonic() + 0.05
    with pytest.raises(GuardTripped), guards.watching(lambda: stopped.append(time.monotonic())):
        while not stopped:
            time.sleep(0.005)
    assert len(stopped) == 1
    assert threading.active_count() == before


def test_what_ends_the_run_itself_is_the_better_story() -> None:
    guards = Guards([HOT], lambda: {"temperature.tj": 1.0}, look_s=0.01)
    with pytest.raises(KeyboardInterrupt), guards.watching(os.getpid):
        raise KeyboardInterrupt


def test_a_condition_that_cannot_be_evaluated_stops_the_run_instead_of_the_watch() -> None:
    readings = {"temperature.tj": 40.0}
    stopped = threading.Event()
    guards = Guards([Expression("100 / temperature.tj > 95")], lambda: readings, look_s=0.01)
    with pytest.raises(GuardTripped, match="cannot be watched"), guards.watching(stopped.set):
        readings["temperature.tj"] = 0.0
        assert stopped.wait(5)
