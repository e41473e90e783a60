"""The tests that `learn(test=...)` knows by name: each makes a test for rows of a dataset that are averaged already.

A package adds its own as entry point `[project.entry-points."cadet.independence"] name = "my_package:make"`, where
`make(dataset, rows)` returns an IndependenceTest; `cadet.testing.independence` says what that promises.
"""

from __future__ import annotations

from collections.abc import Callable

from cadet.causal.independence.degenerate_gaussian import DegenerateGaussian
from cadet.causal.independence.fisher_z import FisherZ
from cadet.causal.independence.g_squared import GSquared
from cadet.causal.independence.kernel import KCI, RCIT, blocks_of
from cadet.causal.independence.remembered import RESULTS, Remembered, digest
from cadet.causal.independence.rows import Rows
from cadet.model.dataset import Dataset
from cadet.protocols import IndependenceTest

MakeTest = Callable[[Dataset, Rows], IndependenceTest]


def degenerate_gaussian(dataset: Dataset, rows: Rows) -> IndependenceTest:
    """Mixed columns, the default."""
    return DegenerateGaussian.of_rows(dataset, rows)


def fisher_z(dataset: Dataset, rows: Rows) -> IndependenceTest:
    """One number per column, relations are lines."""
    return FisherZ.of_rows(dataset, rows)


def g_squared(dataset: Dataset, rows: Rows) -> IndependenceTest:
    """Columns of few levels; raises UsageError for others."""
    return GSquared.of_rows(dataset, rows)


def kci(dataset: Dataset, rows: Rows) -> IndependenceTest:
    """Any dependence, slowly; raises CapabilityMissing without causal-learn."""
    test = KCI(blocks_of(dataset, rows))
    return Remembered(test, digest("kci", test.parameters, test.blocks), RESULTS)


def rcit(dataset: Dataset, rows: Rows) -> IndependenceTest:
    """Any dependence, by random features; raises CapabilityMissing without causal-learn."""
    test = RCIT(blocks_of(dataset, rows))
    return Remembered(test, digest("rcit", test.parameters, test.blocks), RESULTS)
