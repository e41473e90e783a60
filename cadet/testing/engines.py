"""What every discovery engine promises: `conforms(engine)` raises AssertionError naming the broken law.

from cadet.testing.engines import LAWS

@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_mine_conforms(law):
    law(my_engine)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import atanh, erfc, sqrt

import numpy as np
import numpy.typing as npt
import pandas as pd

from cadet.model.dataset import Dataset, Role, Variable
from cadet.model.knowledge import Knowledge
from cadet.protocols import DiscoveryEngine, Evidence, Independence

ALPHA = 0.001
EDGES = {("clock", "misses"), ("misses", "latency"), ("idle", "load")}
ROLES = {"clock": Role.OPTION, "idle": Role.OPTION, "misses": Role.EVENT, "load": Role.EVENT, "latency": Role.OBJECTIVE}

Floats = npt.NDArray[np.float64]


class PartialCorrelation:
    """Fisher's z test of columns without gaps, (rows,) each: enough for linear worlds."""

    def __init__(self, columns: Mapping[str, Floats]):
        """Columns by variable."""
        self.columns = columns
        self.names = tuple(sorted(columns))

    def __call__(self, x: str, y: str, given: Sequence[str]) -> Independence | None:
        """Test the partial correlation; None with fewer than four rows beyond the conditions."""
        rows = len(self.columns[x])
        if rows - len(given) < 4:
            return None
        names = [*sorted((x, y)), *sorted(given)]
        precision = np.linalg.pinv(np.cov([self.columns[name] for name in names]))
        r = -precision[0, 1] / sqrt(precision[0, 0] * precision[1, 1])
        z = atanh(float(np.clip(r, -1 + 1e-12, 1 - 1e-12))) * sqrt(rows - len(given) - 3)
        return Independence(z, erfc(abs(z) / sqrt(2)), rows)


def evidence(seed: int, rows: int = 300, names: Sequence[str] = tuple(ROLES)) -> Evidence:
    """A linear world of strong effects, clock → misses → latency and idle → load, its columns in this order."""
    rng = np.random.default_rng(seed)
    columns = {name: rng.normal(size=rows) for name in ROLES}
    for cause, effect in (("clock", "misses"), ("misses", "latency"), ("idle", "load")):
        columns[effect] = columns[effect] + 1.5 * columns[cause]
    chosen = {name: columns[name] for name in names}
    variables = tuple(Variable(name, ROLES[name]) for name in names)
    data = Dataset(pd.DataFrame(chosen), variables, np.arange(rows), np.zeros(rows, bool), np.ones(rows, bool))
    tiers = {name: list(Role).index(ROLES[name]) for name in names}
    return Evidence(data, chosen, PartialCorrelation(chosen), Knowledge(tiers), ALPHA)


def finds_strong_effects_and_nothing_else(engine: DiscoveryEngine) -> None:
    """Neighbours in the world are neighbours in the graph, and nothing else is, but once in a thousand tests."""
    missed, added = 0, 0
    for seed in range(5):
        found = {frozenset(pair) for pair in engine(evidence(seed)).pag.marks}
        missed += len({frozenset(pair) for pair in EDGES} - found)
        added += len(found - {frozenset(pair) for pair in EDGES})
    assert not missed, f"misses {missed} of 15 strong effects"
    assert added <= 2, f"adds {added} edges to 5 worlds that do not have them"


def answers_the_same_twice_in_any_order(engine: DiscoveryEngine) -> None:
    """The same evidence gives the same graph, whatever the order of the columns."""
    for seed in range(3):
        first = engine(evidence(seed, 60)).pag
        assert engine(evidence(seed, 60)).pag == first, "the same evidence gives another graph"
        turned = engine(evidence(seed, 60, tuple(reversed(ROLES)))).pag
        assert turned.marks == first.marks, "the order of the columns matters"


def draws_a_graph_over_the_names(engine: DiscoveryEngine) -> None:
    """The nodes are the names of the test, as plain text, and every edge has a mark at both ends."""
    asked = evidence(1)
    pag = engine(asked).pag
    assert sorted(pag.nodes) == list(asked.test.names), f"nodes {pag.nodes} are not the names of the test"
    assert all(type(node) is str for node in pag.nodes), "a node is not plain text"
    assert all((b, a) in pag.marks for a, b in pag.marks), "an edge has one mark only"


def has_an_answer_for_few_variables(engine: DiscoveryEngine) -> None:
    """One variable, or two without an edge, are a graph too."""
    for names in (("clock",), ("clock", "idle")):
        pag = engine(evidence(2, names=names)).pag
        assert sorted(pag.nodes) == list(names) and not pag.marks, f"of {names} it makes {pag}"


def never_changes_the_evidence(engine: DiscoveryEngine) -> None:
    """Columns and frame are the same afterwards."""
    asked = evidence(3, 50)
    places = {name: column.copy() for name, column in asked.places.items()}
    frame = asked.dataset.frame.copy(deep=True)
    engine(replace(asked, max_conditioning=2))
    pd.testing.assert_frame_equal(asked.dataset.frame, frame)
    assert all(np.array_equal(asked.places[name], column) for name, column in places.items())


LAWS: Mapping[str, Callable[[DiscoveryEngine], None]] = {
    law.__name__: law
    for law in (
        finds_strong_effects_and_nothing_else,
        answers_the_same_twice_in_any_order,
        draws_a_graph_over_the_names,
        has_an_answer_for_few_variables,
        never_changes_the_evidence,
    )
}


def conforms(engine: DiscoveryEngine) -> None:
    """Check every law."""
    for law in LAWS.values():
        law(engine)
