"""`cadet learn --format`: what other tools read is the graph that the JSON document holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cadet.causal.interop import from_dot, from_graphml, from_text
from cadet.model.graph import PAG
from tests.cli.conftest import Cadet


@pytest.fixture
def learned(cadet: Cadet, board: Path) -> dict[str, str]:
    assert cadet("measure", board, "-n", 12).code == 0
    said = {
        format_: cadet("learn", "board", "--format", format_, "--subsamples", 5)
        for format_ in ("json", "text", "dot", "graphml")
    }
    assert {format_: ended.code for format_, ended in said.items()} == dict.fromkeys(said, 0)
    return {format_: ended.out for format_, ended in said.items()}


def test_text_dot_and_graphml_hold_the_same_graph_as_json(learned: dict[str, str]) -> None:
    graph = json.loads(learned["json"])
    pag = from_text(learned["text"], PAG)
    assert pag == from_dot(learned["dot"], PAG) == from_graphml(learned["graphml"], PAG)
    assert list(pag.nodes) == graph["nodes"] and pag.marks
    assert [(a, b, at_a.value, at_b.value) for a, b, at_a, at_b in pag.edges()] == [
        (edge["a"], edge["b"], edge["at_a"], edge["at_b"]) for edge in graph["edges"]
    ]


def test_an_unknown_format_is_a_usage_error(cadet: Cadet) -> None:
    ended = cadet("learn", "board", "--format", "gml")
    assert ended.code == 2 and "'gml' is not one of" in ended.err


def test_another_engine_says_what_it_assumes_and_is_not_resampled(cadet: Cadet, board: Path) -> None:
    pytest.importorskip("pgmpy.causal_discovery", reason="pgmpy is not installed: pip install 'cadet[peers]'")
    assert cadet("measure", board, "-n", 12).code == 0
    ended = cadet("learn", "board", "--engine", "pgmpy")
    assert ended.code == 0 and "PC assumes that nothing unrecorded causes two variables" in ended.err
    assert "not resampled" in ended.out


def test_an_unknown_engine_is_a_usage_error(cadet: Cadet, board: Path) -> None:
    assert cadet("measure", board, "-n", 3).code == 0
    ended = cadet("learn", "board", "--engine", "pgmppy")
    assert ended.code == 2 and "did you mean 'pgmpy'" in ended.err
