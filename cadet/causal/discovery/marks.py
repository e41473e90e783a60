"""A graph under orientation: circles become arrowheads and tails, and never change again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from cadet.model.graph import PAG, Mark
from cadet.model.knowledge import Knowledge


class Marks:
    """The marks of a growing PAG. `at[a, b]` is the mark at b on the edge between a and b.

    ambiguous: unshielded (a, b, c) of which the tests do not tell whether b is a collider; nothing follows from them.
    """

    def __init__(self, neighbours: Mapping[str, set[str]]):
        """All edges o-o."""
        self.nodes = tuple(sorted(neighbours))
        self.neighbours = {node: tuple(sorted(neighbours[node])) for node in self.nodes}
        self.ambiguous: set[tuple[str, str, str]] = set()
        self.at = {(a, b): Mark.CIRCLE for a in self.nodes for b in self.neighbours[a]}

    def put(self, a: str, b: str, mark: Mark) -> bool:
        """Put `mark` at b on the edge a–b where there is a circle; tell whether anything changed.

        What is decided stays: knowledge is never overwritten, and errors of tests cannot flip a mark back and forth.
        """
        if self.at[a, b] is not Mark.CIRCLE:
            return False
        self.at[a, b] = mark
        return True

    def direct(self, a: str, b: str) -> bool:
        """Orient a → b as far as there are circles."""
        tail, arrow = self.put(b, a, Mark.TAIL), self.put(a, b, Mark.ARROW)
        return tail or arrow

    def adjacent(self, a: str, b: str) -> bool:
        """Tell whether an edge joins a and b."""
        return (a, b) in self.at

    def circle(self, a: str, b: str) -> bool:
        """Tell whether the mark at b is a circle."""
        return self.at.get((a, b)) is Mark.CIRCLE

    def into(self, a: str, b: str) -> bool:
        """Tell whether a *→ b."""
        return self.at.get((a, b)) is Mark.ARROW

    def causes(self, a: str, b: str) -> bool:
        """Tell whether a → b."""
        return self.into(a, b) and self.at[b, a] is Mark.TAIL

    def may_cause(self, a: str, b: str) -> bool:
        """Tell whether a → b is possible: no arrowhead at a, no tail at b (an edge of a potentially directed path)."""
        return self.adjacent(a, b) and self.at[b, a] is not Mark.ARROW and self.at[a, b] is not Mark.TAIL

    def unshielded(self) -> Iterator[tuple[str, str, str]]:
        """Yield (a, b, c), a < c, for every path a–b–c whose ends are not adjacent."""
        for b in self.nodes:
            for a, c in combinations(self.neighbours[b], 2):
                if not self.adjacent(a, c):
                    yield a, b, c

    def passes(self, a: str, b: str, c: str) -> bool:
        """Tell whether b is known to be no collider on the unshielded a–b–c that was not oriented as one."""
        return (a, b, c) not in self.ambiguous

    def know(self, knowledge: Knowledge) -> None:
        """Put an arrowhead at whatever cannot be a cause, and a tail at what is exogenous; nothing else is known."""
        for a, b in self.at:
            if b in knowledge.exogenous:
                self.put(a, b, Mark.TAIL)
            elif not knowledge.may_cause(b, a):
                self.put(a, b, Mark.ARROW)

    def pag(self) -> PAG:
        """Return the marks as they are now."""
        return PAG(self.nodes, dict(self.at))
