"""What `learn` promises about real columns: it finds known structure, and nothing where there is nothing."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info, threadpool_limits

from cadet.causal.discovery import learn
from cadet.causal.independence import DegenerateGaussian
from cadet.causal.independence.rows import Rows
from cadet.errors import UsageError
from cadet.model.dataset import Dataset
from cadet.model.graph import CausalGraph, Mark
from cadet.model.knowledge import Knowledge
from cadet.protocols import IndependenceTest
from tests.causal.independence.worlds import CODEC, LEVELS, dataset

Floats = npt.NDArray[np.float64]


def deployment(seed: int, rows: int = 150, **more: npt.ArrayLike) -> Dataset:
    """batch → fsyncs → latency, codec → faults → latency; `idle` and `noise` do nothing."""
    rng = np.random.default_rng(seed)
    batch, codec, idle = rng.integers(7, size=rows), rng.integers(4, size=rows), rng.integers(7, size=rows)
    fsyncs = -0.8 * batch + rng.normal(size=rows)
    faults = np.array([0.0, 3.0, 0.0, -3.0])[codec] + rng.normal(size=rows)
    columns = {
        "batch": np.array(LEVELS.values)[batch],
        "codec": np.array(CODEC.values)[codec],
        "idle": np.array(LEVELS.values)[idle],
        "fsyncs": np.exp(fsyncs),
        "faults": np.exp(faults),
        "noise": rng.normal(size=rows),
        **more,
        "latency": fsyncs + faults + rng.normal(size=rows),
    }
    return dataset(columns, {"batch": LEVELS, "codec": CODEC, "idle": LEVELS})


def learned(data: Dataset, subsamples: int = 0) -> CausalGraph:
    return learn(data, np.random.default_rng(0), subsamples=subsamples)


def neighbours(graph: CausalGraph, name: str) -> set[str]:
    return {other for other in graph.pag.nodes if graph.pag.adjacent(name, other)}


def test_recovers_the_ways_from_options_through_events_to_the_objective() -> None:
    graph = learned(deployment(1), subsamples=20)
    assert {
        ("batch", "fsyncs"),
        ("codec", "faults"),
        ("fsyncs", "latency"),
        ("faults", "latency"),
    } <= graph.admg.directed
    assert "idle" not in graph.admg.ancestors("latency")
    assert (graph.stability_of("fsyncs", "latency") or 0) > 0.9


def test_edges_at_randomised_options_leave_them() -> None:
    graph = learned(deployment(2))
    for option in ("batch", "codec", "idle"):
        for event in neighbours(graph, option):
            assert (graph.pag.marks[event, option], graph.pag.marks[option, event]) == (Mark.TAIL, Mark.ARROW)


def test_observed_options_may_be_confounded() -> None:
    graph = learned(replace(deployment(3), randomised=False))
    assert graph.pag.marks["fsyncs", "batch"] is Mark.CIRCLE
    assert graph.pag.marks["batch", "fsyncs"] is Mark.ARROW


def test_no_more_edges_than_chance_where_nothing_depends_on_anything() -> None:
    found = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        columns = {n: np.array(LEVELS.values)[rng.integers(7, size=60)] for n in ("a", "b", "c")}
        columns |= {n: rng.normal(size=60) for n in ("x", "y", "z", "latency")}
        found += len(list(learned(dataset(columns, dict.fromkeys("abc", LEVELS))).pag.edges()))
    assert found <= 20 * (3 * 4 + 6) * 0.05 * 1.8


@settings(max_examples=25, deadline=None)
@given(
    kind=st.sampled_from(["constant", "copy", "monotone", "sum", "missing", "almost constant"]),
    seed=st.integers(0, 2**16),
)
def test_useless_columns_have_no_edge(kind: str, seed: int) -> None:
    plain = deployment(seed, 60)
    column = _useless(kind, plain)
    graph = learned(deployment(seed, 60, zz_useless=column))
    assert neighbours(graph, "zz_useless") == set()
    assert any(note.startswith("zz_useless") for note in graph.notes)
    assert graph.pag.marks == learned(plain).pag.marks


def test_a_value_that_is_missing_in_one_row_is_said_and_costs_no_column() -> None:
    column = np.where(np.arange(60) == 7, np.nan, np.arange(60) % 5.0)
    graph = learned(deployment(1, 60, zz_gap=column))
    assert any(note.startswith("zz_gap") for note in graph.notes)
    assert neighbours(graph, "zz_gap") == neighbours(learned(deployment(1, 60, zz_gap=np.arange(60) % 5.0)), "zz_gap")


def _useless(kind: str, data: Dataset) -> Floats:
    fsyncs = data.frame["fsyncs"].to_numpy(float)
    if kind == "sum":
        return fsyncs + 3 * data.frame["noise"].to_numpy(float)
    choices = {"copy": fsyncs, "monotone": np.sqrt(fsyncs), "missing": np.full_like(fsyncs, np.nan)}
    if kind in choices:
        return choices[kind]
    return np.where(np.arange(len(fsyncs)) == 3, 1.0 if kind == "almost constant" else 0.0, 0.0)


def test_every_variable_is_a_node_and_the_graph_is_acyclic() -> None:
    data = deployment(4, flat=np.ones(150))
    graph = learned(data, subsamples=10)
    assert set(graph.admg.nodes) == set(graph.pag.nodes) == set(data.names())
    assert set(graph.admg.topological()) == set(data.names())
    assert {frozenset((a, b)) for a, b, _, _ in graph.pag.edges()} == {frozenset((r.a, r.b)) for r in graph.resolutions}


@pytest.mark.parametrize("seed", range(20))
def test_the_order_of_the_columns_does_not_matter(seed: int) -> None:
    data = deployment(5)
    order = np.random.default_rng(seed).permutation(len(data.variables))
    turned = replace(data, frame=data.frame.iloc[:, order], variables=tuple(data.variables[i] for i in order))
    first, second = learned(data, subsamples=5), learned(turned, subsamples=5)
    assert first.pag.marks == second.pag.marks
    assert (first.admg.directed, first.stability) == (second.admg.directed, second.stability)


def fingerprint() -> str:
    graph = learned(deployment(6), subsamples=5)
    return hashlib.sha256(
        repr((graph.pag, sorted(graph.admg.directed), graph.stability, graph.notes)).encode()
    ).hexdigest()


def _printed(**environment: str) -> str:
    program = "from tests.causal.discovery.test_learning import fingerprint; print(fingerprint())"
    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **environment}, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_neither_the_hash_seed_nor_the_number_of_cores_matters() -> None:
    assert {_printed(PYTHONHASHSEED=seed) for seed in ("1", "31337")} == {fingerprint()}
    one_core = [sys.executable, "-c", "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); "
                "from tests.causal.discovery.test_learning import fingerprint; print(fingerprint())"]  # fmt: skip
    assert subprocess.run(one_core, check=True, capture_output=True, text=True).stdout.strip() == fingerprint()


@pytest.mark.slow
def test_twenty_hash_seeds_give_one_graph() -> None:
    assert {_printed(PYTHONHASHSEED=str(seed)) for seed in range(20)} == {fingerprint()}


def test_linear_algebra_has_one_thread_in_every_subsample(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 97 rows and 333 columns OpenBLAS rounds the moments differently on one thread and on two."""

    def threads() -> set[int]:
        return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}

    seen: list[set[int]] = []

    def watched(data: Dataset, rows: Rows) -> IndependenceTest:
        seen.append(threads())
        return DegenerateGaussian.of_rows(data, rows)

    monkeypatch.setattr("cadet.causal.independence.by_name.degenerate_gaussian", watched)
    with threadpool_limits(2, user_api="blas"):
        before = threads()
        learned(deployment(1), subsamples=4)
        assert threads() == before
    assert seen == [{1}] * 5


