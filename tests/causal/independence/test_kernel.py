"""The kernel tests are causal-learn's, see what others do not, and hold their size with several conditions."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from cadet.causal.independence.kernel import KCI, LARGEST, RCIT
from cadet.causal.independence.rows import averaged
from cadet.errors import CapabilityMissing
from cadet.plugins import load
from cadet.protocols import Independence
from tests.causal.independence.peers import needs_peers
from tests.causal.independence.worlds import crossed, dataset, u_shape

TESTS = [KCI, RCIT]


@pytest.fixture(autouse=True)
def _peers(request: pytest.FixtureRequest) -> None:
    if "missing" not in request.node.name:
        needs_peers()


def passed(result: Independence | None) -> Independence:
    assert result is not None
    return result


def columns(seed: int, rows: int, conditions: int) -> dict[str, np.ndarray]:
    """x and y are both moved by all conditions and independent given them."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(rows, conditions))
    both = z.sum(axis=1, keepdims=True) / np.sqrt(conditions)
    blocks = {name: both + rng.normal(size=(rows, 1)) for name in "xy"}
    return blocks | {f"z{i}": z[:, [i]] for i in range(conditions)}


def test_without_conditions_kci_is_the_library_s() -> None:
    from causallearn.utils.cit import CIT

    blocks = columns(1, 60, 1)
    found = passed(KCI(blocks)("x", "y", ()))
    assert found.p_value == pytest.approx(CIT(np.hstack([blocks["x"], blocks["y"]]), "kci")(0, 1, []))


def test_the_product_of_kernels_has_the_moments_of_the_library_s_table() -> None:
    from causallearn.utils.KCI.KCI import KCI_CInd

    blocks = columns(2, 50, 1)
    plain = KCI_CInd()
    _, x, y = plain.KCI_V_statistic(*plain.kernel_matrix(blocks["x"], blocks["y"], blocks["z0"]))
    assert plain.get_kappa(x * y) == pytest.approx(plain.get_kappa(plain.get_uuprod(x, y)[0]), rel=1e-3)


@pytest.mark.parametrize("make", TESTS)
@pytest.mark.parametrize("conditions", [1, 2, 3])
def test_size_with_several_conditions_in_a_quick_look(make: type[KCI] | type[RCIT], conditions: int) -> None:
    given = [f"z{i}" for i in range(conditions)]
    rejected = [passed(make(columns(seed, 100, conditions))("x", "y", given)).p_value < 0.05 for seed in range(150)]
    assert np.mean(rejected) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 150)


@pytest.mark.parametrize("name", ["kci", "rcit"])
def test_sees_a_u_shape(name: str) -> None:
    data = u_shape(np.random.default_rng(3), 100, 0.9)
    assert passed(load("independence", name)(data, averaged(data))("batch", "latency", ())).p_value < 0.01


@pytest.mark.parametrize("make", TESTS)
def test_refuses_more_conditions_than_the_rows_carry(make: type[KCI] | type[RCIT]) -> None:
    test = make(columns(4, 90, 8))
    answers = [test("x", "y", [f"z{i}" for i in range(k)]) is None for k in range(9)]
    assert not answers[0] and answers[-1] and answers == sorted(answers)


def test_the_global_generator_is_neither_used_nor_moved() -> None:
    blocks = columns(5, 100, 1)
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first = RCIT(blocks)("x", "y", ("z0",))
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002
    np.random.random()  # noqa: NPY002
    assert RCIT(blocks)("x", "y", ("z0",)) == first


def test_of_very_many_rows_a_sample_is_tested() -> None:
    assert passed(RCIT(columns(6, 3 * LARGEST, 1))("x", "y", ("z0",))).rows == LARGEST


@pytest.mark.parametrize("name", ["kci", "rcit"])
def test_of_a_crossed_design_it_takes_one_row_per_plot(name: str) -> None:
    data = crossed(np.random.default_rng(7), 90, 0.0)
    assert 85 <= passed(load("independence", name)(data, averaged(data))("kernel", "latency", ())).rows <= 90


@pytest.mark.parametrize("name", ["kci", "rcit"])
def test_missing_causal_learn_says_what_to_install(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [m for m in sys.modules if m.split(".")[0] == "causallearn"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "causallearn", None)
    rng = np.random.default_rng(8)
    data = dataset({"a": rng.normal(size=30), "latency": rng.normal(size=30)}, {})
    with pytest.raises(CapabilityMissing, match=r"pip install 'cadet\[peers\]'"):
        load("independence", name)(data, averaged(data))
