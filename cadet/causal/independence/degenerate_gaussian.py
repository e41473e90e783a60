"""The degenerate Gaussian likelihood ratio test (Andrews, Ramsey & Cooper 2019) for mixed variables.

Each variable is a block of columns: one-hot for categories, level by level or a spline for ordered settings, normal
scores for what is observed. X and Y are independent given Z when Wilks' lambda of their residual blocks is one; its
small-sample distribution is Rao's F, because chi-squared rejects far too often below a hundred rows.
Settings that are given are taken out with their products: options that matter only under another are common.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import numpy.typing as npt

from cadet.causal.independence.building import of_columns
from cadet.causal.independence.encoding import block, main, product, unordered
from cadet.causal.independence.rows import Plots, Rows, averaged
from cadet.causal.independence.second_moments import SecondMoments
from cadet.causal.independence.wilks import RaosF
from cadet.model.dataset import Dataset, Role

MOST_CROSSED = 20  # settings; of more the products would be more columns than rows

Floats = npt.NDArray[np.float64]


class DegenerateGaussian(SecondMoments):
    """Tests independence of variables of any kind."""

    def __init__(
        self,
        blocks: Mapping[str, Floats],
        plots: Plots | None = None,
        products: Mapping[tuple[str, str], Floats] | None = None,
    ):
        """Blocks by variable: (rows, k) columns, NaN where missing; variables without a column are not tested.

        products: by pair of variables, (rows, k) columns for what the two do together.
        """
        super().__init__(*of_columns(blocks, plots, products), RaosF())

    @classmethod
    def of(cls, dataset: Dataset) -> DegenerateGaussian:
        """Return the test for a dataset, repetitions averaged."""
        return cls.of_rows(dataset, averaged(dataset))

    @classmethod
    def of_rows(cls, dataset: Dataset, rows: Rows) -> DegenerateGaussian:
        """Return the test for rows of a dataset that are averaged already."""
        settings = frozenset(dataset.names(Role.OPTION, Role.CONTEXT))
        nominal = {v.name for v in dataset.variables if unordered(dataset.frame[v.name], v)}
        blocks = {name: block(place, name in nominal, name in settings) for name, place in rows.places.items()}
        crossed = {n: main(rows.places[n], n in nominal) for n in sorted(settings) if n in blocks}
        pairs = combinations(crossed, 2) if len(crossed) <= MOST_CROSSED else ()
        return cls(blocks, rows.plots, {(a, b): product(crossed[a], crossed[b]) for a, b in pairs})
