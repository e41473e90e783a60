"""Kernel tests of the causal-learn library: KCI (Zhang et al. 2011) and RCIT (Strobl, Zhang & Visweswaran 2019).

They see any dependence, for a thousand times the time of the degenerate Gaussian test. Columns enter as there, except
that ordered settings are one number. Refused: too few rows, and what the conditions determine.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from cadet.causal.independence.encoding import normal_scores, unordered
from cadet.causal.independence.rows import Rows, one_per_plot
from cadet.errors import CapabilityMissing
from cadet.model.dataset import Dataset, Role
from cadet.protocols import Independence

DETERMINED = 1e-6  # share of variance below which a column counts as determined by the conditions
LARGEST = 1000  # rows; of more a sample is taken, drawn with a fixed seed, for the time grows with their cube

Floats = npt.NDArray[np.float64]


class _KernelTest(ABC):
    """What both tests share: columns as blocks, rows in which all are observed, the guards."""

    FEWEST_ROWS: int
    ROWS_PER_CONDITION: int  # more columns of conditions than one for so many rows are refused

    def __init__(self, blocks: Mapping[str, Floats]):
        """Blocks by variable: (rows, k) columns, NaN where missing."""
        self.blocks = {name: blocks[name] for name in sorted(blocks) if _standardised(_seen(blocks[name])).shape[1]}
        self.names = tuple(self.blocks)

    @property
    def parameters(self) -> Mapping[str, float]:
        """What decides the result besides the data, by name."""
        return {name: value for name, value in vars(type(self)).items() if name.isupper()}

    def __call__(self, x: str, y: str, given: Sequence[str]) -> Independence | None:
        """Test x independent of y given `given`; None when too few rows are left or `given` determines x or y."""
        x, y = sorted((x, y))
        blocks = [self.blocks[name] for name in (x, y, *sorted(given))]
        seen = np.logical_and.reduce([np.isfinite(block).all(axis=1) for block in blocks])
        rows = _sample(np.flatnonzero(seen))
        first, second, *conditions = (_standardised(block[rows]) for block in blocks)
        z = np.hstack([np.empty((len(rows), 0)), *conditions])
        if len(rows) < max(self.FEWEST_ROWS, self.ROWS_PER_CONDITION * z.shape[1]):
            return None
        first, second = _left(first, z), _left(second, z)
        if not first.shape[1] or not second.shape[1]:
            return None
        with threadpool_limits(1):  # small matrices: more threads are slower, and round differently
            p_value, statistic = self.test(first, second, z)
        if not np.isfinite((p_value, statistic)).all():
            return None
        return Independence(float(statistic), float(np.clip(p_value, 0, 1)), len(rows))

    @abstractmethod
    def test(self, x: Floats, y: Floats, z: Floats) -> tuple[float, float]:
        """Return the p-value and the statistic for (rows, k) blocks; z may have no column."""


class KCI(_KernelTest):
    """The kernel conditional independence test with the gamma approximation of its null distribution."""

    FEWEST_ROWS = 20
    ROWS_PER_CONDITION = 12

    def __init__(self, blocks: Mapping[str, Floats]):
        """Blocks by variable: (rows, k) columns, NaN where missing; raises CapabilityMissing without causal-learn."""
        super().__init__(blocks)
        self._library = _causal_learn("kci", "causallearn.utils.KCI.KCI")

    def test(self, x: Floats, y: Floats, z: Floats) -> tuple[float, float]:
        """Return the p-value and the statistic."""
        if not z.shape[1]:
            return self._pair(self._library.KCI_UInd().compute_pvalue(x, y))
        return self._pair(self._conditional().compute_pvalue(x, y, z))

    def _conditional(self) -> Any:
        """Return the library's test, mended in two places.

        What regression on z leaves of x and y is correlated between rows, so the mean of the statistic under the null
        is not the one the library assumes; for three conditions and 200 rows it rejects a true null in 16 %. With
        R = rest the maker of residuals and y of equal variance everywhere, the mean is tr(R² Kx) tr(Ky) / tr(R²).
        And the products of the eigenvectors have the covariance Kx∘Ky: no need for a table of rows by rows².
        """
        test = self._library.KCI_CInd()

        def statistic(Kx: Floats, Ky: Floats, Kzx: Floats, _: Floats) -> tuple[float, Floats, Floats]:
            left_x, rest = self._library.Kernel.center_kernel_matrix_regression(Kx, Kzx, test.epsilon_x)
            left_y = rest @ Ky @ rest
            squared = rest @ rest
            mean = np.sum(squared * left_x) * np.trace(left_y) / np.trace(squared)
            assumed = np.diag(left_x) @ np.diag(left_y)
            return np.sum(left_x * left_y) * assumed / mean, left_x, left_y

        test.KCI_V_statistic, test.get_uuprod = statistic, lambda Kx, Ky: (Kx * Ky, 0)
        return test

    @staticmethod
    def _pair(found: Any) -> tuple[float, float]:
        return found[0], found[1]


class RCIT(_KernelTest):
    """The randomised conditional independence test; its random features are the same in every call."""

    FEWEST_ROWS = 80
    ROWS_PER_CONDITION = 25
    FEATURES = 10  # random ones of x and of y; five, the library's number, overlook a U-shape
    ROWS_PER_FEATURE = 8  # of the conditions
    MAX_FEATURES = 100

    def __init__(self, blocks: Mapping[str, Floats]):
        """Blocks by variable: (rows, k) columns, NaN where missing; raises CapabilityMissing without causal-learn."""
        super().__init__(blocks)
        self._library = _causal_learn("rcit", "causallearn.utils.RCIT.RCIT")

    def test(self, x: Floats, y: Floats, z: Floats) -> tuple[float, float]:
        """Return the p-value and the statistic."""
        if z.shape[1]:
            features = min(len(x) // self.ROWS_PER_FEATURE, self.MAX_FEATURES)
            found = self._seeded(self._library.RCIT(num_f=features)).compute_pvalue(x, y, z)
        else:
            found = self._seeded(self._library.RIT()).compute_pvalue(x, y)
        return found[0], found[1]

    def _seeded(self, test: Any) -> Any:
        """Give the test our generator instead of numpy's global one, and enough features."""
        rng, plain = np.random.default_rng(0), test.random_fourier_features

        def features(x: Floats, *, num_f: int, sigma: float) -> Floats:
            num_f = max(num_f, self.FEATURES)
            weights = rng.normal(size=(num_f, x.shape[1])) / sigma
            phases = np.repeat(rng.uniform(0, 2 * np.pi, size=(num_f, 1)), len(x), axis=1)
            return np.asarray(plain(x, weights, phases, num_f, sigma))

        test.random_fourier_features = features
        return test


