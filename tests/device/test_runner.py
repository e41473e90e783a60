"""What happens around a run: hooks, warm-ups, sensors, and that the runner itself costs little."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cadet.device.runner import Runner
from cadet.device.sensors.load import OTHER_CPU
from cadet.device.target import from_document
from cadet.errors import SetupFailed
from cadet.model.measurement import Purpose, Status
from tests.device.documents import document, function, python, target

LOG = "import sys; open('log', 'a').write(sys.argv[1] + ' '); print('{\"speed\": 1}')"


def hooked(folder: Path, command: list[str] | None = None, **hooks: Any) -> Any:
    workload = {"command": command or python(LOG, "run", "{pace}"), "timeout_s": 20, **hooks}
    return target(folder, workload=workload)


def log(folder: Path) -> list[str]:
    return (folder / "log").read_text().split()


def test_a_run_says_what_was_asked(tmp_path: Path) -> None:
    made = target(tmp_path)
    with Runner(made) as runner:
        run = runner.run(made.space.default, purpose=Purpose.PAIR, slot="s1", sequence=7)
    assert (run.configuration, run.purpose, run.slot, run.sequence) == (made.space.default, Purpose.PAIR, "s1", 7)
    assert 0 < run.seconds < 20
    assert abs(run.started_at - time.time()) < 60


def test_an_infeasible_configuration_costs_nothing(tmp_path: Path) -> None:
    made = target(tmp_path, constraints=[{"expr": "pace < 3", "reason": "the motor"}])
    with Runner(made) as runner:
        run = runner.run(made.space.configuration({"pace": 3}))
    assert run.status is Status.INFEASIBLE
    assert run.message == "breaks 'pace < 3' the motor"
    assert run.seconds == 0
    assert not run.values


def test_setup_runs_once_per_study(tmp_path: Path) -> None:
    made = hooked(tmp_path, setup=[python(LOG, "setup")])
    with Runner(made) as runner:
        assert runner.setup_done
        runner.run(made.space.default)
    with Runner(made, setup_done=True) as runner:
        runner.run(made.space.default)
    assert log(tmp_path) == ["setup", "run", "run"]


def test_setup_may_build_the_program(tmp_path: Path) -> None:
    tool = '#!/bin/sh\nprintf "{\\"speed\\": %s}" $1\n'
    build = f"import os; open('tool', 'w').write({tool!r}); os.chmod('tool', 0o755)"
    made = hooked(tmp_path, ["./tool", "{pace}"], setup=[python(build)])
    with Runner(made) as runner:
        assert runner.run(made.space.configuration({"pace": 3})).values["speed"] == 3


def test_prepare_and_cleanup_are_around_every_run(tmp_path: Path) -> None:
    made = hooked(tmp_path, prepare=[python(LOG, "before-{pace}")], cleanup=[python(LOG, "after-{pace}")])
    with Runner(made) as runner:
        runner.run(made.space.default)
        runner.run(made.space.configuration({"pace": 2}))
    assert log(tmp_path) == ["before-1", "run", "after-1", "before-2", "run", "after-2"]


@pytest.mark.parametrize(
    ("code", "status"),
    [("import sys; sys.exit(1)", Status.FAILED), ("import time; time.sleep(60)", Status.TIMED_OUT)],
)
def test_cleanup_runs_after_failure_and_timeout(tmp_path: Path, code: str, status: Status) -> None:
    made = hooked(tmp_path, python(code, "{pace}"), cleanup=[python(LOG, "after")], timeout_s=0.5)
    with Runner(made) as runner:
        assert runner.run(made.space.default).status is status
    assert log(tmp_path) == ["after"]


def test_cleanup_runs_when_the_run_is_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    made = hooked(tmp_path, cleanup=[python(LOG, "after"), python("import sys; sys.exit(1)")])
    with Runner(made) as runner:
        monkeypatch.setattr(runner._workload, "run", interrupt)
        with pytest.raises(KeyboardInterrupt):
            runner.run(made.space.default)
    assert log(tmp_path) == ["after"]


@pytest.mark.parametrize("kind", ["setup", "prepare", "cleanup"])
def test_a_failing_hook_is_named_with_its_command_line(tmp_path: Path, kind: str) -> None:
    made = hooked(tmp_path, **{kind: [python("import sys; sys.exit('disk full')", "an argument")]})
    with pytest.raises(SetupFailed) as caught, Runner(made) as runner:
        runner.run(made.space.default)
    said = str(caught.value)
    assert said.startswith(f"{kind}: ")
    assert "'an argument' failed, exit code 1: disk full" in said
    assert caught.value.exit_code == 3


def test_cleanup_runs_when_prepare_failed(tmp_path: Path) -> None:
    made = hooked(tmp_path, prepare=[["false"]], cleanup=[python(LOG, "after")])
    with pytest.raises(SetupFailed, match="prepare: false failed"), Runner(made) as runner:
        runner.run(made.space.default)
    assert log(tmp_path) == ["after"]


NOT_AT_2 = "import sys; sys.exit('no disk at 2' if sys.argv[1] == '2' else 0)"


@pytest.mark.parametrize("kind", ["prepare", "cleanup"])
def test_a_hook_that_fails_for_one_configuration_fails_that_run_only(tmp_path: Path, kind: str) -> None:
    made = hooked(tmp_path, **{kind: [python(NOT_AT_2, "{pace}")]})
    with Runner(made) as runner:
        runs = [runner.run(made.space.configuration({"pace": pace})) for pace in (1, 2, 3)]
    assert [run.status for run in runs] == [Status.OK, Status.FAILED, Status.OK]
    assert runs[1].message.startswith(f"{kind}: ")
    assert "failed, exit code 1: no disk at 2" in runs[1].message
    assert not runs[1].values
    assert runs[1].seconds > 0


@pytest.mark.parametrize("kind", ["prepare", "cleanup"])
def test_a_hook_that_worked_in_an_earlier_session_fails_a_run_only(tmp_path: Path, kind: str) -> None:
    made = hooked(tmp_path, **{kind: [python(NOT_AT_2, "{pace}")]})
    at_2 = made.space.configuration({"pace": 2})
    with Runner(made) as runner:
        earlier = [runner.run(made.space.default)]
    with Runner(made, setup_done=True, earlier=earlier) as runner:
        assert runner.run(at_2).status is Status.FAILED
    imported = [replace(earlier[0], purpose=Purpose.IMPORTED)]  # somebody else's runs say nothing about our hooks
    with pytest.raises(SetupFailed, match=kind), Runner(made, setup_done=True, earlier=imported) as runner:
        runner.run(at_2)


def test_cleanup_runs_after_a_prepare_that_failed_this_once(tmp_path: Path) -> None:
    made = hooked(tmp_path, prepare=[python(NOT_AT_2, "{pace}")], cleanup=[python(LOG, "after")])
    with Runner(made) as runner:
        runner.run(made.space.default)
        runner.run(made.space.configuration({"pace": 2}))
    assert log(tmp_path) == ["run", "after", "after"]


def test_a_hook_that_is_not_there_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(SetupFailed, match="setup: cannot start no-such-program"),
        Runner(hooked(tmp_path, setup=[["no-such-program"]])),
    ):
        pass


def test_first_runs_are_discarded(tmp_path: Path) -> None:
    made = from_document({**hooked(tmp_path).document, "run": {"warmup": 2, "quiet": {"max_wait_s": 0}}}, tmp_path)
    with Runner(made) as runner:
        runner.run(made.space.default)
        runner.run(made.space.default)
    assert log(tmp_path) == ["run"] * 4


def test_warming_up_stops_at_the_first_failure(tmp_path: Path) -> None:
    command = python(LOG + "; sys.exit(1)", "run", "{pace}")
    made = from_document(
        {**hooked(tmp_path, command).document, "run": {"warmup": 5, "quiet": {"max_wait_s": 0}}}, tmp_path
    )
    with Runner(made) as runner:
        runner.run(made.space.default)
    assert log(tmp_path) == ["run"] * 2


def test_declared_events_are_recorded_by_name(tmp_path: Path) -> None:
    made = target(tmp_path, events={"output": ["hits"], "rusage": True, "pressure": True})
    with Runner(made) as runner:
        values = runner.run(made.space.default).values
    assert set(values) <= {"speed", *made.events}
    assert set(made.events) - set(values) <= {"rusage.max_rss_bytes", OTHER_CPU}
    assert values["rusage.minor_faults"] > 0


def test_events_that_were_not_asked_for_are_not_there(tmp_path: Path) -> None:
    made = target(tmp_path)
    with Runner(made) as runner:
        assert set(runner.run(made.space.default).values) - {OTHER_CPU} == {"speed", "hits"}


def test_the_environment_names_this_machine(tmp_path: Path) -> None:
    made = target(tmp_path)
    with Runner(made) as runner:
        environment = runner.run(made.space.default).environment
    assert environment["device"] == "live"
    assert {"host", "cpu", "cores", "kernel", "governor", "python", "cadet", "load_average"} <= set(environment)


def test_the_runner_costs_little_cpu(tmp_path: Path) -> None:
    (tmp_path / "deployment.py").write_text("def run(c): return {'speed': 1}")
    made = from_document(function(), tmp_path)
    with Runner(made) as runner:
        runner.run(made.space.default)
        start = time.process_time()
        for _ in range(100):
            runner.run(made.space.default)
        assert (time.process_time() - start) / 100 < 0.005


def test_a_runner_leaves_no_descriptors_open(tmp_path: Path) -> None:
    (tmp_path / "deployment.py").write_text("def run(c): return {'speed': 1}")

    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = descriptors()
    for made in (from_document(function(), tmp_path), from_document(document(), tmp_path)):
        with Runner(made) as runner:
            runner.run(made.space.default)
    assert descriptors() == before


def test_the_second_run_of_a_pair_does_not_wait(tmp_path: Path) -> None:
    made = from_document({**document(), "run": {"warmup": 0, "quiet": {"max_other_cpu": 0.0}}}, tmp_path)
    with Runner(made) as runner:
        waited: list[str] = []
        runner._gate.wait = lambda: waited.append("waited") or 0.0  # type: ignore
        runner.run(made.space.default)
        runner.run(made.space.default, at_once=True)
    assert waited == ["waited"]
