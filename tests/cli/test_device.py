"""What a session does to a machine, seen from the command line; the machine is a program that keeps a note."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
import pytest

from cadet.cli import cli, main
from cadet.device.state import journal as pages
from cadet.errors import DeviceNotRestored
from tests.cli.conftest import Cadet

TARGET = """
cadet = 1
name = "noted"

[workload]
function = "quick:run"

[run]
repeats = 2
warmup = 0
quiet = {{ max_other_cpu = 1.0, max_wait_s = 0 }}

[options.mode]
values = ["fast", "slow", "broken"]
default = "slow"
actuator.command.set = ["{python}", "-I", "-S", "set.py", "{{value}}"]
actuator.command.get = ["{python}", "-I", "-S", "get.py"]

[options.threads]
values = [1, 2, 4]
default = 1
actuator = {{ file = "server.conf" }}

[objectives.latency]
from = "output:latency"
unit = "s"
slo = 0.5
"""
QUICK = """
import random
def run(values):
    mode = open("note").read()
    assert mode == values["mode"]
    assert open("server.conf").read() == f"threads = {values['threads']}\\n"
    return {"latency": (1.0 if mode == "slow" else 0.1) * random.uniform(0.99, 1.01)}
"""
SET = "import sys; sys.argv[1] != 'broken' and open('note', 'w').write(sys.argv[1])"
BY_HAND = "threads = 7  # by hand\n"


@pytest.fixture
def noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A deployment with a mode that a program sets and a configuration file; return its folder."""
    monkeypatch.setenv("CADET_STATE_DIR", str(tmp_path / "state"))
    folder = tmp_path
    for name, text in {
        "target.toml": TARGET.format(python=sys.executable),
        "quick.py": QUICK,
        "set.py": SET,
        "get.py": "print(open('note').read())",
        "note": "slow",
        "server.conf": BY_HAND,
        "server.conf.in": "threads = {threads}\n",
    }.items():
        (folder / name).write_text(text)
    return folder


def as_found(folder: Path) -> bool:
    return (folder / "note").read_text() == "slow" and (folder / "server.conf").read_text() == BY_HAND


def test_nothing_is_written_without_permission(cadet: Cadet, noted: Path) -> None:
    (noted / "set.py").write_text("raise SystemExit('called')")
    for command in (("debug", "target.toml"), ("measure", "target.toml")):
        said = cadet(*command)
        assert said.code == 6
        assert "--allow-system-writes" in said.err
        assert "--dry-run" in said.err
        assert "command" in said.err
    assert as_found(noted)
    assert not (noted / "state").exists()


def test_a_dry_run_shows_every_write_and_makes_none(cadet: Cadet, noted: Path) -> None:
    (noted / "set.py").write_text("raise SystemExit('called')")
    said = cadet("debug", "target.toml", "--dry-run", "--format", "json")
    assert said.code == 0
    writes = {write["option"]: write for write in json.loads(said.out)["writes"]}
    assert writes["mode"]["now"] == "slow"
    assert writes["mode"]["values"] == ["fast", "slow", "broken"]
    assert writes["mode"]["system"] is True
    assert writes["threads"]["system"] is False
    table = cadet("measure", "target.toml", "--dry-run")
    assert table.code == 0
    assert "slow" in table.out
    assert as_found(noted)
    assert not (noted / "state").exists()
    assert not (noted / ".cadet").exists()


def test_a_dry_run_of_a_target_that_sets_nothing_says_so(cadet: Cadet, board: Path) -> None:
    said = cadet("debug", board, "--dry-run")
    assert said.code == 0
    assert "sets nothing" in said.out


def debugged(cadet: Cadet, *arguments: str) -> dict[str, object]:
    said = cadet("debug", "target.toml", "--allow-system-writes", "--format", "json", "--initial", "6", *arguments)
    assert said.code == 0, said.err
    answer: dict[str, object] = json.loads(said.out)
    assert answer["verdict"] == "confirmed"
    return answer


def test_the_device_is_as_it_was_found_and_a_kept_fix_stays(cadet: Cadet, noted: Path) -> None:
    answer = debugged(cadet, "--fault", "current")
    assert as_found(noted)
    assert answer["notes"][-1].startswith("the fault was read from the device: mode = slow; assumed")  # type: ignore[index]
    answer = debugged(cadet, "--fault", "current", "--keep")  # from the study: the device is opened to keep the fix
    assert (noted / "note").read_text() == "fast"
    assert (noted / "server.conf").read_text() == BY_HAND
    assert "left on the device as the fix sets them: command" in answer["notes"][-1]  # type: ignore[index]
    assert cadet("restore").out.startswith("Nothing to restore")


