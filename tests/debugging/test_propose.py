from __future__ import annotations

import numpy as np
import pytest

from cadet.debugging.belief import Belief, learn
from cadet.debugging.encoding import Encoding
from cadet.debugging.neighbourhood import Search
from cadet.debugging.propose import DEPTH, HOPELESS, propose
from cadet.debugging.surprise import CAUTIOUS
from cadet.model.measurement import Measurement, Run, Status
from cadet.model.objective import Goal
from cadet.model.option import Configuration
from cadet.model.space import Space
from tests.debugging.systems import LATENCY, mixed, switches, turn_on

NOTHING = frozenset[str]()


def believe(space: Space, fault: Configuration, cost, n: int, goal: float, seed: int = 1) -> tuple[Belief, frozenset]:
    rng = np.random.default_rng(seed)
    rows = [space.configuration({o.name: o.domain.from_unit(rng.random()) for o in space.options}) for _ in range(n)]
    rows = [c for c in dict.fromkeys([fault, *rows]) if space.permits(c, NOTHING)]
    cells = [Measurement(c, (Run(c, Status.OK, {"latency": cost(c)}),)) for c in rows]
    return learn(Encoding(space, fault), [Goal(LATENCY, goal)], cells, noiseless=True), frozenset(rows)


def test_the_one_option_that_matters_is_proposed_alone():
    space = switches(10)
    belief, known = believe(space, space.default, lambda c: 1.0 if c["o4"] else 3.0, 25, 1.5)
    proposal = propose(Search(space, space.default, NOTHING), belief, known - {turn_on(space, "o4")}, None, [])
    assert proposal is not None
    assert proposal.configuration == turn_on(space, "o4")
    assert proposal.probability > 0.9


def test_two_changes_are_proposed_where_one_is_not_enough():
    space = switches(10)
    cost = lambda c: (1.0 if c["o4"] else 3.0) * (1.0 if c["o7"] else 2.0)  # noqa: E731
    belief, known = believe(space, space.default, cost, 30, 1.5)
    proposal = propose(Search(space, space.default, NOTHING), belief, known, None, [])
    assert proposal is not None
    assert proposal.configuration == turn_on(space, "o4", "o7")


def test_nothing_is_proposed_that_is_known_forbidden_or_no_smaller_than_the_incumbent():
    space = mixed()
    cost = lambda c: 2.0 / c["batch"] ** 0.3  # noqa: E731
    belief, known = believe(space, space.default, cost, 20, 0.6)
    incumbent = space.configuration({"batch": 1024, "sync": "normal"})
    proposal = propose(Search(space, space.default, NOTHING), belief, known, incumbent, [])
    assert proposal is not None
    assert proposal.changes == 1
    assert proposal.configuration not in known
    assert space.permits(proposal.configuration, NOTHING)


def test_the_search_ends_when_no_smaller_fix_is_likely():
    space = switches(8)
    belief, known = believe(space, space.default, lambda c: 1.0 if c["o1"] and c["o2"] else 3.0, 60, 1.5)
    assert propose(Search(space, space.default, NOTHING), belief, known, turn_on(space, "o1", "o2"), []) is None


def test_where_nothing_is_promising_the_best_seen_is_searched_around():
    space = switches(8)
    belief, known = believe(space, space.default, lambda c: 3.0 + c["o0"], 30, 0.1)
    anchors = sorted(known, key=lambda c: c.key)[:2]
    proposal = propose(Search(space, space.default, NOTHING), belief, known, None, anchors)
    assert proposal is not None
    assert min(len(space.changes(a, proposal.configuration)) for a in anchors) == 1
    assert proposal.probability < HOPELESS
    assert proposal.configuration not in known


def test_a_recorded_device_is_asked_only_for_what_it_recorded():
    free = switches(6)
    rng = np.random.default_rng(3)
    every = {free.configuration({n: bool(rng.integers(2)) for n in free.names}) for _ in range(40)} | {free.default}
    space = Space(free.options, recorded=tuple(sorted(every, key=lambda c: c.key)))
    belief, known = believe(space, space.default, lambda c: 1.0 if c["o1"] else 3.0, 40, 1.5)
    proposal = propose(Search(space, space.default, NOTHING), belief, frozenset(list(known)[:5]), None, [])
    assert proposal is not None
    assert proposal.configuration in every
    assert proposal.changes <= DEPTH


def test_the_likeliest_may_change_more_than_what_is_proposed_otherwise():
    space = switches(10)
    belief, known = believe(space, space.default, lambda c: 3.0 - c["o4"] - 0.2 * c["o6"], 25, 2.1)
    search = Search(space, space.default, NOTHING)
    unknown = known - {turn_on(space, "o4"), turn_on(space, "o4", "o6")}
    small, sure = (propose(search, belief, unknown, None, [], likeliest=likeliest) for likeliest in (False, True))
    assert small is not None and sure is not None
    assert sure.probability > small.probability
    assert sure.changes > small.changes


def test_only_what_was_measured_can_be_certain():
    space = switches(4)
    belief, known = believe(space, space.default, lambda c: 1.0 if c["o1"] else 3.0, 8, 2.9)
    rows = [space.configuration({n: bool(k >> i & 1) for i, n in enumerate(space.names)}) for k in range(16)]
    new, old = [c for c in rows if c not in known], [c for c in rows if c in known and c["o1"]]
    assert new and old
    assert np.exp(belief.log_probability(new)).max() <= 1 - CAUTIOUS.unforeseen
    assert np.exp(belief.log_probability(old)).min() > 1 - CAUTIOUS.unforeseen


@pytest.mark.parametrize("good", [1.0, 2.9])
def test_probabilities_are_probabilities_and_harder_goals_less_probable(good):
    space = switches(8)
    belief, known = believe(space, space.default, lambda c: good if c["o1"] else 3.0, 25, 1.5)
    harder, _ = believe(space, space.default, lambda c: good if c["o1"] else 3.0, 25, 1.0)
    rows = sorted(known, key=lambda c: c.key)
    p, q = np.exp(belief.log_probability(rows)), np.exp(harder.log_probability(rows))
    assert ((p >= 0) & (p <= 1)).all()
    assert (q <= p + 1e-9).all()


def test_what_is_told_of_the_goal_is_calibrated_and_the_same_as_searched_by_where_it_was_measured():
    space = switches(10)
    belief, known = believe(space, space.default, lambda c: 1.0 if c["o4"] else 3.0, 25, 1.5)
    fresh = [c for c in Search(space, space.default, NOTHING).singles if c not in known]
    cautious, told = np.exp(belief.log_probability(fresh)), belief.stated(fresh)
    hopeless = np.array([not c["o4"] for c in fresh])
    assert (told[hopeless] < cautious[hopeless]).all()  # a search may try them, a reader is told that they do nothing
    assert told[~hopeless].min() > 0.5
    assert belief.stated(sorted(known, key=lambda c: c.key)) == pytest.approx(
        np.exp(belief.log_probability(sorted(known, key=lambda c: c.key)))
    )
