"""The agent, spoken to through pipes: whatever ends the connection ends the session, after restoring."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cadet.device.remote.copying import listed
from cadet.device.remote.wire import HELLO, PROTOCOL, heard, spelled
from cadet.device.state import journal as pages
from cadet.device.target import load
from tests.device.remote.deployment import Deployment, deployed
from tests.device.state.machine import await_that

SLEEPY = "import time\ndef run(values):\n    time.sleep(60 * (values['a'] < 4))\n    return {'latency': 1.0}\n"
SILENCE_S = 2.0
IMPATIENT = f"""
from cadet.device.remote import agent, listener
listener.Listener.__init__.__kwdefaults__["silence_s"] = {SILENCE_S}
agent.main()
"""


@dataclass
class Spoken:
    """An agent and what was said so far."""

    process: subprocess.Popen[bytes]
    number: int = 0
    turn: threading.Lock = field(default_factory=threading.Lock)

    def say(self, what: str, body: bytes = b"", **given: Any) -> int:
        assert self.process.stdin is not None
        with self.turn:
            self.number += 1
            self.process.stdin.write(spelled({"id": self.number, "ask": what, "bytes": len(body), **given}) + body)
            self.process.stdin.flush()
            return self.number

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Say that we are there for as long as the block takes."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(SILENCE_S / 10):
                self.say("beat")

        heart = threading.Thread(target=beat)
        heart.start()
        try:
            yield
        finally:
            over.set()
            heart.join()

    def hear(self, number: int | None = None) -> dict[str, Any]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            message = heard(line)
            if message is not None and (number is None or message.get("id") == number):
                return message
        raise EOFError("the agent has ended")

    def ask(self, what: str, body: bytes = b"", **given: Any) -> dict[str, Any]:
        return self.hear(self.say(what, body, **given))


@contextmanager
def agent(state: Path, *argv: str) -> Iterator[Spoken]:
    process = subprocess.Popen(
        [sys.executable, *(argv or ("-m", "cadet.device.remote.agent"))],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "CADET_STATE_DIR": str(state)},
    )  # fmt: skip
    spoken = Spoken(process)
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdout, suppress(BrokenPipeError), process.stdin:
        try:
            assert spoken.hear()[HELLO] == PROTOCOL
            yield spoken
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(60)


def begun(spoken: Spoken, deployment: Deployment) -> None:
    """Open the deployment on the agent's side and make it change the device."""
    target, folder = load(deployment.path), listed(deployment.path.parent)
    wanted = spoken.ask("open", holder="a test", folder=str(deployment.there), folders=folder.folders,
                        files=[asdict(file) for file in folder.files])["answer"]["wanted"]  # fmt: skip
    for pieces, body in folder.batches(wanted):
        spoken.ask("put", body, pieces=[asdict(piece) for piece in pieces])
    spoken.ask("target", document=target.document, trusted=True)
    answer = spoken.ask("begin", setup_done=False, worked_before=False, allow_system_writes=True)
    assert "answer" in answer, answer
    answer = run(spoken, deployment)
    assert answer["answer"]["status"] == "ok", answer
    assert deployment.differences()


def run(spoken: Spoken, deployment: Deployment) -> dict[str, Any]:
    return spoken.hear(start(spoken, deployment))


def start(spoken: Spoken, deployment: Deployment) -> int:
    space = load(deployment.path).space
    return spoken.say("run", configuration=dict(space.default), level={}, purpose="design", at_once=False)


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Deployment]:
    with deployed(tmp_path / "ours", tmp_path / "there", seconds=0.2) as found:
        yield found


def is_back(deployment: Deployment, state: Path) -> bool:
    return not deployment.differences() and not (state / pages.NAME).exists()


def test_the_end_of_its_input_ends_the_session(deployment: Deployment, tmp_path: Path) -> None:
    with agent(tmp_path / "state") as spoken:
        begun(spoken, deployment)
        assert spoken.process.stdin is not None
        spoken.process.stdin.close()
        assert spoken.process.wait(30) == 0
        assert is_back(deployment, tmp_path / "state")


