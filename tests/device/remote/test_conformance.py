"""Sessions here and behind ssh keep the same promises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cadet.device.place import place_of
from cadet.device.target import Target, from_document
from cadet.device.target.target import Remote
from cadet.testing.runs import LAWS, Case
from tests.device.documents import document, python
from tests.device.remote.sshd import SshBoard

ANSWER = "import json, sys; print(json.dumps(dict(speed=1 / (3 - float(sys.argv[1])), hits=int(sys.argv[2]))))"
DESCRIBED = document(
    workload={"command": python(ANSWER, "{pace}", "{rows}"), "timeout_s": 20},
    context={"rows": {"values": [10, 20]}},
    constraints=[{"expr": "pace < 4", "reason": "too fast"}],
    options={"pace": {"values": [1, 2, 3, 4], "default": 1}},
)


@pytest.fixture(params=["here", "behind ssh"])
def begun(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Target]]:
    if request.param == "here":
        yield lambda: from_document(DESCRIBED, tmp_path)
        return
    board: SshBoard = request.getfixturevalue("reached")
    keys = {"ssh": f"{board.user}@127.0.0.1", "port": board.port, "identity": str(board.folder / "user_key")}
    device = {**keys, "python": python("")[0], "workdir": str(board.home / "target")}
    yield lambda: from_document({**DESCRIBED, "device": device}, tmp_path)


def test_a_session_keeps_its_promises(begun: Callable[[], Target]) -> None:
    """All laws in one: each begins sessions of its own, and a board is started once."""
    target = begun()
    assert isinstance(target.remote, Remote | None)
    chosen = {pace: target.space.configuration({"pace": pace}) for pace in (1, 3, 4)}
    case = Case(lambda: place_of(target).runner(target), *chosen.values(), target.space.levels()[0])
    for law in LAWS.values():
        law(case)
