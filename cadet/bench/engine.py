"""The debugging engine as a strategy of the benchmark."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from cadet.bench.strategy import Claim
from cadet.debugging.question import Question, Session
from cadet.debugging.session import debug
from cadet.model.diagnosis import Verdict
from cadet.model.measurement import Measurement, Purpose, Run
from cadet.model.option import Configuration, Level
from cadet.protocols import Laboratory


def engine(laboratory: Laboratory, question: Question, rng: np.random.Generator) -> Claim:
    """Debug with `cadet.debugging`, from its own initial design of the same size."""
    timed = Timed(laboratory)
    session = debug(timed, question, rng)
    return claim(session, timed.seconds)


def claim(session: Session, seconds: Sequence[float]) -> Claim:
    """Return what a session claims: its first fix where it is confirmed, and what was promised of those measured."""
    confirmed = session.verdict is Verdict.CONFIRMED
    fix = session.fixes[0].configuration if confirmed else None
    return Claim(fix, confirmed, promises=session.promises, seconds=tuple(seconds))


class Timed:
    """A laboratory that notes how long whoever asks it has thought between two answers, in CPU seconds."""

    def __init__(self, inner: Laboratory) -> None:
        self.space, self.levels, self.noiseless = inner.space, inner.levels, inner.noiseless
        self.inner = inner
        self.seconds: list[float] = []
        self._since = time.process_time()

    def measure(self, configurations: Sequence[Configuration], purpose: Purpose) -> Sequence[Measurement]:
        """Measure; the time since the last answer was spent thinking."""
        self._thought()
        answers = self.inner.measure(configurations, purpose)
        self._since = time.process_time()
        return answers

    def pair(self, first: Configuration, second: Configuration, level: Level, purpose: Purpose) -> tuple[Run, Run]:
        """Run a pair; the time since the last answer was spent thinking."""
        self._thought()
        runs = self.inner.pair(first, second, level, purpose)
        self._since = time.process_time()
        return runs

    def runs(self) -> Sequence[Run]:
        """Return every run so far."""
        return self.inner.runs()

    def _thought(self) -> None:
        self.seconds.append(time.process_time() - self._since)
