"""The honest rows: repetitions of one configuration are one unit, and units may come in whole plots."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from cadet.causal.effects.axis import Array, Axis, positions, setting_axis
from cadet.errors import TableError
from cadet.model.dataset import Dataset, Role

_WHOLE_PLOT = 0.25  # fewer distinct settings than this share of what a random design would show are whole plots


_BY_UNIT = ("outcome", "variance", "repetitions", "sample", "censored")


@dataclass(frozen=True)
class Units:
    """One row per configuration (and context level) with the mean outcome over its repetitions.

    settings: (units, options and context) in their own values, columns sorted by name.
    outcome, variance (of one repetition, NaN for a single one), repetitions, sample, censored: (units,).
    """

    settings: pd.DataFrame
    axes: tuple[Axis, ...]
    outcome: Array
    variance: Array
    repetitions: npt.NDArray[np.int64]
    sample: npt.NDArray[np.bool_]
    censored: npt.NDArray[np.bool_]

    @property
    def inputs(self) -> Array:
        """The positions of the settings, (units, axes)."""
        return positions(self.axes, {axis.name: list(self.settings[axis.name]) for axis in self.axes})

    def only(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> Units:
        """Return the units chosen by a mask or by indices."""
        chosen = np.arange(len(self.outcome))[rows]
        settings = self.settings.iloc[chosen].reset_index(drop=True)
        arrays = {name: getattr(self, name)[chosen] for name in _BY_UNIT}
        return replace(self, settings=settings, **arrays)

    @property
    def repetition_variance(self) -> float | None:
        """Pooled variance between repetitions, None when nothing was repeated."""
        freedom = self.repetitions - 1
        if freedom.sum() == 0:
            return None
        return float(np.nansum(self.variance * freedom) / freedom.sum())


def units(dataset: Dataset, outcome: str, *, logarithmic: bool = False) -> Units:
    """Return the units of `dataset` with their mean `outcome`, rows without it left out.

    logarithmic: take logarithms before averaging. Raises TableError when nothing is left, or nothing was varied.
    """
    names = sorted(n for n in dataset.names(Role.OPTION, Role.CONTEXT) if dataset.frame[n].nunique() > 1)
    if not names:
        raise TableError("no option or context variable was varied: there are no effects to estimate")
    known = dataset.frame[outcome].notna().to_numpy()
    if not known.any():
        raise TableError(f"{outcome!r} was not observed in any run")
    frame = dataset.frame.loc[known, names].reset_index(drop=True)
    values = dataset.frame.loc[known, outcome].to_numpy(dtype=float)
    values = np.log(values) if logarithmic else values
    label = _labels(frame, dataset.configuration[known])
    first = np.unique(label, return_index=True)[1]
    groups = pd.Series(values).groupby(label)
    return Units(
        settings=frame.iloc[first].reset_index(drop=True),
        axes=tuple(setting_axis(dataset.by_name[name]) for name in names),
        outcome=np.asarray(groups.mean(), dtype=float),
        variance=np.asarray(groups.var(), dtype=float),
        repetitions=np.asarray(groups.size(), dtype=np.int64),
        sample=pd.Series(dataset.sample[known]).groupby(label).any().to_numpy(),
        censored=pd.Series(dataset.censored[known]).groupby(label).any().to_numpy(),
    )


def whole_plots(settings: pd.DataFrame) -> tuple[tuple[str, ...], npt.NDArray[np.int64]]:
    """Return the options that were set together for whole groups of units, and the group of each unit.

    Hardware settings are often changed rarely and everything else is varied within each: then there are as many
    independent rows for the hardware as there are settings of it, not as there are configurations. Every unit is
    its own plot where the design shows no such groups.
    """
    names = [str(name) for name in settings]
    levels = {name: settings[name].nunique() for name in names}
    remaining = list(names)
    best, share = tuple(remaining), 1.0
    marks = _marks(settings)
    whole = np.bitwise_xor.reduce(list(marks.values()))
    while len(remaining) > 1:
        counts = dict(zip(remaining, _distinct(whole ^ np.stack([marks[n] for n in remaining])), strict=True))
        gone = min(remaining, key=lambda name: (counts[name], name))
        remaining.remove(gone)
        whole = whole ^ marks[gone]
        now = counts[gone] / _expected(float(np.prod([levels[n] for n in remaining])), len(settings))
        if now < share:
            best, share = tuple(remaining), now
    if share > _WHOLE_PLOT:
        return (), np.arange(len(settings))
    group = settings.groupby(list(best), sort=False).ngroup().to_numpy()
    constant = [name for name in names if (settings[name].groupby(group).nunique() == 1).all()]
    return tuple(constant), np.asarray(group, dtype=np.int64)


def _marks(settings: pd.DataFrame) -> dict[str, npt.NDArray[np.uint64]]:
    """Return (units,) random marks for each option, one per value: combinations differ where the xor of theirs does.

    Zobrist hashing (1970): options go in and out of a combination one by one, and 64 bits tell all rows apart.
    """
    rng = np.random.default_rng(1970)
    codes = {str(name): pd.factorize(settings[name], use_na_sentinel=False)[0] for name in settings}
    return {n: rng.integers(2**64, size=int(c.max()) + 1, dtype=np.uint64)[c] for n, c in codes.items()}


def _distinct(combined: npt.NDArray[np.uint64]) -> list[int]:
    """Return how many different entries each row has."""
    ordered = np.sort(combined, axis=1)
    return [int(n) for n in 1 + (ordered[:, 1:] != ordered[:, :-1]).sum(1)]


def _expected(cells: float, draws: int) -> float:
    """Return how many of `cells` a random design of `draws` visits on average."""
    return float(-cells * np.expm1(draws * np.log1p(-1 / cells))) if cells > 1 else 1.0


def _labels(frame: pd.DataFrame, configuration: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Label units in the order of their values, so that the order of rows and columns does not matter."""
    keys = frame.astype(str).agg("\x1f".join, axis=1) + "\x1f" + pd.Series(configuration.astype(str))
    return np.asarray(pd.factorize(keys, sort=True)[0], dtype=np.int64)
