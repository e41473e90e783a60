"""The desk of the agent: each question of the host is answered by the code that answers it on any machine."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from cadet.device.doctor import examine
from cadet.device.needs import needs
from cadet.device.remote.copying import Listed, Piece
from cadet.device.remote.folder import BoardFolder
from cadet.device.remote.listener import Asked
from cadet.device.remote.presence import Presence
from cadet.device.remote.wire import Message, restoration_message, run_message
from cadet.device.restoration import restoration
from cadet.device.runner import Runner
from cadet.device.state.current import current
from cadet.device.state.plan import plan
from cadet.device.state.transaction import await_restored
from cadet.device.target import Target, from_document
from cadet.device.target.offers import offers
from cadet.errors import MeasurementError
from cadet.model.measurement import Purpose, Run, Status
from cadet.model.option import Configuration

T = TypeVar("T")
_FILE = "target.toml"  # what stands for the file here; its folder is what counts


class Desk:
    """One session of a host: a folder with its files, a target, and the runner while there is one."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._folder: BoardFolder | None = None
        self._target: Target | None = None
        self._runner: Runner | None = None
        self._answers = {
            name.removeprefix("answer_"): getattr(self, name) for name in dir(self) if name.startswith("answer_")
        }

    def answer(self, asked: Asked) -> Message:
        """Return the answer; raises CadetError."""
        if asked.what not in self._answers:
            raise MeasurementError(f"the agent is not asked {asked.what!r}")
        found: Message = self._answers[asked.what](asked)
        return found

    def close(self) -> None:
        """End the session: the device is as it was found when this returns; raises DeviceNotRestored."""
        runner, self._runner = self._runner, None
        with self._stack:
            if runner is not None:
                runner.__exit__(None, None, None)

    # ── before a session ────────────────────────────────────────────────────────────────────────────────────────────

    def answer_examine(self, asked: Asked) -> Message:
        """What can be measured and set here."""
        return {"findings": [found.to_dict() for found in examine()]}

    def answer_offers(self, asked: Asked) -> Message:
        """The options with the values that this device offers."""
        return {"options": offers(asked.message["options"])}

    def answer_restore(self, asked: Asked) -> Message:
        """What became of a device that a session left changed."""
        return restoration_message(restoration())

    # ── a target ────────────────────────────────────────────────────────────────────────────────────────────────────

    def answer_open(self, asked: Asked) -> Message:
        """The files that are to be sent; from now on the board is this host's."""
        self._stack.enter_context(Presence(asked.message["holder"]))
        await_restored()
        self._folder = BoardFolder(Path(asked.message["folder"]).expanduser().absolute())
        files = [Listed(**file) for file in asked.message["files"]]
        return {"wanted": self._folder.expect(asked.message["folders"], files), "folder": str(self._folder.root)}

    def answer_put(self, asked: Asked) -> Message:
        """Nothing: the files are there."""
        self._opened().take([Piece(**piece) for piece in asked.message["pieces"]], asked.body)
        return {}

    def answer_target(self, asked: Asked) -> Message:
        """How many settings the target has here. trusted: it is a file of the user's, not a study that was sent."""
        folder = self._opened().root
        path = folder / _FILE if asked.message["trusted"] else None
        self._target = from_document(asked.message["document"], folder, path)
        return {"settings": len(self._target.settings)}

    def answer_needs(self, asked: Asked) -> Message:
        """Whether what the target needs is here."""
        return {"findings": [found.to_dict() for found in needs(self._described())]}

    def answer_plan(self, asked: Asked) -> Message:
        """Every write that a session may make."""
        return {"writes": [write.to_dict() for write in plan(self._described())]}

    def answer_current(self, asked: Asked) -> Message:
        """The configuration of the device as it is today."""
        return asdict(current(self._described()))

    # ── its runs ────────────────────────────────────────────────────────────────────────────────────────────────────

    def answer_begin(self, asked: Asked) -> Message:
        """Nothing: the transaction is open, the workload stands."""
        folder, message = self._opened(), asked.message
        earlier = (
            [Run(Configuration({}), Status.OK)] if message["worked_before"] else []
        )  # all a live target asks of it
        runner = Runner(self._described(), setup_done=message["setup_done"] and folder.set_up, earlier=earlier,
                        allow_system_writes=message["allow_system_writes"])  # fmt: skip
        runner.__enter__()
        self._runner = runner
        folder.note_set_up()
        return {}

    def answer_run(self, asked: Asked) -> Message:
        """What was seen of one repetition."""
        given = asked.message
        runner = self._running()
        return run_message(runner.run(Configuration(given["configuration"]), Configuration(given["level"]),
                                      Purpose(given["purpose"]), at_once=given["at_once"]))  # fmt: skip

    def answer_keep(self, asked: Asked) -> Message:
        """The knobs that stay as the configuration says."""
        kept = self._running().keep(Configuration(asked.message["configuration"]), asked.message["options"])
        return {"knobs": [asdict(knob) for knob in kept]}

    def answer_stop(self, asked: Asked) -> Message:
        """Nothing: the device is as it was found."""
        self.close()
        return {}

    def _opened(self) -> BoardFolder:
        return _there(self._folder, "no target is open")

    def _described(self) -> Target:
        return _there(self._target, "no target is described")

    def _running(self) -> Runner:
        return _there(self._runner, "no session has begun")


def _there(thing: T | None, otherwise: str) -> T:
    if thing is None:
        raise MeasurementError(otherwise)
    return thing
