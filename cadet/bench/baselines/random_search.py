"""Random search: measure random configurations while the budget lasts, and claim the best one as it is."""

from __future__ import annotations

from itertools import islice

import numpy as np

from cadet.bench.strategy import Claim, initial_sample
from cadet.debugging.design import random_configurations
from cadet.debugging.detect import meets
from cadet.debugging.question import Question
from cadet.model.measurement import Purpose
from cadet.protocols import Laboratory


def random_search(laboratory: Laboratory, question: Question, rng: np.random.Generator) -> Claim:
    """Return, of all random configurations that were seen to meet every goal, the one with the fewest changes."""
    space = laboratory.space
    first = initial_sample(question, space, rng)
    allowed = question.accepted | space.given_up(question.fault)
    more = random_configurations(space, rng, allowed, {question.fault, *first})
    asked = [*first, *islice(more, question.budget - len(first))]
    cells = laboratory.measure(asked, Purpose.DESIGN)
    good = [c for c in asked if meets(question.goals, [m for m in cells if m.configuration == c])]
    fix = min(good, key=lambda c: (len(space.changes(question.fault, c)), c.key), default=None)
    return Claim(fix, claimed=fix is not None)
