"""Delta debugging: the least of a set that still shows a behaviour.

Algorithm ddmin of Zeller and Hildebrandt, Simplifying and isolating failure-inducing input, IEEE TSE 28(2), 2002,
figure 4; on the differences between two states as in Zeller, Isolating cause-effect chains, FSE 2002.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from cadet.bench.baselines.exploration import Exploration
from cadet.model.option import Configuration
from cadet.model.space import Change

T = TypeVar("T")


def ddmin(whole: Sequence[T], shows: Callable[[Sequence[T]], bool]) -> tuple[T, ...]:
    """Return a part of `whole` that shows the behaviour, and does not without any one of its members.

    `shows` tells it of a part; False also where a part cannot be tested, for which the result may be larger than need
    be. `whole` is taken to show it, nothing is taken not to.
    """
    kept, parts = tuple(whole), 2
    while len(kept) >= 2:
        chunks = list(_split(kept, parts))
        smaller = next((c for c in chunks if shows(c)), None)
        if smaller is not None:
            kept, parts = smaller, 2
            continue
        rests = [tuple(x for x in kept if x not in chunk) for chunk in chunks] if parts > 2 else []
        smaller = next((r for r in rests if shows(r)), None)
        if smaller is not None:
            kept, parts = smaller, max(parts - 1, 2)
        elif parts < len(kept):
            parts = min(2 * parts, len(kept))
        else:
            break
    return kept


def _split(whole: tuple[T, ...], parts: int) -> Iterator[tuple[T, ...]]:
    """Yield `parts` pieces of nearly the same length."""
    start = 0
    for i in range(parts):
        end = start + (len(whole) - start) // (parts - i)
        yield whole[start:end]
        start = end


def minimised(exploration: Exploration, fix: Configuration) -> list[Configuration]:
    """Return `fix` and every smaller fix on the way to one of which no change can be spared, the smallest first.

    Subsets of the changes are measured while the budget lasts; what is known is not measured again. A subset that
    breaks a constraint, proves infeasible, fails, or is too much for the budget does not count as a fix.
    """
    space, fault = exploration.space, exploration.fault
    passed = [fix]

    def shows(changes: Sequence[Change]) -> bool:
        subset = space.change(fault, {c.option: c.after for c in changes})
        if subset == fault or not exploration.measure(subset) or not exploration.meets(subset):
            return False
        passed.append(subset)
        return True

    ddmin(space.changes(fault, fix), shows)
    return list(dict.fromkeys(reversed(passed)))
