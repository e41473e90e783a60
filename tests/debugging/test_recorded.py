from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks" / "recorded.py"


@pytest.fixture(scope="module")
def recorded() -> ModuleType:
    """The benchmark, imported from its file; skips where the recordings are not there."""
    specification = importlib.util.spec_from_file_location("recorded_benchmark", BENCHMARK)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    if not (module.DATA / "manifest.json").exists():
        pytest.skip("the recorded devices are not here; set CADET_RECORDED to their folder")
    return module


@pytest.mark.parametrize("number", [0, 3, 7])
def test_a_fault_of_a_recorded_board_is_fixed_with_at_most_one_change_too_many(recorded, number):
    result = recorded.fix(recorded.device("jetson_tx2_xception_400"), number, seed=0)
    assert result.met
    assert result.changes <= result.least + 1
    assert result.measured <= 55


@pytest.mark.slow
def test_recorded_faults_are_fixed_within_the_budget_and_with_few_changes(recorded):
    for name in recorded.DEVICES:
        one = recorded.device(name)
        results = [recorded.fix(one, n, seed) for seed in range(3) for n in range(len(one.faults))]
        shares = recorded.summary(results).loc[name]
        assert shares.met >= 0.95
        assert shares.within_one >= 0.85
        assert max(r.measured for r in results) <= 55


def test_a_search_stops_where_nothing_smaller_is_worth_a_measurement(recorded):
    result = recorded.fix(recorded.device("jetson_tx2_xception_400"), 1, seed=0)
    assert result.measured < 55
