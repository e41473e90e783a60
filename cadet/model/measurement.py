"""What was seen: single runs, and the measurement of one configuration with every repetition kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
import numpy.typing as npt

from cadet.model.option import NO_CONTEXT, Configuration, Level


class Status(str, Enum):
    """How a run ended."""

    OK = "ok"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    INFEASIBLE = "infeasible"
    APPLY_FAILED = "apply_failed"


class Tag(str, Enum):
    """A circumstance of a run that a reader must know; never a reason to drop it."""

    CONTENDED = "contended"
    THROTTLED = "throttled"
    RECYCLED = "recycled"


class Purpose(str, Enum):
    """Why a run was made; only `DESIGN` rows are a random sample of the space."""

    FAULT = "fault"
    DESIGN = "design"
    NEIGHBOUR = "neighbour"
    PROPOSAL = "proposal"
    PAIR = "pair"
    ABLATION = "ablation"
    IMPORTED = "imported"


@dataclass(frozen=True)
class Planned:
    """A run that is still to be made. `slot` names it within its study, and is the same after every resumption."""

    slot: str
    configuration: Configuration
    level: Level = NO_CONTEXT
    purpose: Purpose = Purpose.DESIGN
    block: int = 0


@dataclass(frozen=True)
class Run:
    """One repetition of one configuration.

    `values` holds what was observed, events and objectives by name; what is missing is absent, never 0.
    `started_at` is in seconds since the epoch, `seconds` is how long the run held the device,
    `timeout_s` is the limit that a timed-out run reached (its objective is at least that: censored).
    """

    configuration: Configuration
    status: Status
    values: Mapping[str, float] = field(default_factory=dict)
    level: Level = NO_CONTEXT
    purpose: Purpose = Purpose.DESIGN
    tags: frozenset[Tag] = frozenset()
    slot: str = ""
    sequence: int = 0
    started_at: float = 0.0
    seconds: float = 0.0
    timeout_s: float | None = None
    message: str = ""
    environment: Mapping[str, object] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the run ended well."""
        return self.status is Status.OK


@dataclass(frozen=True)
class Measurement:
    """One configuration at one context level, with every run of it in time order."""

    configuration: Configuration
    runs: Sequence[Run]
    level: Level = NO_CONTEXT

    def values(self, name: str) -> npt.NDArray[np.float64]:
        """Return the repetitions of an event or objective from the runs that ended well, in time order."""
        return np.array([r.values[name] for r in self.runs if r.ok and name in r.values], dtype=float)

    @property
    def status(self) -> Status:
        """OK when any repetition was; else how the last one ended."""
        if any(run.ok for run in self.runs):
            return Status.OK
        return self.runs[-1].status if self.runs else Status.FAILED


def measurements(runs: Sequence[Run]) -> list[Measurement]:
    """Group runs by configuration and level, in order of first appearance."""
    groups: dict[tuple[Configuration, Level], list[Run]] = {}
    for run in runs:
        groups.setdefault((run.configuration, run.level), []).append(run)
    return [Measurement(c, tuple(members), level) for (c, level), members in groups.items()]
