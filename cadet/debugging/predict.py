"""The fixes that the model expects to work, ranked; nothing is measured."""

from __future__ import annotations

from collections.abc import Sequence

from cadet.debugging.belief import Belief, learn
from cadet.debugging.encoding import Encoding
from cadet.debugging.neighbourhood import Search
from cadet.debugging.propose import candidates
from cadet.debugging.question import Question
from cadet.model.diagnosis import Fix
from cadet.model.measurement import Measurement, Run, measurements
from cadet.model.objective import Goal
from cadet.model.option import Configuration
from cadet.model.space import Space

LISTED = 5
_ROWS = 120  # configurations the model learns from: the nearest to the fault, for its cost grows with the cube
_DEPTH = 5


def expectation(
    question: Question, goals: Sequence[Goal], runs: Sequence[Run], space: Space, *, noiseless: bool
) -> tuple[Search, Belief]:
    """Return the neighbourhood of the fault and what the runs there let the model expect."""
    search = Search(space, question.fault, question.accepted | space.given_up(question.fault))
    near = _nearest(search, measurements(runs))
    return search, learn(Encoding(space, question.fault), goals, near, noiseless=noiseless)


def predicted_fixes(search: Search, belief: Belief) -> tuple[Fix, ...]:
    """Return the fixes that most probably meet every goal; of equally probable ones, that with fewer changes."""
    pool = [c for c in candidates(search, belief, (), _DEPTH) if c != search.fault]
    if not pool:
        return ()
    probability = belief.stated(pool)
    order = sorted(
        range(len(pool)), key=lambda i: (-round(float(probability[i]), 2), search.distance(pool[i]), pool[i].key)
    )
    return tuple(_fix(search, belief, pool[i], float(probability[i])) for i in order[:LISTED])


def _fix(search: Search, belief: Belief, configuration: Configuration, probability: float) -> Fix:
    return Fix(
        changes=search.space.changes(search.fault, configuration),
        configuration=configuration,
        predicted=belief.predicted(configuration),
        probability_of_goal=probability,
        consent=search.space.asks(configuration, search.space.given_up(search.fault)),
        reason="predicted, not verified",
    )


def _nearest(search: Search, cells: Sequence[Measurement]) -> list[Measurement]:
    ranked = sorted(cells, key=lambda m: (m.configuration != search.fault, search.distance(m.configuration)))
    return ranked[:_ROWS]
