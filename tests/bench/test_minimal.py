"""Minimal fixes are all there are: held against trying everything, one configuration at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product

import numpy as np
import pytest

from cadet.bench.case import cases
from cadet.bench.grid import Codes, Grid
from cadet.bench.minimal import minimal_fixes
from cadet.bench.oracle import Column, Floats
from cadet.bench.worlds import WorldOracle
from cadet.model.domain import Choice
from cadet.model.expression import Expression
from cadet.model.objective import Objective
from cadet.model.option import NO_CONTEXT, Configuration, Option
from cadet.model.space import Constraint, Space
from cadet.testing.worlds import frozen_families, frozen_world

LATENCY = Objective("latency", "s")


@dataclass
class Toy:
    """An oracle whose cost is the sum of its options' indices, less 3 when a and b are both 0."""

    space: Space
    recorded: Codes | None = None
    columns: tuple[Column, ...] = (Column(LATENCY, NO_CONTEXT),)
    family: str = "toy"
    relevant: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.grid = Grid(self.space)
        self.relevant = frozenset(self.space.names)

    def costs(self, codes: Codes) -> Floats:
        together = (codes[:, 0] == 0) & (codes[:, 1] == 0)
        return (codes.sum(axis=1) - 3.0 * together)[:, None]


def space(**more: object) -> Space:
    options = tuple(Option(n, Choice((0, 1, 2), ordered=True), 0) for n in "abc")
    return Space(options, **more)  # type: ignore[arg-type]


def test_a_sum_worked_by_hand() -> None:
    toy = Toy(space())
    found = minimal_fixes(toy, np.array([1, 1, 2], np.int16), np.array([-0.5]))  # type: ignore[arg-type]
    assert found is not None  # only a = b = 0 saves 3, which leaves c: 2 - 3 <= -0.5
    assert (found.size, found.sets, found.complete) == (2, (frozenset("ab"),), True)
    assert found.larger == ()  # with c as well, a and b alone would have done


def test_a_larger_fix_counts_only_if_no_part_of_it_suffices() -> None:
    toy = Toy(space())
    found = minimal_fixes(toy, np.array([2, 2, 2], np.int16), np.array([3.5]))  # type: ignore[arg-type]
    assert found is not None  # 6 before: any two at 0 or one at 0 and one at 1 (6 - 3), a and b at 0 save more
    assert found.size == 2
    assert set(found.sets) == {frozenset("ab"), frozenset("ac"), frozenset("bc")}
    assert found.larger == (frozenset("abc"),)  # one step each


def test_constraints_are_kept() -> None:
    toy = Toy(space(constraints=(Constraint(Expression("not (a == 0 and b == 0)")),)))
    assert minimal_fixes(toy, np.array([1, 1, 2], np.int16), np.array([-0.5])) is None  # type: ignore[arg-type]


def test_what_is_too_large_to_search_is_refused() -> None:
    toy = Toy(space())
    assert minimal_fixes(toy, np.array([2, 2, 2], np.int16), np.array([3.5]), most=10) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("family", [f for f in frozen_families() if f not in ("idle", "wide")])  # wide: none is small
def test_a_world_has_the_minimal_fixes_that_trying_everything_finds(family: str) -> None:
    oracle = next(o for o in (WorldOracle(frozen_world(family, seed)) for seed in range(200)) if _small(o))
    case = next(cases(oracle, "p10", 1, 7), None)
    if case is None:
        case = next(cases(oracle, "median", 1, 7))
    assert case.minimal is not None
    least, sets = _by_trying(oracle, case.question.fault, case.thresholds, case.minimal.size)
    assert (case.minimal.size, set(case.minimal.sets)) == (least, sets)


def _small(oracle: WorldOracle) -> bool:
    return len(oracle.space.options) <= 12 and any(True for _ in cases(oracle, "median", 1, 7))


def _by_trying(
    oracle: WorldOracle, fault: Configuration, thresholds: Floats, most: int
) -> tuple[int, set[frozenset[str]]]:
    """Go from the fault to all neighbours of neighbours, by the rules of `Space` alone."""
    space = oracle.space
    bound = bool(space.constraints) or any(o.when for o in space.options)
    steps = [(o.name, v) for o in space.options for v in o.levels if bound or o.name in oracle.relevant]
    seen, edge = {fault}, {fault}
    for _ in range(most):
        edge = {space.change(c, {name: value}) for c in edge for name, value in steps}
        edge -= seen
        seen |= edge
    kept = [c for c in seen if space.feasible(c)]
    costs = oracle.truth(kept)
    good = {c: frozenset(x.option for x in space.changes(fault, c))
            for c, row in zip(kept, costs, strict=True) if (row <= thresholds).all()}  # fmt: skip
    least = min(len(options) for options in good.values())
    return least, {options for options in good.values() if len(options) == least}


def test_codes_and_configurations_are_the_same_thing() -> None:
    for family in ("nested", "narrow", "loads"):
        oracle = WorldOracle(frozen_world(family, 3))
        codes = oracle.grid.random(200, np.random.default_rng(0))
        configurations = oracle.grid.decode(codes)
        assert all(oracle.space.feasible(c) for c in configurations)
        np.testing.assert_array_equal(oracle.grid.encode(configurations), codes)
        np.testing.assert_allclose(oracle.costs(codes), oracle.truth(configurations))
        fault = codes[0]
        counted = [len(oracle.space.changes(configurations[0], c)) for c in configurations]
        np.testing.assert_array_equal(oracle.grid.changed(fault, codes).sum(axis=1), counted)


def test_the_grid_is_complete() -> None:
    grid = Grid(space())
    every = np.array(list(product(range(3), repeat=3)), np.int16)
    assert {c.key for c in grid.decode(every)} == {
        c.key for c in grid.decode(grid.random(2000, np.random.default_rng(0)))
    }
