"""The laboratory of a study: every question is answered from the store, or measured on the device and stored.

A resumed session asks the same questions again, because the engine is deterministic; what was measured before the
interruption is answered at once, so nothing is lost and nothing is measured twice.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from types import TracebackType

import numpy as np

from cadet.device.blocks import complete_blocks
from cadet.device.place import place_of
from cadet.device.target import Target
from cadet.model.diagnosis import Fix
from cadet.model.measurement import Measurement, Planned, Purpose, Run
from cadet.model.option import Configuration, Level
from cadet.model.space import Space
from cadet.protocols import Progress, Runs
from cadet.study.store import Store

_MANY = 6  # runs from which a count of their own is worth showing


class StudyLaboratory:
    """Measures the target of a study and keeps every run.

    levels: the context levels at which the fault is judged. session: names the question that is being answered; pairs
    belong to one session, so that another question gets fresh ones. allow_system_writes: whether knobs that others on
    the machine feel may be set. `measuring_s` adds up the time on the device,
    `remembered_s` that of runs which were answered from the store.
    """

    def __init__(
        self,
        target: Target,
        store: Store,
        *,
        levels: Sequence[Level] | None = None,
        seed: int = 1,
        session: str = "",
        progress: Progress | None = None,
        allow_system_writes: bool = False,
    ) -> None:
        self.space: Space = target.space
        self.levels: Sequence[Level] = tuple(levels) if levels is not None else target.space.levels()
        self.noiseless = target.noiseless
        self.measuring_s = self.remembered_s = 0.0
        self._target, self._store, self._seed, self._session = target, store, seed, session
        self._progress = progress
        self._allowed = allow_system_writes
        self._runner: Runs | None = None
        self._pairs: dict[str, int] = {}
        self._asked: dict[Configuration, int] = {}

    def __enter__(self) -> StudyLaboratory:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        if self._runner is not None:
            self._runner.__exit__(kind, error, trace)
            self._runner = None

    def runs(self) -> Sequence[Run]:
        """Return every run of the study, in time order."""
        return self._store.runs()

    def plan(self, configurations: Sequence[Configuration], purpose: Purpose) -> list[Planned]:
        """Write down what `measure` will run: every configuration at every level, in randomised complete blocks.

        A configuration that this laboratory was asked for before gets further repetitions.
        """
        repeats = 1 if self.noiseless else self._target.policy.repeats
        asked = {c: self._asked.get(c, 0) for c in configurations}
        rng = np.random.default_rng([self._seed, *_digest(*(f"{n}{c.key}" for c, n in asked.items()))])
        planned = [
            Planned(_name(s.configuration, s.level, asked[s.configuration] + s.block), s.configuration, s.level,
                    purpose, s.block)
            for s in complete_blocks(configurations, self.levels, repeats, rng)
        ]  # fmt: skip
        self._asked.update({c: n + repeats for c, n in asked.items()})
        known = {p.slot: p for p in self._store.planned()}
        planned = [known.get(p.slot, p) for p in planned]  # measured for another purpose before: it keeps that
        self._store.plan(planned)
        return planned

    def measure(self, configurations: Sequence[Configuration], purpose: Purpose) -> Sequence[Measurement]:
        """Measure each configuration at each level, repetitions in randomised complete blocks."""
        planned = self.plan(list(dict.fromkeys(configurations)), purpose)
        answers: dict[tuple[Configuration, Level], list[Run]] = {}
        for done, slot in enumerate(planned):
            self._tell(purpose, done, len(planned))
            answers.setdefault((slot.configuration, slot.level), []).append(self._answer(slot))
        self._tell(purpose, len(planned), len(planned))
        return [Measurement(c, tuple(sorted(answers[c, level], key=_when)), level)
                for c in configurations for level in self.levels]  # fmt: skip

    def pair(self, first: Configuration, second: Configuration, level: Level, purpose: Purpose) -> tuple[Run, Run]:
        """Run `first`, then at once `second`, freshly; a pair that was interrupted half-way is run again, whole."""
        key = f"{self._session}:{first.digest}:{second.digest}:{level.digest}"
        ordinal = self._pairs[key] = self._pairs.get(key, -1) + 1
        attempt = 0
        while True:
            names = [f"pair:{key}:{ordinal}:{attempt}:{place}" for place in (1, 2)]
            found = [self._store.run_of(name) for name in names]
            if found[0] is not None and found[1] is not None:
                return found[0], found[1]
            if found == [None, None]:
                break
            attempt += 1
        slots = [Planned(name, c, level, purpose) for name, c in zip(names, (first, second), strict=True)]
        # Not planned beforehand: of an interrupted pair nothing is left to do, it is run again whole.
        return self._answer(slots[0]), self._answer(slots[1], at_once=True)

    def keep(self, fix: Fix) -> str:
        """Leave what a confirmed fix sets on the device there, put everything else back; say what stays."""
        options = [change.option for change in fix.changes]
        runner = self._runner or self._open()
        kept = runner.keep(fix.configuration, options)
        if not kept:
            return f"nothing of the fix stays on the device: {', '.join(options)} is set anew for each run"
        return f"left on the device as the fix sets them: {', '.join(f'{knob.kind} {knob.address}' for knob in kept)}"

    def _answer(self, slot: Planned, *, at_once: bool = False) -> Run:
        known = self._store.run_of(slot.slot)
        if known is None:
            return self._perform(slot, at_once)
        self.remembered_s += known.seconds
        return known

    def _perform(self, slot: Planned, at_once: bool) -> Run:
        began = time.perf_counter()
        runner = self._runner or self._open()
        sequence = self._store.next_sequence()
        run = runner.run(slot.configuration, slot.level, slot.purpose, slot.slot, sequence, at_once=at_once)
        self._store.record(run)
        self.measuring_s += time.perf_counter() - began
        return run

    def _open(self) -> Runs:
        ready = self._store.setup_done
        place, earlier = place_of(self._target), self._store.runs()
        runner = place.runner(self._target, setup_done=ready, seed=self._seed, earlier=earlier,
                              allow_system_writes=self._allowed)  # fmt: skip
        runner.__enter__()
        self._runner = runner
        if not ready:
            self._store.note_setup_done()
        return runner

    def _tell(self, purpose: Purpose, done: int, total: int) -> None:
        if self._progress is not None and total > _MANY:
            self._progress(f"{purpose.value} runs", done, total, "")


def _name(configuration: Configuration, level: Level, repetition: int) -> str:
    return f"run:{configuration.digest}:{level.digest}:{repetition}"


def _when(run: Run) -> tuple[float, int]:
    return run.started_at, run.sequence


def _digest(*texts: str) -> list[int]:
    return list(hashlib.sha256("\n".join(texts).encode()).digest()[:8])
