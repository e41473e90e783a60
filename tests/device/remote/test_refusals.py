"""Why a board cannot be used: one message each, with the way out and the exit code that it earns."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from tests.conftest import Cadet, Ended
from tests.device.remote.deployment import deployed
from tests.device.remote.sshd import SshBoard


def measured(cadet: Cadet, board: SshBoard, tmp_path: Path, **changed: object) -> Ended:
    """Try to measure on the board with these keys changed."""
    with deployed(tmp_path / "ours", board.home / "target", board.section(**changed)) as deployment:
        return cadet("measure", deployment.path, "-n", "1", "--allow-system-writes")


def one_message(ended: Ended) -> str:
    assert ended.err.startswith("cadet: ")
    assert "Traceback" not in ended.err
    assert not ended.out
    return ended.err


def program(folder: Path, text: str) -> str:
    path = folder / "interpreter"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_a_board_that_nobody_knows(cadet: Cadet, reached: SshBoard, tmp_path: Path) -> None:
    ended = measured(cadet, reached, tmp_path, ssh="nobody@no-such-board.invalid")
    assert ended.code == 3
    said = one_message(ended)
    assert "cannot reach nobody@no-such-board.invalid" in said
    assert f"try: ssh -p {reached.port} nobody@no-such-board.invalid" in said


def test_a_board_that_is_off(cadet: Cadet, reached: SshBoard, tmp_path: Path) -> None:
    reached.server.terminate()
    reached.server.wait(20)
    ended = measured(cadet, reached, tmp_path)
    assert ended.code == 3
    assert "Connection refused" in one_message(ended)


def test_a_key_that_it_does_not_take(cadet: Cadet, reached: SshBoard, tmp_path: Path) -> None:
    ended = measured(cadet, reached, tmp_path, identity=str(reached.folder / "other_key"))
    assert ended.code == 6
    said = one_message(ended)
    assert "does not let us in" in said
    assert "ssh-copy-id" in said


def test_a_board_that_is_met_for_the_first_time(cadet: Cadet, reached: SshBoard, tmp_path: Path) -> None:
    (reached.folder / "known_hosts").write_text("")
    ended = measured(cadet, reached, tmp_path)
    assert ended.code == 6
    said = one_message(ended)
    assert "host key" in said
    assert "connect once by hand" in said


def test_another_machine_under_the_same_name(cadet: Cadet, reached: SshBoard, tmp_path: Path) -> None:
    known = (reached.folder / "known_hosts").read_text().split()
    other = (reached.folder / "other_key.pub").read_text().split()
    (reached.folder / "known_hosts").write_text(" ".join((known[0], *other[:2])) + "\n")
    ended = measured(cadet, reached, tmp_path)
    assert ended.code == 6
    said = one_message(ended)
    assert "another host key than before" in said
    assert "ssh-keygen -R" in said


def test_no_interpreter_there(cadet: Cadet, reached: SshBoard, tmp_path: Path) -> None:
    ended = measured(cadet, reached, tmp_path, python="/no/such/python3")
    assert ended.code == 6
    said = one_message(ended)
    assert "has no /no/such/python3" in said
    assert "[device] python" in said


def test_an_interpreter_without_cadet(cadet: Cadet, reached: SshBoard, tmp_path: Path) -> None:
    bare = program(reached.folder, f'exec {sys.executable} -I -S "$@"')
    ended = measured(cadet, reached, tmp_path, python=bare)
    assert ended.code == 6
    said = one_message(ended)
    assert "has no CADET" in said
    assert f"{bare} -m pip install" in said


def test_another_version_of_cadet(cadet: Cadet, reached: SshBoard, tmp_path: Path) -> None:
    old = program(reached.folder, """echo '{"cadet-agent": 1, "version": "0.0.1"}'; cat > /dev/null""")
    ended = measured(cadet, reached, tmp_path, python=old)
    assert ended.code == 6
    said = one_message(ended)
    assert "has CADET 0.0.1" in said
    assert "both must be the same" in said
    assert "pip install" in said


def test_what_a_login_shell_prints_is_passed_over(cadet: Cadet, reached: SshBoard, tmp_path: Path) -> None:
    chatty = program(reached.folder, f'echo "Welcome {{}} to []"; echo 1; exec {sys.executable} "$@"')
    ended = measured(cadet, reached, tmp_path, python=chatty)
    assert ended.code == 0, ended.err


def test_without_ssh_here(cadet: Cadet, reached: SshBoard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    ended = measured(cadet, reached, tmp_path)
    assert ended.code == 6
    assert "openssh-client" in one_message(ended)


def test_permission_is_asked_for_by_the_board(cadet: Cadet, reached: SshBoard, tmp_path: Path) -> None:
    with deployed(tmp_path / "ours", reached.home / "target", reached.section()) as deployment:
        ended = cadet("measure", deployment.path)
    assert ended.code == 6
    said = one_message(ended)
    assert f"on {reached.user}@127.0.0.1: this target sets what others on this machine feel" in said
    assert "--allow-system-writes" in said


def test_what_does_not_fit_the_board_is_told_by_its_place(cadet: Cadet, reached: SshBoard, tmp_path: Path) -> None:
    with deployed(tmp_path / "ours", reached.home / "target", reached.section()) as deployment:
        text = deployment.path.read_text()
        deployment.path.write_text(text + '[options.x]\nvalues = [1, 2]\ndefault = 1\nactuator = { block = "sdz/x" }\n')
        ended = cadet("measure", deployment.path, "--allow-system-writes")
    assert ended.code == 2
    assert f"on {reached.user}@127.0.0.1: options.x.actuator.block" in one_message(ended)
