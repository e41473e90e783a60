"""The same target here and over ssh: the same kind of answer, from the command line."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from cadet.device.actuators import actuator
from cadet.device.sensors.load import OTHER_CPU
from cadet.device.state import journal as pages
from cadet.device.state.journal import Entry, Journal
from cadet.device.target import load
from cadet.protocols import Knob
from cadet.study import Study
from tests.conftest import Cadet
from tests.device.remote.deployment import FILE, deployed
from tests.device.remote.sshd import SshBoard


def debugged(cadet: Cadet, path: Path, *arguments: str) -> dict[str, object]:
    ended = cadet("debug", path, "--allow-system-writes", "--format", "json", "--initial", "8", *arguments)
    assert ended.code == 0, ended.err
    answer: dict[str, object] = json.loads(ended.out)
    assert answer["verdict"] == "confirmed"
    return answer


def changes(answer: dict[str, object]) -> object:
    fixes = answer["fixes"]
    assert isinstance(fixes, list)
    return fixes[0]["changes"]


def told(study: Study) -> set[str]:
    """Return the columns of a study; how busy others are can be told only of runs that a busy machine made long."""
    return {name for run in study.runs for name in run.values} - {OTHER_CPU}


@pytest.fixture
def state_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CADET_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.mark.slow
def test_debug_finds_the_same_fix_and_leaves_the_board_as_it_was(
    cadet: Cadet, reached: SshBoard, tmp_path: Path, state_here: Path
) -> None:
    with deployed(tmp_path / "here", tmp_path / "here") as local:
        here = debugged(cadet, local.path)
    with deployed(tmp_path / "ours", reached.home / "target", reached.section()) as remote:
        there = debugged(cadet, remote.path)
        assert not remote.differences()
        assert (remote.there / "server.conf").read_text() == FILE
        with Study.open(tmp_path / "ours" / ".cadet" / "quick.db") as study:
            assert all(
                run.ok and run.environment["reached_by"] == f"ssh {reached.user}@127.0.0.1" for run in study.runs
            )
            columns = told(study)
    with Study.open(tmp_path / "here" / ".cadet" / "quick.db") as study:
        assert columns == told(study)
    assert changes(here) == changes(there)
    assert here.keys() == there.keys()
    assert not state_here.exists() or not (state_here / pages.NAME).exists()


@pytest.mark.slow
def test_a_fix_that_is_kept_stays_on_the_board_and_is_today(cadet: Cadet, reached: SshBoard, tmp_path: Path) -> None:
    with deployed(tmp_path / "ours", reached.home / "target", reached.section()) as remote:
        text = remote.path.read_text().replace('values["a"] * 1e-3', "0.004")
        remote.path.write_text(text)
        slow = (
            (remote.path.parent / "quick.py")
            .read_text()
            .replace('values["a"]', "(1 if values['note'] == 'fast' else 4)")
        )
        (remote.path.parent / "quick.py").write_text(slow)
        answer = debugged(cadet, remote.path, "--keep")
        assert list(changes(answer)) == ["note"]  # type: ignore[call-overload]
        assert (remote.there / "note").read_text() == "fast"
        assert (remote.there / "server.conf").read_text() == FILE
        today = cadet("debug", remote.path, "--allow-system-writes", "--fault", "current", "--format", "json")
        assert json.loads(today.out)["verdict"] == "no_fault", today.err
        assert json.loads(today.out)["fault"]["configuration"]["note"] == "fast"
        (remote.there / "note").write_text("as deployed")


@pytest.mark.slow
def test_a_study_is_continued_and_its_fix_applied(cadet: Cadet, reached: SshBoard, tmp_path: Path) -> None:
    with deployed(tmp_path / "ours", reached.home / "target", reached.section()) as remote:
        assert cadet("measure", remote.path, "-n", "4", "--allow-system-writes").code == 0
        ended = cadet(
            "fix", tmp_path / "ours" / ".cadet" / "quick.db", "--apply", "--allow-system-writes", "--format", "json"
        )
        assert ended.code == 0, ended.err
        assert json.loads(ended.out)["verdict"] == "confirmed"
        assert not remote.differences()


def test_what_is_measured_has_the_same_columns(
    cadet: Cadet, reached: SshBoard, tmp_path: Path, state_here: Path
) -> None:
    seen = []
    for folder, there, device in (
        ("here", tmp_path / "here", ""),
        ("ours", reached.home / "target", reached.section()),
    ):
        with deployed(tmp_path / folder, there, device, seconds=0.1) as deployment:
            ended = cadet("measure", deployment.path, "-n", "1", "--allow-system-writes")
            assert ended.code == 0, ended.err
            assert not deployment.differences()
        with Study.open(tmp_path / folder / ".cadet" / "quick.db") as study:
            seen.append({(run.status, run.slot, *run.values) for run in study.runs})
    assert seen[0] == seen[1]


def test_a_dry_run_and_the_doctor_look_at_the_board_and_change_nothing(
    cadet: Cadet, reached: SshBoard, tmp_path: Path, state_here: Path
) -> None:
    with deployed(tmp_path / "ours", reached.home / "target", reached.section()) as remote:
        planned = cadet("debug", remote.path, "--dry-run", "--format", "json")
        assert planned.code == 0, planned.err
        writes = {write["option"]: write for write in json.loads(planned.out)["writes"]}
        assert writes["note"]["now"] == "as deployed"
        assert writes["threads"]["address"] == f"{remote.there}//server.conf"
        looked = cadet("doctor", remote.path, "--format", "json")
        assert looked.code == 0, looked.err
        findings = {found["name"]: found for found in json.loads(looked.out)["findings"]}
        assert findings[f"ssh {reached.user}@127.0.0.1"]["state"] == "works"
        assert findings["workload.function: quick:run"]["detail"] == str(remote.there / "quick.py")
        (remote.path.parent / "quick.py").unlink()
        assert cadet("doctor", remote.path).code == 6
        assert not remote.differences()
        assert not state_here.exists()


def test_restore_puts_the_board_back(cadet: Cadet, reached: SshBoard, tmp_path: Path, state_here: Path) -> None:
    with deployed(tmp_path / "ours", reached.home / "target", reached.section()) as remote:
        nothing = cadet("restore", remote.path)
        assert nothing.code == 0, nothing.err
        assert "Nothing to restore" in nothing.out
        assert cadet("doctor", remote.path).code == 0
        knob = Knob("file", f"{remote.there}//server.conf")
        left = Journal((Entry(knob, actuator("file").read(knob.address)),), "another boot", 1, "quick", 0.0)
        reached.state.mkdir(mode=0o700, exist_ok=True)
        pages.write(reached.state / pages.NAME, left)
        (remote.there / "server.conf").write_text("threads = 4\n")
        refused = cadet("measure", remote.path, "--allow-system-writes")
        assert refused.code == 5
        assert "left this machine changed; `cadet restore TARGET`" in refused.err
        restored = cadet("restore", remote.path, "--format", "json")
        assert restored.code == 0, restored.err
        assert json.loads(restored.out)["knobs"][0]["address"] == knob.address
        assert (remote.there / "server.conf").read_text() == FILE
        assert not (reached.state / pages.NAME).exists()


def test_what_cannot_be_put_back_is_exit_five(cadet: Cadet, reached: SshBoard, tmp_path: Path) -> None:
    with deployed(tmp_path / "ours", reached.home / "target", reached.section()) as remote:
        broken = "import os, sys; os.path.exists('stuck') or open('note', 'w').write(sys.argv[1])"
        (remote.path.parent / "set.py").write_text(broken)
        (remote.path.parent / "quick.py").write_text(
            "import time\ndef run(values):\n    open('stuck', 'w')\n    return {'latency': 1.0}\n"
        )
        ended = cadet("measure", remote.path, "-n", "1", "--allow-system-writes")
        assert ended.code == 5, ended.err
        assert f"on {reached.user}@127.0.0.1: THE DEVICE IS NOT AS IT WAS FOUND" in ended.err
        assert "`cadet restore TARGET` tries again" in ended.err
        (remote.there / "stuck").unlink()
        assert cadet("restore", remote.path).code == 0
        assert not remote.differences()


def test_setup_runs_once_and_again_where_its_work_is_gone(cadet: Cadet, reached: SshBoard, tmp_path: Path) -> None:
    with deployed(tmp_path / "ours", reached.home / "target", reached.section()) as remote:
        folder = remote.path.parent
        hook = f'setup = [["{sys.executable}", "-I", "-S", "make.py"]]\n[run]'
        remote.path.write_text(remote.path.read_text().replace("[run]", hook))
        (folder / "make.py").write_text("open('input', 'a').write('x')")
        (folder / "quick.py").write_text("def run(values):\n    return {'latency': float(len(open('input').read()))}\n")
        for n in ("1", "2"):  # the second continues the study
            assert cadet("measure", remote.path, "-n", n, "--allow-system-writes").code == 0
            assert (remote.there / "input").read_text() == "x"
        shutil.rmtree(remote.there)
        ended = cadet("measure", remote.path, "-n", "4", "--allow-system-writes")
        assert ended.code == 0, ended.err
        assert (remote.there / "input").read_text() == "x"
        assert not (folder / "input").exists()


def test_domains_come_from_the_board(reached: SshBoard, tmp_path: Path) -> None:
    with deployed(tmp_path / "ours", reached.home / "target", reached.section()) as remote:
        text = remote.path.read_text()
        described = (
            '\n[options.pages]\nvalues_from = "device"\ndefault = "never"\nactuator = { hugepages = "defrag" }\n'
        )
        remote.path.write_text(text + described)
        assert "never" in load(remote.path).space.by_name["pages"].levels
