"""Runs of a target that lives on a board: made there, by the agent; told here."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from contextlib import ExitStack
from types import TracebackType
from typing import Any

from cadet.device.interruption import terminable, uninterrupted
from cadet.device.remote.connection import Connection
from cadet.device.remote.opening import take
from cadet.device.remote.wire import Message, knobs_of, restoration_of, run_of
from cadet.device.state.restore import not_restored
from cadet.device.target import Target
from cadet.errors import CadetError, DeviceNotRestored, Disconnected
from cadet.model.measurement import Purpose, Run
from cadet.model.option import NO_CONTEXT, Configuration, Level
from cadet.protocols import Knob

_log = logging.getLogger(__name__)


class RemoteRunner:
    """The runner of a target with `remote`; a context manager like `Runner`, and with the same arguments.

    When the connection ends in the middle, the agent restores; another connection looks whether it has.
    """

    def __init__(
        self,
        target: Target,
        *,
        setup_done: bool = False,
        seed: int = 0,
        earlier: Iterable[Run] = (),
        allow_system_writes: bool = False,
    ) -> None:
        assert target.remote is not None
        self._target, self._remote = target, target.remote
        worked = any(run.ok and run.purpose is not Purpose.IMPORTED for run in earlier)
        self._begin = {"setup_done": setup_done, "worked_before": worked, "allow_system_writes": allow_system_writes}
        self._stack = ExitStack()
        self._connection: Connection | None = None
        self._settings = 0

    def __enter__(self) -> RemoteRunner:
        """Connect, copy the target's files, and begin the session there; raises as `Runner` does, and Disconnected."""
        with ExitStack() as stack:
            stack.enter_context(terminable())
            self._connection = stack.enter_context(Connection(self._remote))
            stack.push(self._ended)
            self._settings = take(self._connection, self._target)
            self._ask("begin", **self._begin)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the session; raises DeviceNotRestored."""
        self._stack.__exit__(kind, error, trace)

    def run(
        self,
        configuration: Configuration,
        level: Level = NO_CONTEXT,
        purpose: Purpose = Purpose.DESIGN,
        slot: str = "",
        sequence: int = 0,
        *,
        at_once: bool = False,
    ) -> Run:
        """Make one repetition on the board; see `Runner.run`."""
        seen = self._ask("run", configuration=dict(configuration), level=dict(level), purpose=purpose.value,
                         at_once=at_once)  # fmt: skip
        seen["environment"]["reached_by"] = f"ssh {self._remote.ssh}"
        return run_of(seen, configuration, level, purpose, slot, sequence)

    def keep(self, configuration: Configuration, options: Collection[str]) -> tuple[Knob, ...]:
        """Leave the knobs of these options on the board as `configuration` says; return them."""
        return knobs_of(self._ask("keep", configuration=dict(configuration), options=sorted(options)))

    def _ask(self, what: str, **given: Any) -> Message:
        if self._connection is None:
            raise Disconnected(f"the connection to {self._remote.ssh} has ended")
        try:
            return self._connection.ask(what, **given)
        except Disconnected as lost:
            self._connection.close()
            self._connection = None
            with uninterrupted():
                told = self._looked_after(lost)
            raise Disconnected(f"{lost}; {told}. The same command continues") from None

    def _ended(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Have the agent put everything back, also in the middle of a run; raises DeviceNotRestored."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        with uninterrupted():
            try:
                connection.ask("stop")
            except Disconnected as lost:
                connection.close()
                _log.warning("%s; %s", lost, self._looked_after(lost))

    def _looked_after(self, lost: Disconnected) -> str:
        """Return how the board was left, after a look; raises DeviceNotRestored where that is bad or unknown."""
        if not self._settings:
            return "nothing was set on the board"
        _log.warning("%s; looking after the board, which may take a minute", lost)
        try:
            with Connection(self._remote) as again:
                found = restoration_of(again.ask("restore"))
        except DeviceNotRestored:
            raise
        except CadetError as error:
            raise DeviceNotRestored(f"{lost}, and whether the board is as it was found cannot be seen: {error}\n  "
                                    "a process there puts it back; `cadet restore TARGET` looks") from None  # fmt: skip
        if found.differences:
            raise DeviceNotRestored(f"{lost}.\n{not_restored(found.differences)}")
        return "the board is as it was found"
