"""CBI and EnCore, on tables that can be counted by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cadet.bench.baselines import cbi, encore
from cadet.bench.baselines.cbi import Predicate, Ran, importance, predicates, ranked
from cadet.bench.baselines.encore import broken, entropy, suspicious
from cadet.model.domain import Choice, Interval
from cadet.model.expression import Expression
from cadet.model.option import Option
from cadet.model.space import Space
from tests.bench.baselines.sessions import exact, explored, only, question
from tests.debugging.systems import switches, turn_on


def off(space: Space, name: str) -> Predicate:
    return Predicate(space.by_name[name], "==", False)


def test_importance_by_hand():
    """Ten runs, five fail. Off is true in four, which all fail: Increase = 1 - 5/10, sensitivity = log 4 / log 5."""
    space = switches(1)
    on = turn_on(space, "o0")
    ran = [Ran(space.default, True)] * 4 + [Ran(on, True)] + [Ran(on, False)] * 5
    expected = 2 / (1 / 0.5 + 1 / (math.log(4) / math.log(5)))
    assert importance(space, off(space, "o0"), ran) == pytest.approx(expected)
    assert importance(space, Predicate(space.by_name["o0"], "==", True), ran) == 0.0


def test_a_predicate_is_not_blamed_for_runs_in_which_its_option_does_not_exist():
    """Where the parent is on, the child's value changes nothing; that all others fail says nothing about the child."""
    space = Space(
        (
            Option("parent", Choice((False, True)), False),
            Option("child", Choice((False, True)), False, when=Expression("parent")),
        )
    )
    here = [space.configuration({"parent": True, "child": value}) for value in (False, True)]
    ran = [Ran(space.default, True)] * 4 + [Ran(c, failed) for c in here for failed in (True, False)]
    assert importance(space, off(space, "child"), ran) == 0.0


def test_elimination_finds_the_second_cause_before_an_echo_of_the_first():
    """o1 copies o0 in all runs but one, so it scores better than o2, which explains the failures that o0 does not."""
    space = switches(3)
    runs = [Ran(turn_on(space, "o2"), True)] * 6 + [Ran(turn_on(space, "o0", "o1"), True)] * 2
    runs += [Ran(turn_on(space, "o0", "o1", "o2"), False)] * 6 + [Ran(turn_on(space, "o0", "o2"), False)]
    names = [(p.option.name, p.value) for p in ranked(space, runs)]
    assert names[0] == ("o0", False)
    assert names.index(("o2", False)) < names.index(("o1", False))


def test_ordered_options_are_asked_by_threshold_and_categories_by_value():
    space = Space((Option("a", Choice((1, 2, 4), ordered=True), 1), Option("b", Choice(("x", "y", "z")), "x")))
    asked = {(p.option.name, p.relation, p.value) for p in predicates(space)}
    assert asked == {("a", ">", 1), ("a", "<=", 1), ("a", ">", 2), ("a", "<=", 2)} | {("b", "==", v) for v in "xyz"}


def test_the_filter_of_encore_lies_where_the_paper_puts_it():
    """Nine of ten the same: entropy 0.325, just what is filtered out."""
    assert entropy([1] * 9 + [2]) == pytest.approx(0.325, abs=1e-3)
    assert entropy([1] * 10) == 0.0


def choices(*names: str) -> Space:
    return Space(tuple(Option(n, Choice((1, 2, 3), ordered=True), 1) for n in names))


def test_an_implication_of_the_good_that_the_fault_breaks():
    """Wherever a is 1, b is 3 among the good; the fault has a = 1 and b = 2, and c is as it likes."""
    space = choices("a", "b", "c")
    good = [space.configuration({"a": a, "b": b, "c": c}) for a, b, c in
            [(1, 3, 1), (1, 3, 2), (1, 3, 3), (2, 2, 1), (2, 1, 2), (3, 2, 3)]]  # fmt: skip
    found = broken(space, good, space.configuration({"a": 1, "b": 2, "c": 1}))
    assert ("b", (3,)) in {(rule.option, rule.obey) for rule in found}
    rule = next(r for r in found if r.option == "b" and r.obey == (3,) and r.confidence == 1.0 and r.support == 0.5)
    assert rule.support == 0.5  # a is 1 in three of six


def test_an_order_of_the_good_that_the_fault_breaks():
    space = choices("a", "b")
    good = [space.configuration({"a": a, "b": b}) for a, b in [(1, 2), (1, 3), (2, 3), (2, 2), (1, 1), (3, 3)]]
    found = {(r.option, r.obey) for r in broken(space, good, space.configuration({"a": 3, "b": 1}))}
    assert {("a", (1,)), ("b", (3,))} <= found  # a <= b: a down to b, or b up to a


def test_rules_about_what_never_varies_are_no_rules():
    space = choices("a", "b")
    good = [space.configuration({"a": a, "b": 3}) for a in (1, 2, 3, 1, 2, 3)]
    assert not [r for r in broken(space, good, space.default) if r.option == "b"]
    assert suspicious(space, good, space.default) == ["b"]


def wide(n: int) -> Space:
    return Space(tuple(Option(f"x{i}", Interval(0.0, 1.0), 0.0) for i in range(n)))


@pytest.mark.parametrize("method", [cbi, encore])
def test_the_cause_is_found_among_numbers_and_switches(method):
    """Half of the goal is missed unless x1 is above its middle."""
    space = Space((*wide(3).options, *switches(3).options))
    exploration = explored(exact(space, lambda c: 2.0 - (c["x1"] > 0.5) + 0.01 * c["x2"]), question(space, 1.3))
    best = method.find(exploration, np.random.default_rng(0)).candidates[0]
    assert [c.option for c in space.changes(space.default, best)] == ["x1"]


@pytest.mark.parametrize("method", [cbi, encore])
def test_two_causes_are_found_together(method):
    """With what is suspected between them: suspects are added one after the other, and nothing is taken back."""
    space = switches(8)
    exploration = explored(exact(space, lambda c: 2.0 - (c["o2"] and c["o6"])), question(space, 1.3))
    method.find(exploration, np.random.default_rng(0))
    found = [c for c in exploration.good if c not in exploration.initial]
    assert found and all(c["o2"] and c["o6"] for c in found)


def test_encore_without_a_good_example_knows_nothing():
    space = switches(4)
    exploration = only(exact(space, lambda c: 2.0), question(space, 1.3), [turn_on(space, "o1")])
    finding = encore.find(exploration, np.random.default_rng(0))
    assert not finding.candidates and exploration.notebook.spent == 1
