"""Optuna's tree-structured Parzen estimator (Bergstra et al., NeurIPS 2011; Akiba et al., KDD 2019); MIT licence.

It tunes the shortfall, the logarithm of the objective over its goal; the fault and the random sample are told to it
first. A proposal that a constraint forbids is answered with the worst value seen; on a recorded device the nearest row
is measured, and told in its place. It deploys the best it saw.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cadet.bench.baselines.baseline import Baseline
from cadet.bench.baselines.exploration import Exploration
from cadet.bench.baselines.finding import Finding, best_value
from cadet.bench.baselines.tuned import TURNS, Oracle, extra, meant, told
from cadet.model.domain import Interval
from cadet.model.option import Configuration, Option


def find(exploration: Exploration, rng: np.random.Generator) -> Finding:
    """Ask, measure and tell until the budget is used up; raises CapabilityMissing where Optuna is not installed."""
    optuna = extra("optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(seed=int(rng.integers(2**31)))
    study = optuna.create_study(sampler=sampler, direction="minimize")
    options = {o.name: o for o in exploration.space.options if len(o.levels) > 1}
    space = {name: _distribution(optuna, option) for name, option in options.items()}
    oracle = Oracle(exploration)

    def add(configuration: Configuration, value: float) -> None:
        params = told(options, configuration)
        study.add_trial(optuna.trial.create_trial(params=params, distributions=space, value=value))

    for configuration, value in zip(*exploration.table(), strict=True):
        add(configuration, float(value))
    for _ in range(TURNS * max(exploration.left, 0)):
        if exploration.left <= 0:
            break
        trial = study.ask(space)
        asked = meant(options, trial.params)
        measured, answer = oracle(exploration.space.configuration(asked))
        if told(options, measured) == trial.params:
            study.tell(trial, answer)
        else:  # options that do not exist under the others were put back to their defaults, or a row was near
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
            add(measured, answer)
    return best_value(exploration)


def _distribution(optuna: Any, option: Option) -> Any:
    """Return numbers as numbers, everything else by its place in the list."""
    domain, kinds = option.domain, optuna.distributions
    if not isinstance(domain, Interval):
        places = len(domain.values)
        return kinds.IntDistribution(0, places - 1) if domain.ordered else kinds.CategoricalDistribution(range(places))
    if domain.integer:
        return kinds.IntDistribution(round(domain.low), round(domain.high), log=domain.log)
    return kinds.FloatDistribution(domain.low, domain.high, log=domain.log)


strategy = Baseline(find)
