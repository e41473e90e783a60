"""Random PAGs and ADMGs with names as awkward as they come."""

from __future__ import annotations

from itertools import combinations
from typing import TypeVar

from hypothesis import strategies as st

from cadet.model.graph import ADMG, PAG, Mark

T = TypeVar("T", PAG, ADMG)

AWKWARD = (
    "a b", 'the "big" one', "block:block_rq_issue", "a;b", "x --> y", "-->", "o-o", "1.", "1. x", " lead", "trail ",
    "a\\", "a\nb", "a\\nb", "a\tb", "größe µ", "指標", "[x]", "x [y", "dd", "x dd nl", "Graph Edges:", "Graph Nodes:",
    "Underline", "node", "edge", "digraph", "{", "a->b", "#x", "// x", "<b>", "&amp;", "]]>", "'q'", "a,b", "\u2028",
    "\x85", "0", "-1.5",
)  # fmt: skip
NAMES = st.one_of(st.sampled_from(AWKWARD), st.text(min_size=1, max_size=8))


@st.composite
def pags(draw: st.DrawFn, names: st.SearchStrategy[str] = NAMES) -> PAG:
    """Any marks on any edges; the formats need not know which of them FCI would return."""
    nodes = tuple(draw(st.lists(names, max_size=6, unique=True)))
    marks: dict[tuple[str, str], Mark] = {}
    for a, b in combinations(nodes, 2):
        if draw(st.booleans()):
            marks[a, b], marks[b, a] = draw(st.sampled_from(Mark)), draw(st.sampled_from(Mark))
    return PAG(nodes, marks)


@st.composite
def admgs(draw: st.DrawFn, names: st.SearchStrategy[str] = NAMES) -> ADMG:
    """Acyclic, with bows; the nodes are in any order."""
    order = draw(st.lists(names, max_size=6, unique=True))
    pairs = list(combinations(order, 2))
    directed = frozenset(pair for pair in pairs if draw(st.booleans()))
    bidirected = frozenset(frozenset(pair) for pair in pairs if draw(st.booleans()))
    return ADMG(tuple(draw(st.permutations(order))), directed, bidirected)


def graphs(names: st.SearchStrategy[str] = NAMES) -> st.SearchStrategy[PAG | ADMG]:
    """One or the other."""
    return st.one_of(pags(names), admgs(names))
