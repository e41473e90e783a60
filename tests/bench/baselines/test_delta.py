from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cadet.bench.baselines.delta import ddmin, minimised
from cadet.bench.baselines.delta_debugging import find
from tests.bench.baselines.sessions import exact, explored, only, question
from tests.debugging.systems import switches, turn_on


def test_the_example_of_the_paper_step_by_step():
    """Zeller & Hildebrandt 2002: of 1 … 8 the members 1, 7 and 8 are needed together."""
    asked = []

    def shows(part):
        asked.append("".join(map(str, part)))
        return {1, 7, 8} <= set(part)

    assert ddmin(range(1, 9), shows) == (1, 7, 8)
    # halves, quarters, then the first complement shows it; three parts of six; then 5678 without 56
    assert asked[:7] == ["1234", "5678", "12", "34", "56", "78", "345678"]
    assert asked[7:9] == ["125678", "12"]


@given(st.integers(1, 12), st.sets(st.frozensets(st.integers(0, 11), min_size=1, max_size=3), min_size=1, max_size=3))
def test_what_is_left_shows_it_and_no_member_can_be_spared(n, reasons):
    def shows(part):
        return any(reason <= set(part) for reason in reasons)

    if shows(range(n)):
        left = ddmin(range(n), shows)
        assert shows(left)
        assert len(left) == 1 or not any(shows([x for x in left if x != y]) for y in left)


def two_causes(c) -> float:
    return 1.0 + 0.5 * (not c["o0"]) + 0.5 * (not c["o5"])


def test_two_causes_are_left_of_eight_changes_and_the_way_there_is_told():
    space = switches(8)
    everything = turn_on(space, *space.names)
    exploration = only(exact(space, two_causes), question(space, 1.3), [everything])
    way = minimised(exploration, everything)
    assert way[0] == turn_on(space, "o0", "o5")
    assert way[-1] == everything
    assert all(exploration.meets(c) for c in way)


def test_without_budget_nothing_is_taken_back():
    space = switches(8)
    everything = turn_on(space, *space.names)
    exploration = only(exact(space, two_causes), question(space, 1.3, budget=1), [everything])
    assert minimised(exploration, everything) == [everything]


def test_where_no_configuration_passes_one_is_looked_for():
    space = switches(10)
    laboratory = exact(space, lambda c: 2.0 - 0.3 * (c["o0"] + c["o1"] + c["o2"]))
    exploration = explored(laboratory, question(space, 1.15, initial=2))
    assert not exploration.good
    finding = find(exploration, np.random.default_rng(1))
    assert finding.candidates[0] == turn_on(space, "o0", "o1", "o2")
