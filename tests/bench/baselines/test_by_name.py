from __future__ import annotations

import pytest

from cadet.bench.baselines.baseline import Baseline
from cadet.bench.baselines.by_name import named
from cadet.bench.subsets import plan_of
from cadet.errors import UsageError


@pytest.mark.parametrize(("name", "minimise", "verify"), [
    ("cbi", False, False), ("cbi+dd", True, False), ("cbi+verified", False, True), ("cbi+dd+verified", True, True),
])  # fmt: skip
def test_forms_are_read_from_the_name(name, minimise, verify):
    strategy = named(name)
    assert isinstance(strategy, Baseline)
    assert (strategy.minimise, strategy.verify) == (minimise, verify)


@pytest.mark.parametrize(("name", "said"), [
    ("forrest", "did you mean 'forest'"), ("forest+ddd", "did you mean 'dd'"), ("cadet+dd", "no other forms"),
])  # fmt: skip
def test_what_nobody_knows_is_refused_with_the_nearest_name(name, said):
    with pytest.raises(UsageError, match=said):
        named(name)


def test_the_benchmark_takes_forms_and_refuses_unknown_ones_before_anything_runs():
    def planned(*strategies: str):
        return plan_of(strategies, ("steps",), (), goals=("median",), worlds=1, faults=1, seeds=1, split="dev",
                       repeats=1)[0]  # fmt: skip

    assert planned("cadet", "forest+dd+verified").strategies == ("cadet", "forest+dd+verified")
    with pytest.raises(UsageError, match="verified"):
        planned("forest+verify")
