"""SMAC3 (Hutter, Hoos, Leyton-Brown, LION 2011; Lindauer et al., JMLR 23, 2022); BSD 3-clause licence.

Its facade for mixed options with a random forest, by ask and tell. It tunes the ratio of the objective to its goal,
which the facade looks at on a logarithmic scale; the fault and the random sample are its initial design. What a
constraint forbids is answered with the worst value seen, on a recorded device with that of the nearest row. It deploys
the best it saw.
"""

from __future__ import annotations

import math
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cadet.bench.baselines.baseline import Baseline
from cadet.bench.baselines.exploration import Exploration
from cadet.bench.baselines.finding import Finding, best_value
from cadet.bench.baselines.tuned import TURNS, Oracle, extra, meant, told
from cadet.model.domain import Interval
from cadet.model.option import Option

_CHALLENGERS = 1000  # random configurations that the model looks at; its default of 10 000 takes seconds
_LOCAL = 1  # local searches from the best of them; its default is 10
_RETRAIN = 4  # proposals made of one model: each takes more than a second; its default is 8
_FOREST = {"log_y": True, "n_trees": 10, "ratio_features": 1.0, "min_samples_split": 2, "min_samples_leaf": 1}
_STEEPEST = 50.0  # shortfalls beyond it are told as this one: their exponential is all that a float can hold well


def find(exploration: Exploration, rng: np.random.Generator) -> Finding:
    """Ask, measure and tell until the budget is used up; raises CapabilityMissing where SMAC3 is not installed."""
    smac, spaces = extra("smac"), extra("ConfigSpace")
    options = {o.name: o for o in exploration.space.options if len(o.levels) > 1}
    seed = int(rng.integers(2**31))
    space = spaces.ConfigurationSpace(space=[_parameter(spaces, o) for o in options.values()], seed=seed)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it calls what its own library of spaces has renamed
        _tune(smac, spaces, space, options, exploration, seed, Path(folder))
    return best_value(exploration)


def _tune(
    smac: Any, spaces: Any, space: Any, options: Mapping[str, Option], exploration: Exploration, seed: int, folder: Path
) -> None:
    history, oracle, facade = extra("smac.runhistory"), Oracle(exploration), smac.HyperparameterOptimizationFacade
    known = [spaces.Configuration(space, values=told(options, c)) for c in exploration.measured]
    turns = len(known) + TURNS * max(exploration.left, 0)
    scenario = smac.Scenario(space, output_directory=folder, deterministic=True, seed=seed, n_trials=turns)
    design = facade.get_initial_design(scenario, n_configs=0, additional_configs=known)
    forests = extra("smac.model.random_forest.random_forest")
    tuner = facade(
        scenario,
        _never,
        model=forests.RandomForest(space, n_jobs=1, seed=seed, **_FOREST),
        initial_design=design,
        acquisition_maximizer=facade.get_acquisition_maximizer(
            scenario, challengers=_CHALLENGERS, local_search_iterations=_LOCAL
        ),
        config_selector=facade.get_config_selector(scenario, retrain_after=_RETRAIN),
        logging_level=False,
        overwrite=True,
    )
    for _ in range(turns):
        if exploration.left <= 0:
            break
        info = tuner.ask()  # first what is known, then what its model proposes
        _, answer = oracle(exploration.space.configuration(meant(options, dict(info.config))))
        tuner.tell(info, history.TrialValue(cost=math.exp(min(answer, _STEEPEST))), save=False)


def _never(config: object, seed: int = 0) -> float:
    """Stand for the function that would be called if it were not asked and told."""
    raise NotImplementedError


def _parameter(spaces: Any, option: Option) -> Any:
    """Return numbers as numbers, everything else by its place in the list."""
    domain, name = option.domain, option.name
    if not isinstance(domain, Interval):
        places = range(len(domain.values))
        if domain.ordered:
            return spaces.UniformIntegerHyperparameter(name, 0, len(places) - 1)
        return spaces.CategoricalHyperparameter(name, list(places))
    if domain.integer:
        return spaces.UniformIntegerHyperparameter(name, round(domain.low), round(domain.high), log=domain.log)
    return spaces.UniformFloatHyperparameter(name, domain.low, domain.high, log=domain.log)


strategy = Baseline(find)