def test_a_knob_that_does_not_take_is_apply_failed_and_not_learned_from(cadet: Cadet, noted: Path) -> None:
    said = cadet("measure", "target.toml", "-n", "8", "--allow-system-writes")
    assert said.code == 0, said.err
    from cadet.study import Study

    with Study.open(noted / ".cadet" / "noted.db") as study:
        broken = [run for run in study.runs if run.configuration["mode"] == "broken"]
        assert broken
        assert {run.status.value for run in broken} == {"apply_failed"}
        assert all("asked mode" in run.message and "= broken, the device reports" in run.message for run in broken)
        assert all(run.ok for run in study.runs if run.configuration["mode"] != "broken")
        assert set(study.dataset.frame["mode"]) == {"fast", "slow"}
    assert as_found(noted)


@pytest.fixture
def stuck(cadet: Cadet, noted: Path) -> Path:
    """A session whose first run made the knob refuse every value; return the folder."""
    (noted / "quick.py").write_text(QUICK.replace("mode = open", "open('stuck', 'w'); mode = open"))
    (noted / "set.py").write_text("import os, sys\nif os.path.exists('stuck'): sys.exit('stuck')\n" + SET)
    (noted / "note").write_text("medium")
    said = cadet("measure", "target.toml", "-n", "1", "--allow-system-writes")
    assert said.code == 5, said.err
    assert "NOT AS IT WAS FOUND" in said.err
    assert "was medium, the device reports slow" in said.err
    return noted


def test_what_could_not_be_put_back_stops_the_next_session_until_it_is(cadet: Cadet, stuck: Path) -> None:
    again = cadet("measure", "target.toml", "-n", "3", "--allow-system-writes")
    assert again.code == 5
    assert "`cadet restore` puts it back" in again.err
    (stuck / "stuck").unlink()
    restored = cadet("restore", "--format", "json")
    assert restored.code == 0, restored.err
    assert json.loads(restored.out)["differences"] == []
    assert (stuck / "note").read_text() == "medium"
    assert not (stuck / "state" / pages.NAME).exists()
    assert cadet("restore").out.startswith("Nothing to restore")


def test_the_answer_is_told_although_the_device_could_not_be_put_back(cadet: Cadet, noted: Path) -> None:
    (noted / "note").write_text("medium")
    (noted / "set.py").write_text("import sys\nif sys.argv[1] == 'medium': sys.exit('stuck')\n" + SET)
    said = cadet("debug", "target.toml", "--initial", "6", "--allow-system-writes", "--format", "json")
    assert said.code == 5, said.err
    assert json.loads(said.out)["verdict"] == "confirmed"
    assert "was medium, the device reports" in said.err


@pytest.mark.parametrize("format_", ["table", "json"])
def test_a_restore_that_fails_ends_with_5_and_keeps_the_journal(cadet: Cadet, stuck: Path, format_: str) -> None:
    said = cadet("restore", "--format", format_)
    assert said.code == 5
    assert "was medium, the device reports slow" in said.err
    assert (stuck / "state" / pages.NAME).exists()


def test_a_study_from_somebody_else_runs_nothing(cadet: Cadet, noted: Path) -> None:
    debugged(cadet)
    for name in ("set.py", "get.py", "quick.py"):
        (noted / name).write_text("open('called', 'w')\nraise SystemExit('called')")
    for command in (("diagnose",), ("learn",), ("report",), ("fix",), ("whatif", "--set", "mode=fast"),
                    ("diagnose", "--fault", "current")):  # fmt: skip
        cadet(command[0], "noted", *command[1:])
        assert not (noted / "called").exists(), command


@pytest.mark.parametrize("last", [KeyboardInterrupt, click.exceptions.Abort])
def test_an_impatient_ctrl_c_does_not_hide_that_the_device_differs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], last: type[BaseException]
) -> None:
    def interrupted(**_: object) -> None:
        try:
            raise DeviceNotRestored("THE DEVICE IS NOT AS IT WAS FOUND")
        finally:
            raise last

    monkeypatch.setattr(cli, "main", interrupted)
    monkeypatch.setattr("signal.signal", lambda *_: None)  # it would stay for the tests after this one
    with pytest.raises(SystemExit) as told:
        main([])
    assert told.value.code == 5
    assert "NOT AS IT WAS FOUND" in capsys.readouterr().err
