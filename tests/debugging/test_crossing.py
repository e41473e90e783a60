from __future__ import annotations

from itertools import islice

import numpy as np

from cadet.debugging.crossing import crossovers
from tests.debugging.systems import mixed, switches, turn_on

NOTHING = frozenset[str]()


def test_rows_between_two_configurations_take_every_value_from_one_of_them_about_evenly():
    space = switches(12)
    good = space.configuration({f"o{i}": True for i in range(9)})
    rows = list(islice(crossovers(space, space.default, good, np.random.default_rng(2), NOTHING, ()), 40))
    assert len(set(rows)) == 40
    assert not {space.default, good} & set(rows)
    assert all(not c[f"o{i}"] for c in rows for i in range(9, 12))
    assert all(10 <= sum(bool(c[f"o{i}"]) for c in rows) <= 30 for i in range(9))


def test_rows_between_two_configurations_are_permitted_and_end_when_there_are_no_more():
    space = switches(3)
    fault, good = space.default, turn_on(space, "o0", "o1")
    rng = np.random.default_rng(3)
    assert set(crossovers(space, fault, good, rng, NOTHING, ())) == {turn_on(space, "o0"), turn_on(space, "o1")}
    assert list(crossovers(space, fault, good, rng, NOTHING, [turn_on(space, "o0"), turn_on(space, "o1")])) == []
    assert list(crossovers(space, fault, turn_on(space, "o0"), rng, NOTHING, ())) == []
    dear = mixed()
    wanted = dear.configuration({"journal": "off", "batch": 64, "mmap": True})
    assert not list(crossovers(dear, dear.default, dear.configuration({"journal": "off"}), rng, NOTHING, ()))
    rows = list(crossovers(dear, dear.default, wanted, rng, NOTHING, ()))
    assert rows
    assert all(c["journal"] != "off" for c in rows)
