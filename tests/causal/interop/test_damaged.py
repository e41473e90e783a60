"""Damaged files end in a GraphError or in a graph, never in a traceback."""

from __future__ import annotations

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st

from cadet.causal.interop import from_dot, from_graphml, from_text, to_dot, to_graphml, to_text
from cadet.errors import GraphError
from cadet.model.graph import ADMG, PAG
from tests.causal.interop.graphs import pags

FORMATS = ((to_text, from_text), (to_dot, from_dot), (to_graphml, from_graphml))
PIECES = st.one_of(st.text(max_size=3), st.sampled_from(["-->", '"', "\\", "<", "o-", ";", "->", "[", "}", "\n", "="]))


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(FORMATS), pags(st.sampled_from(["a", "b c", '"', "d;e"])),
    st.integers(0, 400), st.integers(0, 5), PIECES, st.sampled_from([PAG, ADMG]),
)  # fmt: skip
def test_a_piece_lost_or_put_in(format_: tuple, pag: PAG, at: int, lost: int, piece: str, kind: type) -> None:
    write, read = format_
    text = write(pag)
    with contextlib.suppress(GraphError):
        assert isinstance(read(text[:at] + piece + text[at + lost :], kind), kind)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(FORMATS), st.lists(PIECES, max_size=12).map("".join))
def test_anything(format_: tuple, text: str) -> None:
    with contextlib.suppress(GraphError):
        assert isinstance(format_[1](text, PAG), PAG)
