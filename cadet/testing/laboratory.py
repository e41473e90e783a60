"""Laboratories in memory: a recorded table, or a function with noise. For tests and benchmarks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from cadet.model.domain import Value
from cadet.model.measurement import Measurement, Purpose, Run, Status
from cadet.model.option import Configuration, Level
from cadet.model.space import Space

Respond = Callable[[Mapping[str, Value], np.random.Generator], Mapping[str, float]]
"""From options and context to events and objectives; raises TimeoutError or RuntimeError for runs that end so."""


class _Bench(ABC):
    """What both laboratories share: the notebook, and blocks and pairs made of single runs."""

    def __init__(self, space: Space, levels: Sequence[Level] | None, repeats: int, noiseless: bool) -> None:
        self.space = space
        self.levels: Sequence[Level] = tuple(levels) if levels is not None else space.levels()
        self.noiseless = noiseless
        self.repeats = repeats
        self._runs: list[Run] = []

    @abstractmethod
    def run(self, configuration: Configuration, level: Level, purpose: Purpose) -> Run:
        """Run once; what differs between laboratories."""

    def measure(self, configurations: Sequence[Configuration], purpose: Purpose) -> Sequence[Measurement]:
        """Measure each configuration at each level, in complete blocks."""
        wanted = [(c, level) for c in configurations for level in self.levels]
        answers: dict[tuple[Configuration, Level], list[Run]] = {cell: [] for cell in wanted}
        for _ in range(self.repeats):
            for cell in wanted:
                answers[cell].append(self._once(*cell, purpose))
        return [Measurement(c, tuple(runs), level) for (c, level), runs in answers.items()]

    def pair(self, first: Configuration, second: Configuration, level: Level, purpose: Purpose) -> tuple[Run, Run]:
        """Run `first`, then `second`."""
        return self._once(first, level, purpose), self._once(second, level, purpose)

    def runs(self) -> Sequence[Run]:
        """Return every run so far, in time order."""
        return tuple(self._runs)

    def _once(self, configuration: Configuration, level: Level, purpose: Purpose) -> Run:
        if self.space.feasible(configuration):
            run = self.run(configuration, level, purpose)
        else:
            run = Run(configuration, Status.INFEASIBLE, level=level, purpose=purpose)
        self._runs.append(run)
        return run


class TableLaboratory(_Bench):
    """A recorded device with one row per configuration: it answers from the table, and knows no noise."""

    def __init__(self, space: Space, rows: Mapping[Configuration, Mapping[str, float]]) -> None:
        super().__init__(space, None, repeats=1, noiseless=True)
        self.rows = rows

    def run(self, configuration: Configuration, level: Level, purpose: Purpose) -> Run:
        """Look the configuration up."""
        return Run(configuration, Status.OK, dict(self.rows[configuration]), level, purpose,
                   sequence=len(self._runs), seconds=0.0)  # fmt: skip


class FunctionLaboratory(_Bench):
    """A device that is a function of its options, its context and chance.

    A function that raises TimeoutError gives a timed-out run of `timeout_s`; RuntimeError gives a failed one.
    """

    def __init__(
        self,
        space: Space,
        respond: Respond,
        rng: np.random.Generator,
        *,
        repeats: int = 3,
        timeout_s: float | None = None,
        noiseless: bool = False,
    ) -> None:
        super().__init__(space, None, repeats, noiseless)
        self.respond, self.rng, self.timeout_s = respond, rng, timeout_s

    def run(self, configuration: Configuration, level: Level, purpose: Purpose) -> Run:
        """Call the function."""
        status, values, message = Status.OK, {}, ""
        try:
            values = dict(self.respond({**configuration, **level}, self.rng))
        except TimeoutError as error:
            status, message = Status.TIMED_OUT, str(error)
        except RuntimeError as error:
            status, message = Status.FAILED, str(error)
        return Run(configuration, status, values, level, purpose, sequence=len(self._runs),
                   timeout_s=self.timeout_s, message=message)  # fmt: skip
