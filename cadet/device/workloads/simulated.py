"""A world with known truth as a device."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from types import TracebackType

import numpy as np

from cadet.device.target import Target
from cadet.device.target.target import Simulated
from cadet.model.domain import Value
from cadet.model.measurement import Status
from cadet.model.option import Configuration
from cadet.protocols import Outcome


class SimulatedWorkload:
    """Simulates; the noise of a repetition depends on seed, configuration and how often it was asked, only."""

    def __init__(self, target: Target, seed: int) -> None:
        from cadet.testing.worlds import world

        assert isinstance(target.workload, Simulated)
        self._world = world(target.workload.world, target.workload.seed)
        self._seeds = (abs(target.workload.seed), abs(seed))
        self._drawn: Counter[Configuration] = Counter()

    def __enter__(self) -> SimulatedWorkload:
        """Nothing to start."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to end."""

    def recall(self, values: Mapping[str, Value]) -> None:
        """Count a repetition that an earlier session made."""
        self._drawn[Configuration(values)] += 1

    def run(self, values: Mapping[str, Value]) -> Outcome:
        """Simulate once."""
        configuration = Configuration(values)
        digest = int.from_bytes(hashlib.sha256(configuration.key.encode()).digest()[:8], "big")
        rng = np.random.default_rng([*self._seeds, digest, self._drawn[configuration]])
        self._drawn[configuration] += 1
        observed = self._world.simulate(configuration, rng)
        return Outcome(Status.OK, {f"output:{name}": float(value) for name, value in observed.items()}, 0.0)
