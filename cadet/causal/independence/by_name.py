"""The tests that `learn(test=...)` knows by name: each makes a test for rows of a dataset that are averaged already.

A package adds its own as entry point `[project.entry-points."cadet.independence"] name = "my_package:make"`, where
`make(dataset, rows)` returns an IndependenceTest; `cadet.testing.independence` says what that promises.
"""

from __future__ import annotations

from collections.abc import Callable

from cadet.causal.independence.degenerate_gaussian import DegenerateGaussian
from cadet.causal.independence.fisher_z import FisherZ
from cadet.causal.independence.rows import Rows
from cadet.model.dataset import Dataset
from cadet.protocols import IndependenceTest

MakeTest = Callable[[Dataset, Rows], IndependenceTest]


def degenerate_gaussian(dataset: Dataset, rows: Rows) -> IndependenceTest:
    """Mixed columns, the default."""
    return DegenerateGaussian.of_rows(dataset, rows)


def fisher_z(dataset: Dataset, rows: Rows) -> IndependenceTest:
    """One number per column, relations are lines."""
    return FisherZ(rows.places)
