"""How two columns move together: intervals that hold what they promise, and nothing for what does not vary."""

from __future__ import annotations

import numpy as np
import pytest

from cadet.model.dataset import Role, Variable
from cadet.model.domain import Choice
from cadet.report import association
from tests.report import stories


def test_rank_correlation_ignores_any_rising_scale() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=40), rng.normal(size=40)
    assert association.correlation(association.ranks(x), association.ranks(y)) == association.correlation(
        association.ranks(np.exp(x)), association.ranks(y)
    )


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.5])
def test_the_interval_of_a_rank_correlation_covers_its_true_value(strength: float) -> None:
    rng = np.random.default_rng(2)

    def drawn(n: int) -> tuple[association.Array, association.Array]:
        x = rng.normal(size=n)
        return association.ranks(x), association.ranks(strength * x + rng.normal(size=n))

    true = association.correlation(*drawn(200_000)).estimate
    found = [association.correlation(*drawn(30)) for _ in range(300)]
    assert np.mean([e.low <= true <= e.high for e in found]) >= 0.91  # type: ignore[operator]


def test_the_share_between_groups_covers_its_true_value() -> None:
    rng = np.random.default_rng(3)
    levels = np.array([0.0, 0.5, 1.0])
    groups = np.repeat([0.0, 1.0, 2.0], 12)
    true = levels.var() / (levels.var() + 1)
    found = [association.explained(groups, levels[groups.astype(int)] + rng.normal(size=36)) for _ in range(200)]
    assert np.mean([e.low <= true <= e.high for e in found]) >= 0.91  # type: ignore[operator]


def test_options_without_order_are_compared_by_level() -> None:
    seen = association.columns(stories.dataset())
    assert seen.levels["journal_mode"] and len(seen.values["latency"]) == 30
    shown = seen.association("block:block_rq_issue", "journal_mode")
    assert shown is not None and shown.kind == "share explained"
    numeric = seen.association("batch", "block:block_rq_issue")
    assert numeric is not None and numeric.value.high is not None and numeric.value.high < 0


def test_what_does_not_vary_or_is_not_there_has_no_association() -> None:
    import pandas as pd

    frame = pd.DataFrame({"a": [1.0] * 20, "b": np.arange(20.0), "c": [float("nan")] * 20})
    data = stories.table(frame, (Variable("a", Role.OPTION, Choice((1, 2), ordered=True)), Variable("b", Role.EVENT),
                                 Variable("c", Role.EVENT)))  # fmt: skip
    seen = association.columns(data)
    assert [seen.association(*pair) for pair in (("a", "b"), ("b", "c"), ("b", "gone"))] == [None] * 3
