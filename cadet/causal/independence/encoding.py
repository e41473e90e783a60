"""A variable as a block of numeric columns, as the degenerate Gaussian test sees it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri
from scipy.stats import rankdata

from cadet.model.dataset import Role, Variable
from cadet.model.domain import Value, number

FEW_LEVELS = 4  # ordered options with at most so many levels enter level by level
KNOTS = 4  # of the natural cubic spline for more levels: three columns, as many as four levels have

Floats = npt.NDArray[np.float64]


def positions(column: pd.Series, variable: Variable) -> Floats:
    """Return each value as a number: its place in the domain for settings, itself for what is observed; NaN stays."""
    if variable.role not in (Role.OPTION, Role.CONTEXT):
        return column.to_numpy(dtype=float)
    place = _places(column.dropna().unique(), variable)
    return np.array([np.nan if missing else place[value] for value, missing in zip(column, column.isna(), strict=True)])


def _places(values: Iterable[Value], variable: Variable) -> dict[Value, float]:
    """Return the place of each value that a setting takes."""
    domain = variable.domain
    if domain is not None:
        return {value: domain.position(domain.canonical(value)) for value in values}
    numbers = {value: number(value) for value in values}
    if None not in numbers.values():
        return {value: float(place) for value, place in numbers.items() if place is not None}
    return {value: float(i) for i, value in enumerate(sorted(numbers, key=str))}


def unordered(column: pd.Series, variable: Variable) -> bool:
    """Tell whether the values have no order: said by the domain, else guessed from whether they are numbers."""
    if variable.role not in (Role.OPTION, Role.CONTEXT):
        return False
    return variable.categorical if variable.domain is not None else any(number(v) is None for v in column.dropna())


def block(place: Floats, categorical: bool, setting: bool) -> Floats:
    """Return the (rows, k) columns that stand for a variable, each with mean 0 and variance 1; k = 0 when constant.

    One-hot for categories and for few levels, a spline basis for many, normal scores for what is observed. NaN stays.
    """
    if not setting:
        return _standardised(normal_scores(place)[:, None])
    seen = np.isfinite(place)
    levels = np.unique(place[seen])
    if categorical or len(levels) <= FEW_LEVELS:
        return _standardised(np.where(seen[:, None], place[:, None] == levels[None, 1:], np.nan))
    return _standardised(natural_spline(place))


def main(place: Floats, categorical: bool) -> Floats:
    """Return the fewest (rows, k) columns that stand for a setting in a product: its place, one-hot for categories."""
    if not categorical:
        return _standardised(place[:, None])
    levels = np.unique(place[np.isfinite(place)])
    return _standardised(np.where(np.isfinite(place)[:, None], place[:, None] == levels[None, 1:], np.nan))


def product(a: Floats, b: Floats) -> Floats:
    """Return the (rows, k l) products of the (rows, k) and (rows, l) columns of two settings."""
    return _standardised((a[:, :, None] * b[:, None, :]).reshape(len(a), -1))


def normal_scores(column: Floats) -> Floats:
    """Return the normal quantiles of the ranks (Blom 1958), ties averaged, NaN kept."""
    ranks = np.asarray(rankdata(column, nan_policy="omit"), dtype=float)
    scores: Floats = ndtri((ranks - 0.375) / (np.isfinite(ranks).sum() + 0.25))
    return scores


def natural_spline(place: Floats) -> Floats:
    """Return a natural cubic spline basis (Hastie, Tibshirani & Friedman 2009, eq. 5.4), without the constant."""
    knots = np.unique(np.quantile(np.unique(place[np.isfinite(place)]), np.linspace(0, 1, KNOTS)))

    def bend(k: int) -> Floats:
        last = knots[-1]
        cubes = np.maximum(place - knots[k], 0) ** 3 - np.maximum(place - last, 0) ** 3
        return np.asarray(cubes / (last - knots[k]))

    return np.column_stack([place, *(bend(k) - bend(len(knots) - 2) for k in range(len(knots) - 2))])


def _standardised(columns: Floats) -> Floats:
    columns = columns[:, np.isfinite(columns).any(axis=0)]
    if not columns.size:
        return columns[:, :0]
    centred = columns - np.nanmean(columns, axis=0)
    deviation = np.sqrt(np.nanmean(centred**2, axis=0))
    varies = deviation > 1e-12
    return np.asarray(centred[:, varies] / deviation[varies])
