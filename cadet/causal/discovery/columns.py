"""Which columns cannot take part in learning: constant, hardly observed, duplicate, collinear; what is not finite.

A value that is not finite counts as not observed. Of columns that say the same one stays: an option before an event, an
objective before an event, else the first. Objectives that say the same both stay, each has its own causes to report,
but no edge joins them. A column that others determine only together with noise-free steps stays: the tests refuse
conditions that determine it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

from cadet.errors import TableError
from cadet.model.dataset import Dataset, LeftOut, Role, Variable

MIN_OBSERVED = 0.5  # an event seen in fewer of the runs that ended well says when it exists, not how large it is
MIN_DIFFERENT = 3  # an event that leaves its usual value in fewer rows is an outlier, not a variable
FOLLOWS = 0.999  # |rank correlation| beyond which two events are one
EXPLAINED = 1e-8  # share of variance left below which an event is a linear combination of others
MAX_LEVELS = 12  # an option with more values counts as a quantity: another follows it only in order
ROWS_PER_LEVEL = 2  # below it values hardly recur, and columns without recurring values all look alike
ROWS_PER_COLUMN = 2  # below it everything is collinear with everything, so collinearity means nothing

Floats = npt.NDArray[np.float64]


def finite(dataset: Dataset) -> tuple[Dataset, tuple[str, ...]]:
    """Return the dataset with NaN for what is infinite, and a note for each column where that was so.

    Raises TableError for an event or objective that is not a number.
    """
    infinite = {v.name: _infinite(dataset.frame[v.name], v) for v in dataset.variables}
    wild = {name: rows for name, rows in infinite.items() if rows.any()}
    if not wild:
        return dataset, ()
    frame = dataset.frame.assign(**{name: dataset.frame[name].mask(rows) for name, rows in wild.items()})
    notes = [f"{n} is infinite in {w.sum()} of {len(w)} runs; there it counts as not observed" for n, w in wild.items()]
    return replace(dataset, frame=frame), tuple(notes)


def _infinite(column: pd.Series, variable: Variable) -> npt.NDArray[np.bool_]:
    if variable.role in (Role.OPTION, Role.CONTEXT):
        return np.array([isinstance(value, float) and bool(np.isinf(value)) for value in column], dtype=bool)
    try:
        return np.asarray(np.isinf(column.to_numpy(dtype=float)))
    except (TypeError, ValueError) as error:
        raise TableError(f"{variable.role.value} {variable.name!r} is not a column of numbers: {error}") from error


def twins(frame: pd.DataFrame, variables: Sequence[Variable]) -> Mapping[frozenset[str], str]:
    """Return the pairs of objectives that say the same, each with the reason to draw no edge between them."""
    names = [v.name for v in variables if v.role is Role.OBJECTIVE]
    ranks = {name: _ranks(frame[name].to_numpy(float)) for name in names}
    return {
        frozenset((a, b)): f"{b} {_same(frame, b, a, r)}: an edge between them would say nothing"
        for a, b in combinations(names, 2)
        if (r := _agreement(ranks[a], ranks[b])) >= FOLLOWS
    }


def unusable(
    frame: pd.DataFrame, variables: Sequence[Variable], ended_well: npt.NDArray[np.bool_]
) -> tuple[LeftOut, ...]:
    """Return the columns to leave out, each with the reason; objectives only when they are constant or unobserved.

    frame: (rows, variables); ended_well: (rows,) False where the run timed out. Does not depend on the column order,
    except that of two options which always change together the first is kept.
    """
    out = [LeftOut(v.name, why) for v in variables if (why := _uninformative(frame[v.name], v, ended_well))]
    gone = {column.column for column in out}
    kept = [v for v in variables if v.name not in gone]
    settings = [v for v in kept if v.role in (Role.OPTION, Role.CONTEXT)]
    objectives = [v for v in kept if v.role is Role.OBJECTIVE]
    events = sorted((v for v in kept if v.role is Role.EVENT), key=lambda v: v.name)
    out += _together(frame, [v.name for v in settings])
    out += _readings(frame, [v.name for v in settings], [v.name for v in events])
    out += _followers(frame, _left(events, out), [v.name for v in objectives])
    out += _combinations(frame, _left(events, out))
    return tuple(out)


def _left(variables: Sequence[Variable], out: Sequence[LeftOut]) -> list[str]:
    gone = {column.column for column in out}
    return [v.name for v in variables if v.name not in gone]


def _uninformative(column: pd.Series, variable: Variable, ended_well: npt.NDArray[np.bool_]) -> str:
    seen = column.dropna()
    if seen.empty:
        return "never observed"
    if seen.nunique() == 1:
        return f"constant: always {seen.iloc[0]!s}"
    if variable.role is not Role.EVENT:
        return ""
    observed = int(column[ended_well].notna().sum())
    if observed < MIN_OBSERVED * ended_well.sum():
        return f"observed in {observed} of {ended_well.sum()} runs"
    different = len(seen) - int(seen.value_counts().iloc[0])
    return f"differs from its usual value in {different} of {len(seen)} runs" if different < MIN_DIFFERENT else ""


def _together(frame: pd.DataFrame, names: Sequence[str]) -> list[LeftOut]:
    """Options whose values map one to one: no row tells them apart."""
    out: list[LeftOut] = []
    first: dict[bytes, str] = {}
    for name in names:
        partition = _partition(frame[name])
        if partition in first:
            out.append(LeftOut(name, f"always changes together with {first[partition]}"))
        first.setdefault(partition, name)
    return out


def _readings(frame: pd.DataFrame, settings: Sequence[str], events: Sequence[str]) -> list[LeftOut]:
    """Events that only repeat what an option was set to."""
    told = {_partition(frame[name]): name for name in reversed(settings)}
    repeats = {name: told.get(_partition(frame[name])) for name in events}
    return [LeftOut(name, f"duplicates the option {of}") for name, of in repeats.items() if of is not None]


def _partition(column: pd.Series) -> bytes:
    """Return which rows have the same value; where values hardly recur, the order of the rows instead."""
    labels = pd.factorize(column)[0]
    levels = labels.max() + 1
    few = levels <= MAX_LEVELS and levels * ROWS_PER_LEVEL <= len(labels)
    return (labels if few else _order(column)).astype(np.int64).tobytes()


def _order(column: pd.Series) -> npt.NDArray[np.int64]:
    """Return the place of each value among the values seen, counted so that the first row is in the lower half."""
    places = np.asarray(pd.factorize(column, sort=True)[0], dtype=np.int64)
    top = places.max()
    return places if 2 * places[0] <= top else np.where(places < 0, places, top - places)


def _followers(frame: pd.DataFrame, events: Sequence[str], objectives: Sequence[str]) -> list[LeftOut]:
    """Events that are a monotone function of an objective or of an event kept earlier."""
    out: list[LeftOut] = []
    kept = [*objectives]
    ranks = {name: _ranks(frame[name].to_numpy(float)) for name in (*objectives, *events)}
    for name in events:
        leader = max(kept, key=lambda other: _agreement(ranks[name], ranks[other]), default=None)
        if leader is not None and (r := _agreement(ranks[name], ranks[leader])) >= FOLLOWS:
            out.append(LeftOut(name, _same(frame, name, leader, r)))
        else:
            kept.append(name)
    return out


def _same(frame: pd.DataFrame, name: str, leader: str, r: float) -> str:
    same = "duplicates" if frame[name].equals(frame[leader]) else f"follows (|rank correlation| {r:.4f})"
    return f"{same} {leader}"


def _ranks(column: Floats) -> Floats:
    """Ranks scaled to mean 0 and length 1; NaN counts as the mean."""
    ranks = np.asarray(rankdata(column, nan_policy="omit"), dtype=float)
    centred: Floats = np.nan_to_num(ranks - np.nanmean(ranks))
    length = float(np.linalg.norm(centred))
    return centred / length if length > 0 else centred


def _agreement(a: Floats, b: Floats) -> float:
    return abs(float(a @ b))


def _combinations(frame: pd.DataFrame, events: Sequence[str]) -> list[LeftOut]:
    """Events that are a linear combination of events kept earlier (modified Gram-Schmidt)."""
    complete = frame[list(events)].dropna().to_numpy(float)
    if len(complete) < ROWS_PER_COLUMN * (len(events) + 1):
        return []
    out: list[LeftOut] = []
    kept: list[str] = []
    scores = {name: _standard(column) for name, column in zip(events, complete.T, strict=True)}
    basis = np.empty((len(complete), 0))
    for name in events:
        rest = scores[name] - basis @ (basis.T @ scores[name])
        rest -= basis @ (basis.T @ rest)  # once more: the first pass leaves rounding of the order we look for
        left = float(rest @ rest)
        if left < EXPLAINED:
            out.append(LeftOut(name, f"is a linear combination of {_terms(scores, kept, name)}"))
        else:
            kept.append(name)
            basis = np.column_stack([basis, rest / np.sqrt(left)])
    return out


def _standard(column: Floats) -> Floats:
    centred = column - column.mean()
    length = float(np.linalg.norm(centred))
    return np.asarray(centred / length if length > 0 else centred)


def _terms(scores: dict[str, Floats], kept: Sequence[str], name: str) -> str:
    if not kept:
        return "nothing: it is constant where the others are observed"
    weights = np.linalg.lstsq(np.column_stack([scores[k] for k in kept]), scores[name], rcond=None)[0]
    return ", ".join(k for k, w in zip(kept, weights, strict=True) if abs(w) > 1e-3 * np.abs(weights).max())
