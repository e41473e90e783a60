"""Other people's engines: they find what their algorithm promises, on our tests, and say what they assume."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, permutations, product

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from cadet.causal.discovery import fci, learn
from cadet.causal.discovery.scores import DegenerateGaussianScore
from cadet.causal.independence import FisherZ, Oracle
from cadet.errors import CapabilityMissing, UsageError
from cadet.model.dataset import Dataset, Role, Variable
from cadet.model.graph import ADMG, PAG, Mark
from cadet.model.knowledge import Knowledge
from cadet.plugins import names, peer
from cadet.protocols import DiscoveryEngine, Evidence, Independence, IndependenceTest
from tests.causal.discovery.graphs import random_truth, true_mag, unshielded_colliders

pytest.importorskip("causallearn", reason="causal-learn is not installed: pip install 'cadet[peers]'")
pytest.importorskip("pgmpy.causal_discovery", reason="pgmpy is not installed: pip install 'cadet[peers]'")

from cadet.causal.discovery import peers  # after the packages that it is about

Floats = npt.NDArray[np.float64]


def table(columns: dict[str, Floats]) -> Dataset:
    rows = len(next(iter(columns.values())))
    variables = tuple(Variable(name, Role.EVENT) for name in columns)
    return Dataset(pd.DataFrame(columns), variables, np.arange(rows), np.zeros(rows, bool), np.ones(rows, bool))


def asking(test: IndependenceTest, largest: int | None = None) -> Evidence:
    return Evidence(table({"unused": np.zeros(2)}), {}, test, Knowledge(), 0.05, largest)


def linear(rng: np.random.Generator, dag: ADMG, rows: int) -> dict[str, Floats]:
    columns: dict[str, Floats] = {}
    for node in dag.topological():
        columns[node] = rng.normal(size=rows)
        for parent in dag.parents(node):
            columns[node] = columns[node] + rng.choice([-1, 1]) * rng.uniform(0.6, 1.2) * columns[parent]
    return {name: columns[name] for name in dag.nodes}


def random_dag(rng: np.random.Generator, size: int) -> ADMG:
    nodes = [f"v{i}" for i in rng.permutation(size)]
    return ADMG(tuple(sorted(nodes)), frozenset(pair for pair in combinations(nodes, 2) if rng.random() < 0.45))


def cpdag(dag: ADMG) -> dict[tuple[str, str], Mark]:
    """By brute force: what all DAGs with the same skeleton and the same unshielded colliders agree on."""
    edges = sorted(dag.directed)
    members = [
        arcs
        for turned in product((False, True), repeat=len(edges))
        for arcs in [{(b, a) if turn else (a, b) for (a, b), turn in zip(edges, turned, strict=True)}]
        if nx.is_directed_acyclic_graph(nx.DiGraph(list(arcs))) and colliders(arcs) == colliders(set(edges))
    ]
    marks: dict[tuple[str, str], Mark] = {}
    for a, b in [*edges, *((b, a) for a, b in edges)]:
        into = [(a, b) in arcs for arcs in members]
        marks[a, b] = Mark.ARROW if all(into) else Mark.CIRCLE if any(into) else Mark.TAIL
    return marks


def colliders(arcs: set[tuple[str, str]]) -> set[tuple[str, str, str]]:
    joined = {frozenset(arc) for arc in arcs}
    return {(a, c, b) for a, c in arcs for b, d in arcs if c == d and a < b and frozenset((a, b)) not in joined}


def test_fci_of_causal_learn_finds_the_true_adjacencies_and_colliders() -> None:
    for seed in range(8):
        truth = random_truth(np.random.default_rng(seed), exogenous=False, tiers=False)
        found = peers.causal_learn_fci(asking(Oracle(truth.dag, truth.observed))).pag
        mag = true_mag(truth)
        assert found.marks.keys() == mag.marks.keys()
        assert unshielded_colliders(found) >= unshielded_colliders(mag)


def test_fci_of_causal_learn_agrees_with_ours_where_neither_has_knowledge() -> None:
    """With a perfect test, in 8 graphs; the benchmark counts and sorts the rare differences in thousands."""
    for seed in range(8):
        truth = random_truth(np.random.default_rng(seed), exogenous=False, tiers=False)
        oracle = Oracle(truth.dag, truth.observed)
        assert peers.causal_learn_fci(asking(oracle)).pag.marks == fci(oracle, Knowledge(), 0.05).marks


def test_pc_of_pgmpy_finds_the_equivalence_class_where_nothing_is_hidden() -> None:
    rng = np.random.default_rng(0)
    for _ in range(40):
        dag = random_dag(rng, int(rng.integers(2, 6)))
        assert peers.pgmpy_pc(asking(Oracle(dag))).pag.marks == cpdag(dag)


def test_ges_of_pgmpy_finds_the_equivalence_class_of_strong_effects() -> None:
    """Score-based search has no oracle: strong linear effects in 5,000 rows are next to one."""
    rng = np.random.default_rng(1)
    same = 0
    for _ in range(10):
        dag = random_dag(rng, 4)
        columns = linear(rng, dag, 5_000)
        evidence = Evidence(table(columns), columns, Oracle(dag), Knowledge(), 0.05)
        same += peers.pgmpy_ges(evidence).pag.marks == cpdag(dag)
    assert same >= 9


def test_the_score_does_not_tell_equivalent_graphs_apart() -> None:
    rng = np.random.default_rng(2)
    score = DegenerateGaussianScore({name: rng.normal(size=(80, k)) for name, k in (("a", 1), ("b", 2), ("c", 3))})
    for order in permutations("abc"):
        total = sum(score(name, order[:i]) for i, name in enumerate(order))
        assert total == pytest.approx(score("a", ()) + score("b", ("a",)) + score("c", ("a", "b")))


def test_the_score_takes_a_category_that_moves_a_number_up_and_down_and_leaves_what_is_idle() -> None:
    """At 200 rows an idle column is taken where its likelihood ratio exceeds log 200: 2 % of the time."""
    rng = np.random.default_rng(3)
    level = rng.integers(3, size=200)
    bumped = rng.normal(size=(200, 1)) + 2 * (level == 1)[:, None]
    idle = {f"idle{i}": rng.normal(size=(200, 1)) for i in range(200)}
    score = DegenerateGaussianScore({"level": _one_hot(level), "bumped": bumped, **idle})
    assert score("bumped", ("level",)) > score("bumped", ()) + 50
    assert sum(score("bumped", (name,)) > score("bumped", ()) for name in idle) <= 12


ENGINES = {"causal-learn": peers.causal_learn_fci, "pgmpy": peers.pgmpy_pc, "pgmpy-ges": peers.pgmpy_ges}


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_names_and_their_order_do_not_matter(engine: DiscoveryEngine) -> None:
    rng = np.random.default_rng(4)
    dag = random_dag(rng, 6)
    columns = linear(rng, dag, 60)
    found = engine(Evidence(table(columns), columns, FisherZ(columns), Knowledge(), 0.1, 3)).pag
    turned = {name: columns[name] for name in reversed(columns)}
    assert engine(Evidence(table(turned), turned, FisherZ(turned), Knowledge(), 0.1, 3)).pag == found
    assert {type(node) for node in found.nodes} <= {str}


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_what_the_algorithm_assumes_is_said(engine: DiscoveryEngine) -> None:
    columns = linear(np.random.default_rng(5), ADMG(("a", "b"), frozenset({("a", "b")})), 50)
    notes = " ".join(engine(Evidence(table(columns), columns, FisherZ(columns), Knowledge(), 0.05)).notes)
    assert "knows nothing of tiers" in notes
    assert ("assumes that nothing unrecorded" in notes) == (engine is not peers.causal_learn_fci)


@pytest.mark.parametrize("engine", [peers.causal_learn_fci, peers.pgmpy_pc])
def test_a_refused_test_separates_nothing_and_is_counted(engine: DiscoveryEngine) -> None:
    """a – b – c is a chain; given b nothing can be tested, so a – c stays. d cannot be tested at all: no edge."""
    truth = Oracle(ADMG(tuple("abcd"), frozenset({("a", "b"), ("b", "c"), ("c", "d")})))

    class Weak:
        names = truth.names

        def __call__(self, x: str, y: str, given: Sequence[str]) -> Independence | None:
            return None if given or "d" in (x, y) else truth(x, y, given)

    found = engine(asking(Weak()))
    assert {frozenset(edge) for edge in found.pag.marks} == {frozenset("ab"), frozenset("bc"), frozenset("ac")}
    assert "too few rows to test 3 pairs at all; they have no edge" in found.notes
    assert any(note.startswith("for 3 pairs tests were refused") for note in found.notes)


def test_a_search_without_end_is_ended_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "MOST_TESTS", 20)
    truth = random_truth(np.random.default_rng(6), exogenous=False, tiers=False)
    with pytest.raises(UsageError, match=r"after 20 tests of .* use the engine 'cadet'"):
        peers.causal_learn_fci(asking(Oracle(truth.dag, truth.observed)))


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
@pytest.mark.parametrize("size", [0, 1])
def test_too_few_variables_are_a_graph_without_edges(engine: DiscoveryEngine, size: int) -> None:
    columns = {name: np.arange(9.0) for name in "a"[:size]}
    test = Oracle(ADMG(tuple(columns), frozenset()))
    data = table(columns or {"unused": np.zeros(2)})
    assert engine(Evidence(data, columns, test, Knowledge(), 0.05)).pag == PAG(tuple(columns), {})


def test_causal_learn_prints_nothing_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    truth = random_truth(np.random.default_rng(0), exogenous=False, tiers=False)
    peers.causal_learn_fci(asking(Oracle(truth.dag, truth.observed)))
    said = capsys.readouterr()
    assert not said.out and not said.err


def test_a_package_that_is_not_there_is_named_with_the_way_to_get_it() -> None:
    with pytest.raises(CapabilityMissing, match=r"no_such_peer is not installed: pip install 'cadet\[peers\]'"):
        peer("no_such_peer.graphs")


PROGRAM = """
import numpy as np
from cadet.causal.discovery import peers
from tests.causal.discovery.test_peers import ENGINES, Evidence, FisherZ, Knowledge, linear, random_dag, table
for seed in range(6):
    rng = np.random.default_rng(seed)
    columns = linear(rng, random_dag(rng, 7), 60)
    evidence = Evidence(table(columns), columns, FisherZ(columns), Knowledge(), 0.1, 3)
    for engine in ENGINES.values():
        print(engine(evidence).pag, "\\n")
