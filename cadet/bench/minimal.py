"""The true minimal fixes of a fault, by brute force."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, combinations, product

import numpy as np
import numpy.typing as npt

from cadet.bench.grid import Codes
from cadet.bench.oracle import Floats, Oracle

MOST = 2_000_000  # configurations looked at for one size; a fault that needs more is not asked about
_CHUNK = 200_000


@dataclass(frozen=True)
class Minimal:
    """What brute force found.

    size: the least number of changes that meets every goal. sets: the options of every fix of that size; larger: those
    of every fix with one change more of which no part meets the goals. complete: whether `larger` was looked through.
    codes: one fix of each set of the least size.
    """

    size: int
    sets: tuple[frozenset[str], ...]
    larger: tuple[frozenset[str], ...]
    complete: bool
    codes: Codes


def minimal_fixes(oracle: Oracle, fault: Codes, thresholds: Floats, most: int = MOST) -> Minimal | None:
    """Return every minimal fix of `fault` (options,), up to one change more than the fewest.

    thresholds: (columns,) the costs to reach. Only options that can move an objective, or that a condition or a
    constraint names, are changed, each to each of its levels. None where nothing was found: no fix of a size whose
    changes number at most `most`.
    """
    found: dict[int, Codes] = {}
    for size in range(1, len(oracle.space.options) + 1):
        if not _affordable(oracle, fault, size, most):
            break
        good = [c[(oracle.costs(c) <= thresholds).all(axis=1)] for c in _with(oracle, fault, size)]
        fixes = np.concatenate(good) if good else np.empty((0, len(fault)), np.int16)
        if len(fixes):
            found[size] = fixes
        if found and size > min(found):
            break
    return _told(oracle, fault, found, complete=size > min(found) if found else False)


def _told(oracle: Oracle, fault: Codes, found: dict[int, Codes], *, complete: bool) -> Minimal | None:
    if not found:
        return None
    size = min(found)
    least = _by_set(oracle, fault, found[size])
    larger = found.get(size + 1, found[size][:0])
    more = _by_set(oracle, fault, larger[~_part_suffices(oracle, fault, larger, found[size])])
    return Minimal(size, tuple(least), tuple(more), complete, np.array(list(least.values()), np.int16))


def _by_set(oracle: Oracle, fault: Codes, fixes: Codes) -> dict[frozenset[str], Codes]:
    """Return one fix of each set of options."""
    masks, first = np.unique(oracle.grid.changed(fault, fixes), axis=0, return_index=True)
    names = np.array(oracle.space.names)
    return {frozenset(names[mask].tolist()): fixes[i] for mask, i in zip(masks, first, strict=True)}


def _part_suffices(oracle: Oracle, fault: Codes, fixes: Codes, smaller: Codes) -> npt.NDArray[np.bool_]:
    """Tell of each fix whether taking back one of its changes leaves one of the `smaller` fixes."""
    suffices = np.zeros(len(fixes), dtype=bool)
    known = _keys(smaller)
    changed = oracle.grid.changed(fault, fixes)
    for j in np.flatnonzero(changed.any(axis=0)):
        reverted = fixes.copy()
        reverted[:, j] = fault[j]
        suffices |= changed[:, j] & np.isin(_keys(oracle.grid.settle(reverted)), known)
    return suffices


def _keys(codes: Codes) -> npt.NDArray[np.bytes_]:
    """Return one comparable key for each row."""
    return np.ascontiguousarray(codes + 1).view(f"S{codes.shape[1] * codes.itemsize}").ravel()


def _with(oracle: Oracle, fault: Codes, size: int) -> Iterator[Codes]:
    """Yield every feasible configuration that differs from the fault in `size` changes, in chunks."""
    if oracle.recorded is not None:
        yield oracle.recorded[oracle.grid.changed(fault, oracle.recorded).sum(axis=1) == size]
        return
    for raw in _chunks(chain.from_iterable(_variants(oracle, fault, c) for c in combinations(_columns(oracle), size))):
        codes = oracle.grid.settle(raw)
        codes = codes[oracle.grid.changed(fault, codes).sum(axis=1) == size]
        yield codes[oracle.grid.feasible(codes)]


def _chunks(parts: Iterator[Codes]) -> Iterator[Codes]:
    held: list[Codes] = []
    rows = 0
    for part in parts:
        held.append(part)
        rows += len(part)
        if rows >= _CHUNK:
            yield np.concatenate(held)
            held, rows = [], 0
    if held:
        yield np.concatenate(held)


def _variants(oracle: Oracle, fault: Codes, columns: tuple[int, ...]) -> Iterator[Codes]:
    """Yield one block: the fault with every other level in each of the columns."""
    levels = [[i for i in range(len(oracle.grid.levels[j])) if i != fault[j]] for j in columns]
    values: npt.NDArray[np.int16] = np.array(list(product(*levels)), np.int16)
    block = np.tile(fault, (len(values), 1))
    block[:, columns] = values.reshape(len(values), len(columns))
    yield block


def _columns(oracle: Oracle) -> list[int]:
    named = frozenset().union(*(c.expression.names for c in oracle.space.constraints),
                              *(o.when.names for o in oracle.space.options if o.when))  # fmt: skip
    return [j for j, name in enumerate(oracle.space.names) if name in oracle.relevant | named]


def _affordable(oracle: Oracle, fault: Codes, size: int, most: int) -> bool:
    """Tell whether the changes of this size number at most `most` (elementary symmetric polynomial of the levels)."""
    if oracle.recorded is not None:
        return True
    number = [1] + [0] * size
    for j in _columns(oracle):
        for k in range(size, 0, -1):
            number[k] += number[k - 1] * (len(oracle.grid.levels[j]) - 1)
    return number[size] <= most