def test_what_is_known_besides_is_kept() -> None:
    also = Knowledge(required=frozenset({("noise", "latency")}), forbidden=frozenset({("faults", "latency")}))
    graph = learn(deployment(1), np.random.default_rng(0), subsamples=0, also=also)
    assert ("noise", "latency") in graph.admg.directed
    assert ("faults", "latency") not in graph.admg.directed


@pytest.mark.parametrize(
    ("also", "told"),
    [
        (Knowledge(required=frozenset({("nois", "latency")})), "'nois'.*'noise'"),
        (Knowledge(required=frozenset({("latency", "noise")})), "latency → noise is required"),
        (
            Knowledge(required=frozenset({("fsyncs", "faults"), ("faults", "noise"), ("noise", "fsyncs")})),
            "faults → noise → fsyncs → faults",
        ),
    ],
)
def test_knowledge_that_cannot_hold_is_an_error(also: Knowledge, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        learn(deployment(1), np.random.default_rng(0), subsamples=0, also=also)


def test_a_column_that_is_left_out_may_still_be_known_about() -> None:
    also = Knowledge(forbidden=frozenset({("flat", "latency")}), required=frozenset({("noise", "latency")}))
    graph = learn(deployment(1, flat=np.ones(150)), np.random.default_rng(0), subsamples=0, also=also)
    assert ("noise", "latency") in graph.admg.directed
    assert any(note.startswith("flat is left out") for note in graph.notes)


def test_a_handful_of_rows_gives_no_edge_and_says_so() -> None:
    graph = learned(deployment(7, rows=6))
    assert list(graph.pag.edges()) == []
    assert any("too few rows" in note for note in graph.notes)


def test_half_of_few_configurations_is_no_error() -> None:
    graph = learned(deployment(8, rows=9), subsamples=3)
    assert graph.stability == ()


def test_a_measured_effect_keeps_a_way_to_the_objective() -> None:
    """Twelve noisy copies of one event: every set of some of them makes the option look irrelevant."""
    rng = np.random.default_rng(9)
    clock = rng.integers(7, size=60)
    ticks = clock + rng.normal(size=60) * 0.3
    columns = {"clock": np.array(LEVELS.values)[clock]}
    columns |= {f"counter{i:02d}": ticks + rng.normal(size=60) * 0.15 for i in range(12)}
    graph = learned(dataset({**columns, "latency": ticks + rng.normal(size=60) * 0.15}, {"clock": LEVELS}))
    assert "clock" in graph.admg.ancestors("latency")


def test_an_unknown_test_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="fisher-z"):
        learn(deployment(1), np.random.default_rng(0), test="fisher")


def test_progress_is_told() -> None:
    told: list[tuple[str, int, int]] = []
    learn(deployment(1), np.random.default_rng(0), subsamples=3, progress=lambda s, i, n, _: told.append((s, i, n)))
    stages = [("learning", 1), ("stability", 3)]
    assert told == [(stage, done, total) for stage, total in stages for done in range(total + 1)]
