"""The skeleton for Fisher's z is that of causal-learn, edge for edge; where it is not, a test was refused."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks.discovery.tables import Floats, Table, independent, linear, recorded
from cadet.causal.discovery.skeleton import Search, Skeleton, learn_skeleton
from cadet.causal.independence.blocks import DETERMINED
from cadet.causal.independence.fisher_z import FisherZ
from cadet.model.knowledge import Knowledge

pytest.importorskip("causallearn", reason="causal-learn is not here; pip install 'cadet[peers]'")

from causallearn.graph.GraphNode import GraphNode
from causallearn.utils.cit import CIT, register_ci_test
from causallearn.utils.cit import FisherZ as TheirFisherZ
from causallearn.utils.FAS import fas

RECORDED = Path(os.environ.get("CADET_RECORDED", Path(__file__).parents[4] / "shared" / "data"))
LEVELS = (0.01, 0.05)
REGULAR = 1e-4  # share of variance each column keeps given those before it: no test is refused
FEW_COLUMNS = (
    "gpu_pnpoly_rtx2080ti",
    "gpu_pnpoly_rtx3090",
    "gpu_training_power_cap",
    "jetson_tx2_inceptionv3_600",
    "jetson_tx2_xception_200",
    "jetson_tx2_xception_400",
    "jetson_tx2_xception_600",
    "jetson_tx2_xception_800",
)
MANY_COLUMNS = (  # 36 to 112
    "jetson_tx2_image_5k",
    "jetson_tx2_inference_events",
    "sac_compiler_srad",
    "sqlite_environments",
    "x264_environments",
)

# (columns, rows, mean degree, tails): small and large, few and many rows, sparse and dense, with outliers
WORLDS = [
    (4, 30, 2.0, "normal"),
    (6, 1_000, 4.0, "normal"),
    (8, 25, 2.0, "normal"),
    (8, 300, 3.0, "student"),
    (10, 60, 6.0, "normal"),
    (10, 5_000, 5.0, "normal"),
    (12, 200, 3.0, "lognormal"),
    (15, 100, 3.0, "student"),
    (15, 1_000, 6.0, "normal"),
    (20, 40, 3.0, "normal"),
    (20, 500, 4.0, "lognormal"),
    (20, 1_000, 4.0, "student"),
    (30, 200, 3.0, "normal"),
    (35, 1_000, 2.0, "normal"),
]
BUNDLED = ("iris", "linnerud", "diabetes", "wine", "breast_cancer")


class Refusing(TheirFisherZ):  # type: ignore[misc]  # the library is untyped
    """Their test with our refusal: what determines x or y separates nothing."""

    def __call__(self, X: int, Y: int, condition_set: Sequence[int] | None = None) -> float:
        """Return 0 for a refused test."""
        given = sorted(condition_set or ())
        pair = self.correlation_matrix[np.ix_([X, Y], [X, Y])]
        if given:
            across = self.correlation_matrix[np.ix_([X, Y], given)]
            pair = pair - across @ np.linalg.pinv(self.correlation_matrix[np.ix_(given, given)]) @ across.T
        return 0.0 if min(np.diag(pair)) < DETERMINED else float(super().__call__(X, Y, condition_set))


register_ci_test("refusing_fisherz", Refusing)


def ours(table: Table, alpha: float) -> Skeleton:
    return learn_skeleton(Search(FisherZ(table.columns), Knowledge(), alpha))


def theirs(table: Table, alpha: float, test: str = "fisherz") -> set[tuple[str, str]]:
    nodes = [GraphNode(name) for name in table.names]
    graph, *_ = fas(table.values, nodes, CIT(table.values, test), alpha, show_progress=False)
    edges = [(e.get_node1().get_name(), e.get_node2().get_name()) for e in graph.get_graph_edges()]
    return {(min(edge), max(edge)) for edge in edges}


def assert_equal(table: Table, levels: Sequence[float] = LEVELS) -> None:
    for alpha in levels:
        skeleton = ours(table, alpha)
        assert not skeleton.refused.any()
        assert set(skeleton.pairs()) == theirs(table, alpha), f"{table.name} at {alpha}"


def bundled(name: str) -> Table:
    from sklearn import datasets

    raw = getattr(datasets, f"load_{name}")().data
    return regular(Table(name, np.asarray(raw, dtype=float)))


def regular(table: Table) -> Table:
    varying: Floats = table.values[:, table.values.std(axis=0) > 0]
    return Table(table.name, independent(varying, REGULAR))


@pytest.mark.parametrize("world", range(len(WORLDS)))
def test_random_worlds(world: int) -> None:
    columns, rows, degree, tails = WORLDS[world]
    values = linear(np.random.default_rng(world), columns, rows, degree=degree, tails=tails)
    assert_equal(Table(f"world {world}", values))


@pytest.mark.parametrize("name", BUNDLED)
def test_tables_that_come_with_scikit_learn(name: str) -> None:
    assert_equal(bundled(name))


@pytest.mark.slow
def test_pixels_of_digits() -> None:
    assert_equal(bundled("digits"), LEVELS[:1])


def devices(names: Sequence[str]) -> list[Table]:
    if not (RECORDED / "manifest.json").exists():
        pytest.skip(f"no recorded devices at {RECORDED}; CADET_RECORDED names another place")
    return [regular(table) for table in recorded(RECORDED, names)]


def test_recorded_devices() -> None:
    tables = devices(FEW_COLUMNS)
    assert len(tables) == len(FEW_COLUMNS)
    for table in tables:
        assert_equal(table)


@pytest.mark.slow
@pytest.mark.parametrize("name", MANY_COLUMNS)
def test_recorded_devices_with_many_columns(name: str) -> None:
    (table,) = devices([name])
    assert_equal(table, LEVELS[:1])


def nearly_copied(seed: int, distance: float) -> Table:
    """The last column is the first and so much of something else."""
    rng = np.random.default_rng(seed)
    values = linear(rng, 8, 500)
    copy = values[:, 0] / values[:, 0].std() + distance * rng.standard_normal(len(values))
    return Table(f"copied at {distance}, seed {seed}", np.column_stack([values, copy]))


def test_what_differs_is_what_a_refused_test_left_adjacent() -> None:
    """Near-copies take each other's edges away in causal-learn; refused there too, they take none."""
    differ = 0
    for seed in range(10):
        table = nearly_copied(seed, 1e-5)
        skeleton = ours(table, 0.05)
        edges = set(skeleton.pairs())
        assert edges == theirs(table, 0.05, "refusing_fisherz")
        if edges != theirs(table, 0.05):
            assert skeleton.refused.any()
            differ += 1
    assert differ, "no table here shows the difference"


def test_columns_that_are_only_much_alike_make_no_difference() -> None:
    for seed in range(5):
        assert_equal(nearly_copied(seed, 1e-2))


def test_a_copied_column_is_refused_where_causal_learn_stops() -> None:
    rng = np.random.default_rng(1)
    cause = rng.standard_normal(200)
    table = Table("copied", np.column_stack([cause, cause + rng.standard_normal(200), cause]))
    with pytest.raises(ValueError, match="singular"):
        theirs(table, 0.05)
    assert ours(table, 0.05).refused.any()


def test_the_order_of_the_columns_does_not_matter() -> None:
    values = linear(np.random.default_rng(3), 15, 300)
    table = Table("as it is", values)
    turned = Table("turned round", np.ascontiguousarray(values[:, ::-1]))
    renamed = dict(zip(table.names, reversed(turned.names), strict=True))
    edges = {tuple(sorted((renamed[a], renamed[b]))) for a, b in ours(table, 0.05).pairs()}
    assert edges == set(ours(turned, 0.05).pairs())
