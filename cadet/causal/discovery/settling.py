"""Which intervention would settle an edge that the data leaves open."""

from __future__ import annotations

import networkx as nx

from cadet.model.graph import ADMG, PAG, Mark
from cadet.model.knowledge import Knowledge


class Settling:
    """Looks for an option that moves one end of an edge and can reach the other end only through it."""

    def __init__(self, pag: PAG, admg: ADMG, knowledge: Knowledge):
        """Options are what was randomised; in tables that nobody randomised, the variables of the first tier."""
        self._pag, self._admg = pag, admg
        tiers = {node: knowledge.tiers.get(node, 0) for node in pag.nodes}
        first = {node for node, tier in tiers.items() if tier < max(tiers.values())}
        first = {node for node in first if tiers[node] == min(tiers.values())}
        self._options = sorted((knowledge.exogenous or first) & set(pag.nodes))

    def of(self, a: str, b: str) -> str:
        """Return what to set and to look for on the edge a–b, empty where nothing is open or no option would do."""
        for cause, effect in ((a, b), (b, a)):
            if self._pag.marks[effect, cause] is Mark.CIRCLE and (option := self._option(cause, effect)):
                if option == cause:
                    return f"set {cause} and nothing else: {effect} follows if {cause} causes it"
                return (
                    f"set {option}, which moves {cause} and reaches {effect} no other way: "
                    f"{effect} follows if {cause} causes it"
                )
        return ""

    def _option(self, cause: str, effect: str) -> str | None:
        """Return the option nearest to `cause` that has no way to `effect` around it."""
        if cause in self._options:
            return cause
        around = self._admg.digraph.copy()
        around.remove_node(cause)
        bypass = nx.ancestors(around, effect) | {effect}
        distance = nx.single_source_shortest_path_length(self._admg.digraph.reverse(copy=False), cause)
        near = [(distance[o], o) for o in self._options if o in distance and o not in bypass]
        return min(near)[1] if near else None
