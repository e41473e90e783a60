from __future__ import annotations

import numpy as np
import pytest

from cadet.debugging.design import initial_design
from cadet.model.domain import Choice
from cadet.model.expression import Expression
from cadet.model.option import Option
from cadet.model.space import Constraint, Space
from tests.debugging.systems import mixed, switches

NOTHING = frozenset[str]()


def test_a_design_has_the_size_asked_for_and_no_configuration_twice():
    space = mixed()
    design = initial_design(space, space.default, 25, np.random.default_rng(1), NOTHING)
    assert len(design) == len(set(design)) == 25
    assert space.default not in design  # the fault is measured on its own


def test_nothing_is_measured_that_gives_up_what_was_not_accepted():
    space = mixed()
    design = initial_design(space, space.default, 40, np.random.default_rng(1), NOTHING)
    assert len(design) > 10
    assert not any(space.consent(c) or space.violations(c) for c in design)
    accepted = initial_design(space, space.default, 40, np.random.default_rng(1), frozenset({"durability"}))
    assert any(space.consent(c) for c in accepted)


def test_what_the_fault_gives_up_already_may_be_measured():
    space = mixed()
    fault = space.configuration({"journal": "off"})
    design = initial_design(space, fault, 40, np.random.default_rng(1), NOTHING)
    assert any(c["journal"] == "off" for c in design)


def test_neighbours_change_one_option_and_the_default_is_near():
    space = mixed()
    fault = space.configuration({"batch": 64, "mmap": True})
    design = initial_design(space, fault, 25, np.random.default_rng(1), NOTHING)
    assert space.default in design.near
    assert all(len(space.changes(fault, c)) == 1 for c in design.near if c != space.default)


def test_the_same_seed_gives_the_same_design():
    space = mixed()
    designs = [tuple(initial_design(space, space.default, 25, np.random.default_rng(7), NOTHING)) for _ in range(2)]
    assert designs[0] == designs[1]


def test_every_value_of_every_option_is_sampled():
    space = Space(tuple(Option(f"o{i}", Choice(("a", "b", "c", "d")), "a") for i in range(6)))
    design = initial_design(space, space.default, 25, np.random.default_rng(3), NOTHING)
    assert all({c[n] for c in design.sample} == {"a", "b", "c", "d"} for n in space.names)


@pytest.mark.parametrize("n", [1, 3, 30])
def test_a_space_smaller_than_the_design_is_used_up_and_no_more(n):
    space = switches(2)
    design = initial_design(space, space.default, n, np.random.default_rng(1), NOTHING)
    assert len(design) == min(n, 3)


def test_a_space_with_almost_nothing_in_it_ends():
    only = Constraint(Expression("o0 == o1 and o1 == o2 and o2 == o3 and o3 == o4 and o4 == o5 and o5 == o6"))
    space = switches(7, constraints=(only,))
    assert list(initial_design(space, space.default, 25, np.random.default_rng(1), NOTHING)) == [
        space.configuration(dict.fromkeys(space.names, True))
    ]


def test_a_recorded_design_comes_from_the_recording():
    free = Space(tuple(Option(f"o{i}", Choice((0, 1, 2), ordered=True), 0) for i in range(5)))
    rng = np.random.default_rng(5)
    recorded = tuple({free.configuration({n: int(rng.integers(3)) for n in free.names}) for _ in range(80)})
    space = Space(free.options, recorded=recorded)
    design = initial_design(space, recorded[0], 25, rng, NOTHING)
    assert len(design) == 25
    assert set(design) <= set(recorded)


def test_half_of_the_random_rows_give_way_to_crossed_ones_but_never_below_eight():
    space = mixed()
    drawn = initial_design(space, space.default, 25, np.random.default_rng(1), NOTHING)
    design = drawn.with_crossing()
    assert (len(design.sample), design.crossed, len(design.later)) == (10, 10, 10)
    assert (*design.sample, *design.later) == drawn.sample
    small = initial_design(space, space.default, 10, np.random.default_rng(1), NOTHING).with_crossing()
    assert (len(small.sample), small.crossed) == (8, 0)
