from __future__ import annotations

import numpy as np
import pytest

from cadet.bench.baselines import bugdoc_shortcut, bugdoc_trees
from cadet.bench.baselines.bugdoc_shortcut import disjoint, shortcut
from cadet.bench.baselines.bugdoc_trees import Path, paths
from tests.bench.baselines.sessions import exact, explored, only, question, ran
from tests.debugging.systems import switches, turn_on


def conjunction(c) -> float:
    """Fails while both o1 and o3 are off."""
    return 1.0 if c["o1"] or c["o3"] else 2.0


def test_shortcut_by_hand():
    """Copying o0 and o2 keeps it failing and is kept; copying o1 or o3 mends it and is taken back."""
    space = switches(4)
    good = turn_on(space, *space.names)
    laboratory = exact(space, conjunction)
    exploration = only(laboratory, question(space, 1.3), [good])
    assert shortcut(exploration, good) == ["o1", "o3"]
    wanted = [("o0",), ("o0", "o1"), ("o0", "o2"), ("o0", "o2", "o3")]
    assert ran(laboratory, space.default)[1:] == [turn_on(space, *names) for names in wanted]


def test_of_a_conjunction_one_change_is_enough_and_both_are_named():
    space = switches(6)
    exploration = explored(exact(space, conjunction), question(space, 1.3))
    finding = bugdoc_shortcut.find(exploration, np.random.default_rng(0))
    assert finding.causes == {"o1", "o3"}
    assert finding.candidates[0] in (turn_on(space, "o1"), turn_on(space, "o3"))


def test_a_cause_is_withdrawn_when_somebody_has_all_of_it_and_is_good():
    """o0 and o1 mend it only together: the first good copy leaves o1 alone, and o1 alone is nobody's cause."""
    space = switches(2)
    both, neither = turn_on(space, "o0", "o1"), turn_on(space, "o0")
    exploration = only(exact(space, lambda c: 2.0 - (c["o0"] != c["o1"])), question(space, 1.3), [both, neither])
    assert bugdoc_shortcut.find(exploration, np.random.default_rng(0)).causes in (None, frozenset({"o0"}))


def test_the_good_ones_that_are_stacked_differ_from_the_fault_and_from_each_other():
    space = switches(4)
    measured = [
        turn_on(space, *names) for names in (["o1"], ["o0", "o1", "o2", "o3"], ["o1", "o2", "o3"], ["o0", "o3"])
    ]
    exploration = only(exact(space, conjunction), question(space, 1.3), measured)
    assert disjoint(exploration, 1) == [measured[1]]
    assert disjoint(exploration, 2)[1] in (measured[0], measured[3])
    assert len(disjoint(exploration, 9)) == 4


def test_paths_of_a_tree_by_hand():
    """Rows fail where the first column is at most 1/2: two paths of one condition each."""
    places = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    found = paths(places, np.array([1.0, 1.0, 0.0, 0.0]), np.random.default_rng(0))
    assert found == [Path(((0, -np.inf, 0.5),), True), Path(((0, 0.5, np.inf),), False)]


def test_every_row_satisfies_just_one_path_and_it_tells_the_truth():
    rng = np.random.default_rng(3)
    places = rng.random((40, 5))
    failed = (places[:, 1] + places[:, 3] > 1).astype(float)
    grown = paths(places, failed, rng)
    for row, fails in zip(places, failed, strict=True):
        assert [path.fails for path in grown if path.satisfied(row)] == [bool(fails)]


@pytest.mark.parametrize("cause", ["o1", "o4"])
def test_the_tree_leads_out_of_the_failing_leaf_with_one_change(cause):
    space = switches(8)
    exploration = explored(exact(space, lambda c: 1.0 if c[cause] else 2.0), question(space, 1.3))
    assert bugdoc_trees.find(exploration, np.random.default_rng(0)).candidates[0] == turn_on(space, cause)
