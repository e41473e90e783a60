"""Guards: conditions that stop a run at once and end the session, to keep the device from harm."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from cadet.errors import GuardTripped
from cadet.model.expression import Expression

LOOK_S = 0.1


@dataclass(frozen=True)
class _Alarm:
    condition: str
    seen: str
    after_s: float

    def error(self) -> GuardTripped:
        when = f"{self.after_s:.1f} s into a run, which was stopped" if self.after_s else "before a run"
        return GuardTripped(f"guards.abort_if: {self.condition!r} {self.seen}, {when}; the session ends here, and what "
                            "was set on the device is put back")  # fmt: skip


class Guards:
    """Watches conditions on the present values that `read` returns."""

    def __init__(
        self,
        conditions: Sequence[Expression],
        read: Callable[[], Mapping[str, float]],
        *,
        look_s: float = LOOK_S,
    ) -> None:
        self._conditions = tuple(conditions)
        self._read = read
        self._look_s = look_s

    @contextmanager
    def watching(self, stop: Callable[[], None]) -> Iterator[None]:
        """Look all along; when a condition holds call `stop` from another thread, and raise GuardTripped at the end."""
        if not self._conditions:
            yield
            return
        alarm = self._alarm(0.0)
        if alarm is not None:
            raise alarm.error()
        over, alarms = threading.Event(), list[_Alarm]()
        watch = threading.Thread(target=self._watch, args=(over, alarms, stop), name="cadet-guards", daemon=True)
        watch.start()
        try:
            yield
        finally:
            over.set()
            watch.join()
        if alarms:
            raise alarms[0].error()

    def _watch(self, over: threading.Event, alarms: list[_Alarm], stop: Callable[[], None]) -> None:
        start = time.monotonic()
        while not over.wait(self._look_s):
            alarm = self._alarm(time.monotonic() - start)
            if alarm is not None:
                alarms.append(alarm)
                stop()
                return

    def _alarm(self, after_s: float) -> _Alarm | None:
        """Return the first condition that holds; one that cannot be watched is as good as one that holds."""
        condition = self._conditions[0]
        try:
            values = self._read()
            for condition in self._conditions:
                if condition.holds(values):
                    seen = ", ".join(f"{name} = {values[name]:g}" for name in sorted(condition.names))
                    return _Alarm(condition.text, f"holds: {seen}", after_s)
        except Exception as error:  # noqa: BLE001  (of whatever kind: else the thread ends and nobody watches)
            return _Alarm(condition.text, f"cannot be watched: {error}", after_s)
        return None
