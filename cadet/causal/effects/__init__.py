"""Mechanisms, effects, paths, counterfactuals on an ADMG."""

from cadet.causal.effects.adjustment import (
    Identification,
    Verdict,
    adjustment_set,
    identify,
    minimal_adjustment_set,
    separated,
)
from cadet.causal.effects.bounds import EffectBounds, effect_bounds
from cadet.causal.effects.carriers import carried
from cadet.causal.effects.counterfactual import Counterfactual, counterfactual, structures
from cadet.causal.effects.hedge import Hedge, hedge
from cadet.causal.effects.mechanisms import Mechanism, mechanism
from cadet.causal.effects.paths import causal_paths
from cadet.causal.effects.ranking import rank_paths
from cadet.causal.effects.significance import option_tests
from cadet.causal.effects.slope import slope
from cadet.causal.effects.total import total_effects

__all__ = [
    "Counterfactual",
    "EffectBounds",
    "Hedge",
    "Identification",
    "Mechanism",
    "Verdict",
    "adjustment_set",
    "carried",
    "causal_paths",
    "counterfactual",
    "effect_bounds",
    "hedge",
    "identify",
    "mechanism",
    "minimal_adjustment_set",
    "option_tests",
    "rank_paths",
    "separated",
    "slope",
    "structures",
    "total_effects",
]
