"""Which step of causal-learn's FCI put a mark: every rule is watched while it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any
from unittest.mock import patch

STEPS = {
    "fci_orient_bk": "knowledge",
    "rule0": "R0",
    "rulesR1R2cycle": "R1, R2",
    "ruleR3": "R3",
    "ruleR4B": "R4",
    "ruleR5": "R5",
    "ruleR6": "R6",
    "ruleR7": "R7",
    "rule8": "R8",
    "rule9": "R9",
    "rule10": "R10",
}

Blame = dict[tuple[str, str], str]
"""By (a, b): the step that put the mark at b on the edge a–b as it is in the end."""


@contextmanager
def watched(names: Sequence[str]) -> Iterator[Blame]:
    """Yield what is filled in while `fci` of causal-learn runs on nodes of these names, in this order."""
    from causallearn.search.ConstraintBased import FCI

    blame: Blame = {}
    watching = {function: _watched(getattr(FCI, function), step, names, blame) for function, step in STEPS.items()}
    with patch.multiple(FCI, **watching):
        yield blame


def _watched(rule: Callable[..., Any], step: str, names: Sequence[str], blame: Blame) -> Callable[..., Any]:
    @wraps(rule)
    def watch(*arguments: Any, **more: Any) -> Any:
        graph = next(a for a in (*arguments, *more.values()) if hasattr(a, "get_graph_edges"))
        before = graph.graph.copy()
        if step == "R0":
            blame.clear()  # it begins with circles everywhere, then calls on knowledge
        result = rule(*arguments, **more)
        for b, a in zip(*(graph.graph != before).nonzero(), strict=True):
            if step != "R0" or (names[a], names[b]) not in blame:
                blame[names[a], names[b]] = step
        return result

    return watch