def test_the_end_of_its_input_interrupts_a_run(deployment: Deployment, tmp_path: Path) -> None:
    (deployment.path.parent / "quick.py").write_text(SLEEPY)
    with agent(tmp_path / "state") as spoken:
        begun(spoken, deployment)
        space = load(deployment.path).space
        spoken.say("run", configuration=dict(space.configuration({"a": 1})), level={}, purpose="design", at_once=False)
        time.sleep(0.5)
        assert spoken.process.stdin is not None
        spoken.process.stdin.close()
        assert spoken.process.wait(30) == 0
        assert is_back(deployment, tmp_path / "state")


def test_a_host_that_falls_silent_is_gone(deployment: Deployment, tmp_path: Path) -> None:
    with agent(tmp_path / "state", "-c", IMPATIENT) as spoken:
        with spoken.beating():
            begun(spoken, deployment)
            time.sleep(2 * SILENCE_S)
            assert spoken.process.poll() is None
            assert deployment.differences()
        assert spoken.process.wait(30) == 0
        assert is_back(deployment, tmp_path / "state")


def test_asked_to_stop_in_the_middle_of_a_run_it_restores_and_says_so(deployment: Deployment, tmp_path: Path) -> None:
    with agent(tmp_path / "state") as spoken:
        begun(spoken, deployment)
        running = start(spoken, deployment)
        time.sleep(0.05)
        stopped = spoken.say("stop")
        interrupted = spoken.hear(running)
        assert interrupted["error"]["kind"] == "Interrupted"
        assert "answer" in spoken.hear(stopped)
        assert is_back(deployment, tmp_path / "state")
        assert spoken.process.wait(30) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_killed_itself_the_device_comes_back(deployment: Deployment, tmp_path: Path, number: signal.Signals) -> None:
    with agent(tmp_path / "state") as spoken:
        begun(spoken, deployment)
        spoken.process.send_signal(number)
        assert spoken.process.wait(30) == (0 if number is signal.SIGTERM else -number)
        assert await_that(lambda: is_back(deployment, tmp_path / "state"))


def test_signals_of_a_terminal_mean_nothing(deployment: Deployment, tmp_path: Path) -> None:
    with agent(tmp_path / "state") as spoken:
        begun(spoken, deployment)
        for number in (signal.SIGHUP, signal.SIGINT):
            spoken.process.send_signal(number)
        assert run(spoken, deployment)["answer"]["status"] == "ok"


def test_a_question_that_nobody_understands_is_an_error_and_no_end(tmp_path: Path) -> None:
    with agent(tmp_path / "state") as spoken:
        assert "not asked 'reboot'" in spoken.ask("reboot")["error"]["message"]
        assert "no target is open" in spoken.ask("put", b"x", pieces=[])["error"]["message"]
        assert "no session has begun" in spoken.ask("keep", configuration={}, options=[])["error"]["message"]
        assert "KeyError" in spoken.ask("open")["error"]["message"]
        assert spoken.ask("restore")["answer"]["target"] is None


def test_what_prints_does_not_spoil_the_answers(tmp_path: Path) -> None:
    """A library that prints when it is imported is heard on the other stream."""
    noisy = "import os; from cadet.device.remote import agent; print('before', flush=True); agent.main()"
    with agent(tmp_path / "state", "-c", noisy) as spoken:
        assert "answer" in spoken.ask("restore")


def test_the_agent_is_light(tmp_path: Path) -> None:
    """A board needs neither the store nor what learning and reporting need."""
    program = "import json, sys\nimport cadet.device.remote.desk\nprint(json.dumps(sorted(sys.modules)))"
    loaded = set(json.loads(subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout))
    heavy = {"pandas", "sklearn", "sqlalchemy", "pyarrow", "numba", "networkx", "scipy", "rich", "jinja2"}
    assert not loaded & heavy
