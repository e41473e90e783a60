"""What a strategy is: it may ask a laboratory, within a budget, and claims something at the end."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Protocol

import numpy as np

from cadet.debugging.design import random_configurations
from cadet.debugging.question import Question
from cadet.model.option import Configuration
from cadet.model.space import Space
from cadet.protocols import Laboratory

_SAMPLE = 25  # names the stream of the shared sample among all that could be spawned from a seed


@dataclass(frozen=True)
class Stated:
    """An interval that a strategy stated for one objective of one configuration, in the objective's unit."""

    configuration: Configuration
    label: str
    low: float
    high: float


@dataclass(frozen=True)
class Claim:
    """What a strategy says at the end.

    fix: the configuration it would deploy, None for "nothing found"; claimed: whether it asserts that the fix meets
    every goal. causes: the options it names as root causes (None: the options that the fix changes). paths: reported
    causal paths, best first. promises: (P(every goal is met), configuration) as stated before that configuration was
    measured. predicted, measured: 95 % intervals of objectives (by goal label) of configurations, as predicted before
    they were measured, and as measured in fresh runs. seconds: thinking time (CPU) of each decision.
    """

    fix: Configuration | None
    claimed: bool
    causes: frozenset[str] | None = None
    paths: tuple[tuple[str, ...], ...] = ()
    promises: tuple[tuple[float, Configuration], ...] = ()
    predicted: tuple[Stated, ...] = ()
    measured: tuple[Stated, ...] = ()
    seconds: tuple[float, ...] = ()


class Strategy(Protocol):
    """Debugs one fault; registered in `plugins.py` as a `strategy`.

    question.goals are given, question.budget counts distinct feasible configurations besides the fault. Past it the
    laboratory raises BudgetSpent, which a strategy may catch: what it claims then still counts. One that does not catch
    it has claimed nothing. Measuring the fault is the strategy's to do, and free. In warm cases `laboratory.earlier`
    holds the runs of a related system; it is empty in all others.
    """

    def __call__(self, laboratory: Laboratory, question: Question, rng: np.random.Generator) -> Claim:
        """Return what was found."""
        ...


def initial_sample(question: Question, space: Space, rng: np.random.Generator) -> tuple[Configuration, ...]:
    """Return the `question.design_size` random permitted configurations that every baseline starts from.

    They come from a stream of their own of the generator's seed: the same for all strategies of a case and seed,
    however much of the generator was used before.
    """
    seed = rng.bit_generator.seed_seq
    assert isinstance(seed, np.random.SeedSequence)
    own = np.random.default_rng(np.random.SeedSequence(seed.entropy, spawn_key=(_SAMPLE,)))
    allowed = question.accepted | space.given_up(question.fault)
    return tuple(islice(random_configurations(space, own, allowed, {question.fault}), question.design_size))