"""


@pytest.mark.slow
def test_the_seed_of_hashes_does_not_matter() -> None:
    said = {
        subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True,
                       env={"PYTHONHASHSEED": str(seed), "PYTHONPATH": ":".join(sys.path)}).stdout
        for seed in range(6)
    }  # fmt: skip
    assert len(said) == 1 and "-->" in said.pop()


def _one_hot(level: npt.NDArray[np.int64]) -> Floats:
    return (level[:, None] == np.arange(1, level.max() + 1)).astype(float)


@pytest.mark.parametrize("engine", names("engine"))
def test_every_engine_learns_by_name(engine: str) -> None:
    """A strong chain: every engine finds its two edges, and the graph that is read from them has no other."""
    rng = np.random.default_rng(7)
    chain = ADMG(("speed", "misses", "latency"), frozenset({("speed", "misses"), ("misses", "latency")}))
    columns = linear(rng, chain, 150)
    roles = {"speed": Role.OPTION, "misses": Role.EVENT, "latency": Role.OBJECTIVE}
    data = replace(table(columns), variables=tuple(Variable(name, role) for name, role in roles.items()))
    graph = learn(data, rng, engine=engine, subsamples=3)
    assert {frozenset(edge) for edge in graph.pag.marks} == {frozenset(edge) for edge in chain.directed}
    assert {(e.a, e.b) for e in graph.stability} >= {("misses", "speed"), ("latency", "misses")}


def test_peers_are_not_resampled_unless_asked_to() -> None:
    columns = linear(np.random.default_rng(8), random_dag(np.random.default_rng(8), 4), 60)
    graph = learn(table(columns), np.random.default_rng(0), engine="pgmpy")
    assert not graph.stability and "nothing was resampled, so how stable the edges are is not known" in graph.notes


def test_an_unknown_engine_is_named_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="no engine is called 'causallearn'; did you mean 'causal-learn'"):
        learn(table({"a": np.arange(9.0)}), np.random.default_rng(0), engine="causallearn")


@pytest.mark.parametrize("engine", ["causal-learn", "pgmpy"])
def test_an_admg_is_read_from_whatever_a_peer_claims(engine: str) -> None:
    """Few rows and a lax level: graphs that contradict themselves, the tiers and the randomised options."""
    contradicted = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        columns = linear(rng, random_dag(rng, 8), 40)
        roles = [Role.OPTION] * 3 + [Role.EVENT] * 3 + [Role.OBJECTIVE] * 2
        variables = tuple(Variable(name, role) for name, role in zip(columns, roles, strict=True))
        graph = learn(replace(table(columns), variables=variables), rng, engine=engine, alpha=0.2)
        joined = {frozenset(edge) for edge in graph.pag.marks}
        assert {frozenset(edge) for edge in graph.admg.directed} | graph.admg.bidirected == joined
        assert nx.is_directed_acyclic_graph(graph.admg.digraph)
        options = {v.name for v in variables if v.role is Role.OPTION}
        contradicted += any(b in options and mark is Mark.ARROW for (_, b), mark in graph.pag.marks.items())
    assert contradicted > 3
