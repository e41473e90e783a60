from __future__ import annotations

from collections.abc import Iterator

import pytest

from cadet.device.remote.ssh import CONFIG
from tests.device.remote.sshd import SshBoard, ssh_board


@pytest.fixture
def reached(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[SshBoard]:
    """A board behind ssh; the state of this side is kept apart from that of the board."""
    with ssh_board(tmp_path_factory.mktemp("board")) as board:
        monkeypatch.setenv(CONFIG, str(board.config))
        yield board
