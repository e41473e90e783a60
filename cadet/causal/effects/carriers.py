"""Which event carries what an option does to an objective: direct causes by forward selection, over subsamples.

A few dozen rows are too few to separate an option from an event by conditional tests: each of hundreds of conditioning
sets is a chance to lose the edge. What may cause what is known (options cause events, events cause objectives), so the
direct causes of each are a regression's: what the extended BIC (Chen & Chen 2008) selects. The share of subsamples that
select them (Meinshausen & Bühlmann 2010) tells how far to trust a path.

Events are read with an error. As a cause each therefore stands for what its own options say of it, moved towards its
reading as far as repetitions show that readings can be trusted; else an option would seem to act beside its event.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import lgamma, log

import numpy as np

from cadet.causal.effects.axis import Array
from cadet.causal.effects.mechanisms import Rows, Table, features, table
from cadet.model.dataset import Dataset, Role

SUBSAMPLES = 24
LEAST = 12  # configurations below which nothing is selected
TOLD = 0.8  # share of the subsamples from which a path is told whatever the graph says
DOUBTED = 0.3  # share below which a path of the graph is not told
_SHARE = 0.75  # of the configurations in a subsample: fewer leave too few rows to select anything
_GAMMA = 0.5  # of the extended BIC
_MOST = 6  # direct causes of one variable
_CLEAR = 4.0  # by how much the extended BIC must fall for an option to count as moving an event
_ALIKE = 0.9  # correlation from which two events tell the same story
_OUTLIER = 6.0  # deviations of an objective beyond which a value counts as this far away: runs are shocked

Pool = Mapping[str, Array]


def carried(
    dataset: Dataset, options: Collection[str], objectives: Sequence[str], rng: np.random.Generator
) -> dict[tuple[str, ...], float]:
    """Return paths (option, event, objective) and (option, objective), and the share of subsamples that select each.

    Only paths from `options` to `objectives`, none where fewer than 12 configurations were measured or options were not
    randomised.
    """
    if not dataset.randomised or len(np.unique(dataset.configuration)) < LEAST:
        return {}
    data = table(dataset)
    settings = {n: _block(data, n) for n in dataset.names(Role.OPTION, Role.CONTEXT) if n in data.axes}
    settings = {n: block for n, block in settings.items() if block.shape[1]}
    causes = sorted(set(options) & set(settings))
    objectives = [o for o in dict.fromkeys(objectives) if o in data.frame]
    if not causes or not objectives:
        return {}
    events = {e: _Event.of(data, e, settings) for e in sorted(dataset.names(Role.EVENT)) if e in data.frame}
    moved = {name: event for name, event in events.items() if event.moved_by & set(causes)}
    leading = {n for n, e in moved.items() if not any(other.shadows(e) for other in moved.values() if other is not e)}
    labels = np.unique(data.configuration)
    found: Counter[tuple[str, ...]] = Counter()
    for _ in range(SUBSAMPLES):
        drawn = rng.choice(labels, max(1, int(_SHARE * len(labels))), replace=False)
        rows = np.flatnonzero(np.isin(data.configuration, drawn))
        found.update(_paths(data, settings, moved, leading, causes, objectives, rows))
    return {path: count / SUBSAMPLES for path, count in sorted(found.items())}


@dataclass(frozen=True)
class _Event:
    """An event on its scale. denoised: (rows,), without its error.

    moved_by: the options with a clear total effect; clarity: the share of its variance that options explain.
    """

    values: Array
    denoised: Array
    moved_by: frozenset[str]
    clarity: float = 0.0

    def shadows(self, other: _Event) -> bool:
        """Tell whether another event is taken for a symptom of this: it does as this does, and is seen less clearly."""
        alike = abs(float(np.corrcoef(self.denoised, other.denoised)[0, 1])) >= _ALIKE
        return alike and self.clarity > other.clarity and self.moved_by <= other.moved_by

    @classmethod
    def of(cls, data: Table, name: str, settings: Pool) -> _Event:
        values = data.values(name)
        if np.ptp(values) == 0:
            return cls(values, values, frozenset())
        chosen = selected(values, settings)
        clear = {x for x in chosen if _loss(values, settings, chosen, x) >= _CLEAR}
        design = _design(settings, chosen, len(values))
        fitted = design @ np.linalg.lstsq(design, values, rcond=None)[0]
        rest = values - fitted
        unexplained = float(rest @ rest) / max(len(values) - design.shape[1], 1)
        error = data.transient(name, ())
        error = unexplained if error is None else min(error, unexplained)
        lasting = max(unexplained - error * float(np.mean(1 / data.repetitions)), 1e-3 * unexplained)
        denoised = fitted + rest * lasting / (lasting + error / data.repetitions)
        clarity = 1 - float(rest @ rest) / float(np.sum((values - values.mean()) ** 2))
        return cls(values, denoised, frozenset(clear), clarity)


def _paths(
    data: Table,
    settings: Pool,
    moved: Mapping[str, _Event],
    leading: Collection[str],
    causes: Sequence[str],
    objectives: Sequence[str],
    rows: Rows,
) -> set[tuple[str, ...]]:
    """Return the paths that the rows select."""
    here: dict[str, Array] = {name: block[rows] for name, block in settings.items()}
    direct = {name: selected(event.values[rows], here | _upstream(name, moved, rows)) for name, event in moved.items()}
    bent = {name: _curve(event.denoised[rows]) for name, event in moved.items() if name in leading}
    found: set[tuple[str, ...]] = set()
    for objective in objectives:
        outcome = data.values(objective)[rows]
        known = np.isfinite(outcome)
        pool = {name: block[known] for name, block in (here | bent).items()}
        for name in selected(_tamed(outcome[known]), pool):
            found |= {(x, name, objective) for x in direct.get(name, ()) if x in causes}
            found |= {(name, objective)} if name in causes else set()
    return found


def _upstream(name: str, moved: Mapping[str, _Event], rows: Rows) -> dict[str, Array]:
    """Return the events that may cause another: every option that moves the cause moves the effect too."""
    mine = moved[name].moved_by
    return {n: _straight(e.denoised[rows]) for n, e in moved.items() if n != name and e.moved_by < mine}


def selected(outcome: Array, pool: Pool) -> tuple[str, ...]:
    """Return the blocks of columns that the extended BIC selects for an outcome, (rows,): forwards, then backwards."""
    count = len(outcome)
    groups = _by_width({n: b for n, b in pool.items() if count and np.ptp(b, axis=0).any()})
    basis = np.full((count, 1), count**-0.5) if count else np.empty((0, 1))
    rest = outcome - basis[:, 0] * (basis[:, 0] @ outcome)
    chosen: tuple[str, ...] = ()
    best = _criterion(float(rest @ rest), count, 0, 0, len(pool))
    while len(chosen) < _MOST and count:
        offers = []
        for width, (names, blocks) in groups.items():
            if basis.shape[1] + width > count / 3 + 1:
                continue
            left = float(rest @ rest) - _explained(basis, rest, blocks)
            terms = basis.shape[1] - 1 + width
            offers += [
                (_criterion(float(r), count, terms, len(chosen) + 1, len(pool)), n)
                for n, r in zip(names, left, strict=True) if n not in chosen
            ]  # fmt: skip
        if not offers or min(offers)[0] >= best:
            break
        best, name = min(offers)
        chosen += (name,)
        basis = np.linalg.qr(np.column_stack([basis, pool[name]]))[0]
        rest = outcome - basis @ (basis.T @ outcome)
    return _thinned(outcome, pool, chosen)


def _thinned(outcome: Array, pool: Pool, chosen: tuple[str, ...]) -> tuple[str, ...]:
    """Return the selection without what turns out not to be needed beside the rest."""
    while chosen:
        losses = {name: _loss(outcome, pool, chosen, name) for name in chosen}
        least = min(chosen, key=lambda name: losses[name])
        if losses[least] > 0:
            break
        chosen = tuple(name for name in chosen if name != least)
    return chosen


def _loss(outcome: Array, pool: Pool, chosen: Sequence[str], name: str) -> float:
    """Return by how much the criterion rises without one of the selection."""
    without = [other for other in chosen if other != name]
    return _fitted(outcome, pool, without) - _fitted(outcome, pool, chosen)


def _fitted(outcome: Array, pool: Pool, chosen: Sequence[str]) -> float:
    design = _design(pool, chosen, len(outcome))
    rest = outcome - design @ np.linalg.lstsq(design, outcome, rcond=None)[0]
    return _criterion(float(rest @ rest), len(outcome), design.shape[1] - 1, len(chosen), len(pool))


def _criterion(squares: float, count: int, terms: int, members: int, pool: int) -> float:
    """Return the extended BIC: of the models with so many members the prior has one share for all."""
    ways = lgamma(pool + 1) - lgamma(members + 1) - lgamma(pool - members + 1)
    return count * log(max(squares, 1e-12) / max(count, 1)) + terms * log(max(count, 2)) + 2 * _GAMMA * ways


def _by_width(pool: Pool) -> dict[int, tuple[list[str], Array]]:
    """Return the blocks of equal width together: names and (blocks, rows, width)."""
    names: dict[int, list[str]] = {}
    for name, block in pool.items():
        names.setdefault(block.shape[1], []).append(name)
    return {width: (some, np.stack([pool[n] for n in some])) for width, some in sorted(names.items())}


def _explained(basis: Array, rest: Array, blocks: Array) -> Array:
    """Return (blocks,) the sum of squares that each block explains of what a basis leaves."""
    new = blocks - np.einsum("nb,mbk->mnk", basis, np.einsum("nb,mnk->mbk", basis, blocks))
    along = np.einsum("mnk,n->mk", new, rest)
    inverse = np.linalg.pinv(np.einsum("mnk,mnl->mkl", new, new), rcond=1e-9, hermitian=True)
    return np.asarray(np.einsum("mk,mkl,ml->m", along, inverse, along))


def _design(pool: Pool, chosen: Sequence[str], count: int) -> Array:
    return np.column_stack([np.ones(count), *(pool[name] for name in chosen)])


def _block(data: Table, name: str) -> Array:
    block = features([data.axes[name]], data.positions([name]))[0]
    return np.asarray(block[:, np.ptp(block, axis=0) > 0])


def _straight(values: Array) -> Array:
    return np.asarray((values - values.mean()) / (values.std() + 1e-12))[:, None]


def _curve(values: Array) -> Array:
    straight = _straight(values)
    return np.column_stack([straight, straight**2])


def _tamed(outcome: Array) -> Array:
    middle = np.median(outcome)
    reach = _OUTLIER * float(np.median(np.abs(outcome - middle)))
    return np.asarray(np.clip(outcome, middle - reach, middle + reach)) if reach > 0 else outcome
