"""From named causes to fixes: change the options that a method suspects, one by one, then together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cadet.bench.baselines.exploration import Exploration
from cadet.model.domain import Value
from cadet.model.option import Configuration

Suspects = Sequence[tuple[str, Sequence[Value]]]
"""Options, the most suspected first, each with the values to try, the most promising first."""


def ways_out(exploration: Exploration, suspects: Suspects) -> Iterator[Configuration]:
    """Yield the fault with each suspect changed alone, then with the first two together, three, and so on.

    First with the most promising value of each option, then with its second, as far as there is one.
    """
    space, fault = exploration.space, exploration.fault
    for turn in range(max((len(values) for _, values in suspects), default=0)):
        changes = [(name, values[min(turn, len(values) - 1)]) for name, values in suspects if values]
        for size in (1, *range(2, len(changes) + 1)):
            parts = [[change] for change in changes] if size == 1 else [changes[:size]]
            yield from (space.change(fault, dict(part)) for part in parts)


def tried(exploration: Exploration, suspects: Suspects) -> bool | None:
    """Measure the first way out that is open; tell whether it meets the goals, None when none is open."""
    for configuration in ways_out(exploration, suspects):
        if exploration.left > 0 and exploration.open(configuration) and exploration.measure(configuration):
            return exploration.meets(configuration)
    return None
