"""A board on the loopback interface: an sshd of our own with its own keys, a folder for its state, and this CADET."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

_PRIVILEGES = Path("/run/sshd")  # of root's sshd; made by the service, which need not run here
_START_S = 20.0


@dataclass(frozen=True)
class SshBoard:
    """A running sshd; `folder` holds its keys, `state` the journal of the board, `home` the copies of targets."""

    folder: Path
    port: int
    server: subprocess.Popen[bytes]

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def user(self) -> str:
        return getpass.getuser()

    @property
    def config(self) -> Path:
        return self.folder / "ssh_config"

    def section(self, **more: object) -> str:
        """Return the `[device]` section of a target that lives there."""
        keys = {
            "ssh": f"{self.user}@127.0.0.1",
            "port": self.port,
            "identity": str(self.folder / "user_key"),
            "python": sys.executable,
            "workdir": str(self.home / "target"),
            **more,
        }
        lines = (f"{key} = {value!r}" for key, value in keys.items() if value is not None)
        return "\n".join(("[device]", *lines, ""))

    def agents(self) -> list[int]:
        """Return the numbers of the agents that run there."""
        return [pid for pid in (int(path.name) for path in Path("/proc").glob("[0-9]*")) if self._is_ours(pid)]

    def _is_ours(self, pid: int) -> bool:
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            return False
        return b"cadet.device.remote.agent" in words and f"CADET_STATE_DIR={self.state}".encode() in environment


@contextmanager
def ssh_board(folder: Path) -> Iterator[SshBoard]:
    """Start an sshd on a free port of 127.0.0.1; skips with the reason where that cannot be. It ends with the block."""
    program = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    missing = [name for name in ("ssh", "ssh-keygen") if shutil.which(name) is None]
    if program is None or missing:
        pytest.skip(f"needs {', '.join(missing) or 'sshd'}: apt-get install openssh-server openssh-client")
    folder.chmod(0o700)
    for name in ("host_key", "user_key", "other_key"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True, capture_output=True
        )
    (folder / "authorized_keys").write_text((folder / "user_key.pub").read_text())
    (folder / "home").mkdir()
    with _privileges():
        server, port = _started(program, folder)
        try:
            _trust(folder, port)
            yield SshBoard(folder, port, server)
        finally:
            server.terminate()
            server.wait(20)


def _started(program: str, folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    for _ in range(5):  # another process may take the port between our look and the start
        port = _free_port()
        (folder / "sshd_config").write_text(_SERVER.format(folder=folder, port=port))
        log = (folder / "sshd.log").open("ab")
        with log:
            server = subprocess.Popen(
                [program, "-D", "-e", "-f", str(folder / "sshd_config")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        if _listens(server, port):
            return server, port
    pytest.skip(f"sshd does not start here: {(folder / 'sshd.log').read_text()[-500:]}")


def _listens(server: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and server.poll() is None:
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), 1)):
            return True
        time.sleep(0.02)
    if server.poll() is None:
        server.send_signal(signal.SIGKILL)
        server.wait(20)
    return False


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _trust(folder: Path, port: int) -> None:
    key = " ".join((folder / "host_key.pub").read_text().split()[:2])
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {key}\n")
    (folder / "ssh_config").write_text(
        f"Host *\n  UserKnownHostsFile {folder}/known_hosts\n  GlobalKnownHostsFile /dev/null\n  IdentityAgent none\n"
    )


@contextmanager
def _privileges() -> Iterator[None]:
    if os.geteuid() != 0 or _PRIVILEGES.exists():
        yield
        return
    _PRIVILEGES.mkdir(mode=0o755, exist_ok=True)  # stays: another test's sshd may have come to need it
    yield


_SERVER = """
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host_key
PidFile none
AuthorizedKeysFile {folder}/authorized_keys
PubkeyAuthentication yes
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
MaxStartups 100
SetEnv CADET_STATE_DIR={folder}/state CADET_LOCK_DIR={folder}/lock XDG_DATA_HOME={folder}/home
"""
