"""A board behind ssh: answers what any machine answers, each time through a connection of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from cadet.device.doctor.finding import Finding
from cadet.device.remote.connection import Connection
from cadet.device.remote.opening import take
from cadet.device.remote.runner import RemoteRunner
from cadet.device.remote.wire import current_of, findings_of, plan_of, restoration_of
from cadet.device.restoration import Restoration
from cadet.device.state.current import Current
from cadet.device.state.plan import PlannedWrite
from cadet.device.target.target import Remote, Target
from cadet.errors import UsageError
from cadet.model.measurement import Run


class Board:
    """The machine that a target file names in `[device]`; see `cadet.device.place.Place`."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def examine(self) -> list[Finding]:
        """Look at every sensor and knob of the board."""
        with Connection(self._remote) as connection:
            seen = connection.hello
            reached = Finding("system", f"ssh {self._remote.ssh}", "works", f"{seen['host']}: CADET {seen['version']}, "
                              f"Python {seen['python']}")  # fmt: skip
            return [reached, *findings_of(connection.ask("examine"))]

    def needs(self, target: Target) -> list[Finding]:
        """Look whether what the target needs is on the board; nothing of it is run."""
        with self._taken(target) as connection:
            return findings_of(connection.ask("needs"))

    def plan(self, target: Target) -> list[PlannedWrite]:
        """Return every write that a session of this target may make."""
        with self._taken(target) as connection:
            return plan_of(connection.ask("plan"))

    def current(self, target: Target) -> Current:
        """Return the configuration of the board as it is today.

        Raises UsageError for a target out of a study, which somebody else may have sent: asking would send the files
        around it to a machine of their choice.
        """
        if target.path is None:
            raise UsageError(f"--fault current: the study names {self._remote.ssh}, but connects to nobody; give "
                             "the target file (cadet debug TARGET), or the fault as JSON")  # fmt: skip
        with self._taken(target) as connection:
            return current_of(connection.ask("current"))

    def offers(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options of a target file with the values that the board offers."""
        with Connection(self._remote) as connection:
            found: dict[str, Any] = connection.ask("offers", options=options)["options"]
            return found

    def runner(
        self,
        target: Target,
        *,
        setup_done: bool = False,
        seed: int = 0,
        earlier: Iterable[Run] = (),
        allow_system_writes: bool = False,
    ) -> RemoteRunner:
        """Return what runs the target there."""
        return RemoteRunner(target, setup_done=setup_done, seed=seed, earlier=earlier,
                            allow_system_writes=allow_system_writes)  # fmt: skip

    def restore(self) -> Restoration:
        """Put the board back as a session found it that could not do so itself."""
        with Connection(self._remote) as connection:
            return restoration_of(connection.ask("restore"))

    @contextmanager
    def _taken(self, target: Target) -> Iterator[Connection]:
        with Connection(self._remote) as connection:
            take(connection, target)
            yield connection