def blocks_of(dataset: Dataset, rows: Rows) -> dict[str, Floats]:
    """Return the columns of averaged rows, one per plot: one-hot categories, settings by place, normal scores."""
    nominal = {v.name for v in dataset.variables if unordered(dataset.frame[v.name], v)}
    settings = frozenset(dataset.names(Role.OPTION, Role.CONTEXT))
    places = one_per_plot(rows).places
    return {name: _block(place, name in nominal, name in settings) for name, place in places.items()}


def _block(place: Floats, nominal: bool, setting: bool) -> Floats:
    if not setting:
        return normal_scores(place)[:, None]
    if not nominal:
        return place[:, None]
    levels = np.unique(place[np.isfinite(place)])
    return np.where(np.isfinite(place)[:, None], place[:, None] == levels, np.nan)


def _seen(block: Floats) -> Floats:
    return np.asarray(block[np.isfinite(block).all(axis=1)])


def _sample(rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    if len(rows) <= LARGEST:
        return rows
    rng = np.random.default_rng(0)
    return np.sort(rng.choice(rows, LARGEST, replace=False))


def _standardised(columns: Floats) -> Floats:
    if not len(columns):
        return columns[:, :0]
    varies = np.ptp(columns, axis=0) > 0
    columns = columns[:, varies] - columns[:, varies].mean(axis=0)
    return np.asarray(columns / columns.std(axis=0, ddof=1))


def _left(columns: Floats, conditions: Floats) -> Floats:
    """Return what is not linear in the conditions, standardised; without the columns of which nothing is left.

    Given the conditions this is the same variable, but the kernels, which smooth, need not find the straight part.
    """
    if not conditions.shape[1]:
        return columns
    left = columns - conditions @ np.linalg.lstsq(conditions, columns, rcond=None)[0]
    return _standardised(left[:, left.var(axis=0) > DETERMINED])


def _causal_learn(test: str, module: str) -> Any:
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise CapabilityMissing(
            f"the test {test} is causal-learn's and {error.name} is not installed: pip install 'cadet[peers]'"
        ) from error
