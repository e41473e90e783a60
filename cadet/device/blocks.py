"""Randomised complete blocks: drift and interference hit every configuration alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cadet.model.option import NO_CONTEXT, Configuration, Level


@dataclass(frozen=True)
class Slot:
    """One planned run: the number of its block, and what is to be run."""

    block: int
    configuration: Configuration
    level: Level = NO_CONTEXT


def complete_blocks(
    configurations: Sequence[Configuration], levels: Sequence[Level], repeats: int, rng: np.random.Generator
) -> Iterator[Slot]:
    """Yield `repeats` blocks, each with every configuration at every level once, in its own random order."""
    cells = [(configuration, level) for configuration in configurations for level in levels]
    for block in range(repeats):
        for index in rng.permutation(len(cells)):
            yield Slot(block, *cells[index])
