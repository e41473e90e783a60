"""Every registered engine keeps the promises of engines; and an engine that breaks one is caught."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cadet.model.graph import PAG, Mark
from cadet.plugins import load, names
from cadet.protocols import Discovery, DiscoveryEngine, Evidence
from cadet.testing.engines import LAWS

PACKAGES = {"causal-learn": "causallearn", "pgmpy": "pgmpy.causal_discovery", "pgmpy-ges": "pgmpy.causal_discovery"}


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
@pytest.mark.parametrize("name", names("engine"))
def test_registered_engines_conform(name: str, law: Callable[[DiscoveryEngine], None]) -> None:
    if name in PACKAGES:
        pytest.importorskip(PACKAGES[name], reason="the peer is not installed: pip install 'cadet[peers]'")
    law(load("engine", name))


def empty(evidence: Evidence) -> Discovery:
    return Discovery(PAG(evidence.test.names, {}))


def complete(evidence: Evidence) -> Discovery:
    nodes = evidence.test.names
    return Discovery(PAG(nodes, {(a, b): Mark.CIRCLE for a in nodes for b in nodes if a != b}))


def in_order(evidence: Evidence) -> Discovery:
    nodes = evidence.dataset.names()
    return Discovery(PAG(nodes, {nodes[:2]: Mark.ARROW, nodes[1::-1]: Mark.TAIL}))


def meddling(evidence: Evidence) -> Discovery:
    evidence.dataset.frame.iloc[0, 0] = 7.0
    return empty(evidence)


def nameless(evidence: Evidence) -> Discovery:
    return Discovery(PAG(tuple(f"x{i}" for i in range(len(evidence.test.names))), {}))


@pytest.mark.parametrize(
    ("engine", "law"),
    [
        (empty, "finds_strong_effects_and_nothing_else"),
        (complete, "finds_strong_effects_and_nothing_else"),
        (in_order, "answers_the_same_twice_in_any_order"),
        (nameless, "draws_a_graph_over_the_names"),
        (complete, "has_an_answer_for_few_variables"),
        (meddling, "never_changes_the_evidence"),
    ],
)
def test_an_engine_that_breaks_a_law_is_caught(engine: DiscoveryEngine, law: str) -> None:
    with pytest.raises(AssertionError):
        LAWS[law](engine)
