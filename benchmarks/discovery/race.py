"""Engines one after the other on one table, again and again: what disturbs the machine disturbs all of them."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from benchmarks.discovery.engines import Answer, Engine
from benchmarks.discovery.log import Log, Timing
from benchmarks.discovery.tables import Table

OURS_PER_PEER = 5  # our runs before each peer and after the last: they are short, so one alone says little
WARM_UP = 3  # untimed runs of each engine but the slowest; a JVM needs them

Ask = Callable[[Engine, Table], Answer]


class Late(Exception):
    """The time limit came before the answer."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise Late in the body after so many seconds. Compiled code is interrupted when it returns."""

    def late(number: int, frame: FrameType | None) -> None:
        raise Late

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class Race:
    """Ours against the peers in one part of the benchmark; an engine that was too late once is not asked again."""

    def __init__(self, log: Log, part: str, ask: Ask, ours: Engine, peers: Sequence[Engine], limit: float):
        """`limit` in seconds for each run."""
        self._log, self._part, self._ask, self._ours, self._peers = log, part, ask, ours, peers
        self._limit = limit

    def run(self, table: Table, repetitions: int) -> None:
        """Make the repetitions that are not in the log; the order of the peers turns with each."""
        missing = [r for r in range(repetitions) if not self._log.has(self._part, table.name, r)]
        if missing:
            self._log.add(self._warm_up(table))
        for repetition in missing:
            turn = repetition % max(len(self._peers), 1)
            peers = [p for p in (*self._peers[turn:], *self._peers[:turn]) if not self._too_late(p, table)]
            entrants = [*(e for peer in peers for e in (*self._often(), peer)), *self._often()]
            self._log.add([self._time(self._part, e, table, repetition, run) for run, e in enumerate(entrants)])

    def _warm_up(self, table: Table) -> list[Timing]:
        """Run what compiles itself; kept in the log, as a part of its own."""
        compiled = [e for e in (self._ours, *self._peers) if e.name != "causal-learn" and not self._too_late(e, table)]
        return [self._time(self._warming, e, table, 0, run) for e in compiled for run in range(WARM_UP)]

    @property
    def _warming(self) -> str:
        return f"warm-up of {self._part}"

    def _often(self) -> list[Engine]:
        return [self._ours] * OURS_PER_PEER

    def _too_late(self, engine: Engine, table: Table) -> bool:
        seen = [t for part in (self._part, self._warming) for t in self._log.of(part, table.name, engine.name)]
        return any(t.seconds is None for t in seen)

    def _time(self, part: str, engine: Engine, table: Table, repetition: int, run: int) -> Timing:
        key = (part, table.name, engine.name, repetition, run)
        begin = time.process_time()
        try:
            with limited(self._limit):
                answer = self._ask(engine, table)
        except Late:
            spent = {"cpu spent": time.process_time() - begin}
            return Timing(*key, None, None, note=f"over {self._limit:g} s", details=spent)
        return Timing(*key, answer.seconds, answer.cpu, len(answer.pairs), answer.capped, answer.digest)
