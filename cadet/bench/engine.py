"""The debugging engine as a strategy of the benchmark."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cadet.bench.strategy import Claim, Stated, initial_sample
from cadet.causal.dataset import build
from cadet.causal.discovery import learn
from cadet.debugging.design import Design
from cadet.debugging.earlier import Earlier
from cadet.debugging.explain import explain
from cadet.debugging.question import Question, Session
from cadet.debugging.session import debug
from cadet.model.diagnosis import Estimates, Verdict
from cadet.model.measurement import Measurement, Purpose, Run
from cadet.model.option import Configuration, Level
from cadet.protocols import Laboratory


def engine(laboratory: Laboratory, question: Question, rng: np.random.Generator) -> Claim:
    """Debug with `cadet.debugging`, from its own initial design of the same size."""
    timed = Timed(laboratory)
    return claim(debug(timed, question, rng), timed)


def warm(laboratory: Laboratory, question: Question, rng: np.random.Generator) -> Claim:
    """Debug as `engine`, begun from the runs of a related system where there are some."""
    timed = Timed(laboratory)
    known = tuple(getattr(laboratory, "earlier", ()))
    return claim(debug(timed, question, rng, earlier=Earlier(elsewhere=known, source="a related system")), timed)


def from_shared_sample(laboratory: Laboratory, question: Question, rng: np.random.Generator) -> Claim:
    """Debug from the random sample that the baselines start from: what the engine's own design is worth."""
    timed = Timed(laboratory)
    shared = Design(initial_sample(question, laboratory.space, rng), ())
    return claim(debug(timed, question, rng, design=shared), timed)


def explained(laboratory: Laboratory, question: Question, rng: np.random.Generator) -> Claim:
    """Debug, then learn the causal graph and rank the paths, as `cadet debug` does."""
    timed = Timed(laboratory)
    session = debug(timed, question, rng)
    dataset = build(laboratory.runs(), laboratory.space, question.objectives)
    diagnosis = explain(session, dataset, learn(dataset, rng), rng)
    of_causes = tuple(path for cause in diagnosis.root_causes for path in cause.paths)
    paths = of_causes or tuple(path.nodes for path in diagnosis.paths)
    return replace(claim(session, timed), paths=paths)


def claim(session: Session, timed: Timed) -> Claim:
    """Return the first fix of a session, claimed where it is confirmed; what it promised, and how it measured.

    Where it could not be confirmed it is what the answer lists first, and says so; no effect or no fault has no fix.
    """
    confirmed = session.verdict is Verdict.CONFIRMED
    silent = session.verdict in (Verdict.NO_EFFECT, Verdict.NO_FAULT) or not session.fixes
    tried = [f for f in session.fixes if f.verdict is not None]
    return Claim(
        None if silent else session.fixes[0].configuration,
        confirmed,
        promises=session.promises,
        predicted=tuple(s for f in tried for s in _stated(f.configuration, f.predicted)),
        measured=tuple(s for f in tried for s in _stated(f.configuration, f.measured)),
        seconds=tuple(timed.seconds),
    )


def _stated(configuration: Configuration, estimates: Estimates) -> list[Stated]:
    """Return the intervals that both ends are known of."""
    return [Stated(configuration, label, e.low, e.high) for label, e in estimates.items()
            if e.low is not None and e.high is not None]  # fmt: skip


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
