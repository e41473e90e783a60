"""Conditional independence tests, and the oracle that knows the true graph."""

from cadet.causal.independence.degenerate_gaussian import DegenerateGaussian
from cadet.causal.independence.fisher_z import FisherZ
from cadet.causal.independence.g_squared import GSquared
from cadet.causal.independence.kernel import KCI, RCIT
from cadet.causal.independence.oracle import Oracle

__all__ = ["KCI", "RCIT", "DegenerateGaussian", "FisherZ", "GSquared", "Oracle"]
