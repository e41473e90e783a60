"""A graph whose circles are being decided: each decision brings all that follows from it, or a contradiction.

What follows (Zhang 2008, R1, R2, R8, here for ancestors instead of parents): no tail faces a tail; an unshielded triple
that is no collider has a tail in its middle; what is an ancestor has no arrowhead there. The remaining rules of FCI
follow when the other mark is tried and contradicts these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import copy
from itertools import combinations

from cadet.model.graph import ADMG, PAG, Mark
from cadet.model.knowledge import Knowledge

Put = tuple[int, int, Mark]  # (a, b, mark at b on the edge a–b), nodes by number


class Frame:
    """What all readings of a PAG share: its edges, the triples that are no colliders, what may not cause what.

    Sets of nodes are the bits of an integer. ancestral: whether an arrowhead at b on a *→ b forbids b to be an
    ancestor of a, as in a MAG; else only directed cycles are forbidden, as in an ADMG.
    """

    def __init__(self, pag: PAG, knowledge: Knowledge, *, ancestral: bool = True):
        """Take adjacencies and knowledge; the marks and triples of the PAG are put by the caller."""
        self.nodes = tuple(sorted(pag.nodes))
        self.number = {name: i for i, name in enumerate(self.nodes)}
        self.ancestral = ancestral
        self.adjacent = [0] * len(self.nodes)
        for a, b in pag.marks:
            self.adjacent[self.number[b]] |= 1 << self.number[a]
        self.never = [sum(1 << j for j, b in enumerate(self.nodes) if i != j and not knowledge.may_cause(a, b))
                      for i, a in enumerate(self.nodes)]  # fmt: skip
        self.passes: dict[tuple[int, int], int] = {}

    def pass_through(self, a: int, b: int, c: int) -> None:
        """Say that b is no collider between a and c."""
        for x, y in ((a, c), (c, a)):
            self.passes[x, b] = self.passes.get((x, b), 0) | 1 << y

    def unshielded(self) -> Iterator[tuple[int, int, int]]:
        """Yield (a, b, c) with a < c for every path a–b–c whose ends are not adjacent."""
        for b, near in enumerate(self.adjacent):
            for a, c in combinations(bits(near), 2):
                if not self.adjacent[a] >> c & 1:
                    yield a, b, c

    def puts(self, marks: Iterable[tuple[tuple[str, str], Mark]]) -> list[Put]:
        """Return marks by the numbers of their nodes, sorted, without circles."""
        return sorted((self.number[a], self.number[b], m) for (a, b), m in marks if m is not Mark.CIRCLE)


class Partial:
    """Marks decided so far, with the ancestors that they imply; `extended` gives a new one, the old one stays."""

    def __init__(self, frame: Frame):
        """All circles."""
        size = len(frame.nodes)
        self.frame = frame
        self._arrow, self._tail = [0] * size, [0] * size  # by node: the neighbours towards which it has that mark
        self._points = [0] * size  # by node: the neighbours that have an arrowhead towards it
        self._up, self._down = ([1 << i for i in range(size)] for _ in range(2))  # ancestors, descendants, itself too

    def extended(self, puts: Iterable[Put]) -> Partial | None:
        """Return the graph with these marks and all that follows, None where they contradict what is there."""
        new = copy(self)
        new._arrow, new._tail, new._points = self._arrow[:], self._tail[:], self._points[:]
        new._up, new._down = self._up[:], self._down[:]
        return new if new._close(list(puts)) else None

    def mark(self, a: int, b: int) -> Mark:
        """Return the mark at b on the edge a–b."""
        return Mark.ARROW if self._arrow[b] >> a & 1 else Mark.TAIL if self._tail[b] >> a & 1 else Mark.CIRCLE

    def circles(self) -> list[tuple[int, int]]:
        """Return (a, b) for every circle at b on an edge a–b."""
        return [(a, b) for b in range(len(self._arrow)) for a in bits(self._open(b))]

    def admg(self, nodes: tuple[str, ...]) -> ADMG:
        """Return the graph as it is read, the remaining circles as arrowheads; `nodes` gives the order."""
        name = self.frame.nodes
        tails = [(name[b], name[a]) for b, towards in enumerate(self._tail) for a in bits(towards)]
        joined = ((a, b) for b, near in enumerate(self.frame.adjacent) for a in bits(near) if a < b)
        both = (frozenset((name[a], name[b])) for a, b in joined if not (self._tail[b] >> a | self._tail[a] >> b) & 1)
        return ADMG(nodes, frozenset(tails), frozenset(both))

    def maximal(self) -> bool:
        """Tell whether no inducing path joins two nodes without an edge (Richardson & Spirtes 2002), circles aside."""
        spouses = [self._arrow[v] & self._points[v] for v in range(len(self._arrow))]
        # one collider alone induces nothing in an ancestral graph
        tied = sum(1 << v for v, others in enumerate(spouses) if others)
        for x, y in combinations([v for v, points in enumerate(self._points) if points & tied], 2):
            if not self.frame.adjacent[x] >> y & 1 and self._induced(x, y, spouses):
                return False
        return True

    def _induced(self, x: int, y: int, spouses: list[int]) -> bool:
        """Tell whether colliders that are ancestors of x or y lead from x to y."""
        allowed = (self._up[x] | self._up[y]) & ~(1 << x | 1 << y)
        reached = frontier = self._points[x] & allowed
        while frontier:
            if frontier & self._points[y]:
                return True
            further = 0
            for v in bits(frontier):
                further |= spouses[v]
            frontier = further & allowed & ~reached
            reached |= frontier
        return False

    def _open(self, b: int) -> int:
        return self.frame.adjacent[b] & ~self._arrow[b] & ~self._tail[b]

    def _close(self, todo: list[Put]) -> bool:
        while todo:
            a, b, mark = todo.pop()
            here = self.mark(a, b)
            if here is Mark.CIRCLE:
                if not (self._put_tail if mark is Mark.TAIL else self._put_arrow)(a, b, todo):
                    return False
            elif here is not mark:
                return False
        return True

    def _put_arrow(self, a: int, b: int, todo: list[Put]) -> bool:
        self._arrow[b] |= 1 << a
        self._points[a] |= 1 << b
        todo += [(c, b, Mark.TAIL) for c in bits(self.frame.passes.get((a, b), 0))]
        if not self.frame.ancestral:
            return True
        todo += [(x, c, Mark.ARROW) for c in bits(self._down[b]) for x in bits(self._open(c) & self._up[a])]
        return not self._up[a] >> b & 1

    def _put_tail(self, a: int, b: int, todo: list[Put]) -> bool:
        """b → a: what is above b is now above all that is below a."""
        self._tail[b] |= 1 << a
        above, below = self._up[b], self._down[a]
        if above & below or any(self.frame.never[u] & below for u in bits(above)):
            return False
        for u in bits(above):
            self._down[u] |= below
        for v in bits(below):
            self._up[v] |= above
        todo.append((b, a, Mark.ARROW))
        todo += [(u, v, Mark.ARROW) for u in bits(above) for v in bits(self.frame.adjacent[u] & below)]
        return not self.frame.ancestral or self._put_ancestors(above, below, todo)

    def _put_ancestors(self, above: int, below: int, todo: list[Put]) -> bool:
        """In an ancestral graph an edge from an ancestor to its descendant is directed, and others do not close it."""
        if any(self._arrow[u] & below for u in bits(above)):
            return False
        todo += [(v, u, Mark.TAIL) for u in bits(above) for v in bits(self.frame.adjacent[u] & below)]
        barred = self._union(self._up, self._union(self._arrow, above))
        todo += [(x, c, Mark.ARROW) for c in bits(below) for x in bits(self._open(c) & barred)]
        barred = self._union(self._down, self._union(self._points, below))
        todo += [(x, c, Mark.ARROW) for x in bits(above) for c in bits(self.frame.adjacent[x] & barred)
                 if self._open(c) >> x & 1]  # fmt: skip
        return True

    @staticmethod
    def _union(sets: list[int], of: int) -> int:
        found = 0
        for i in bits(of):
            found |= sets[i]
        return found


def bits(members: int) -> Iterator[int]:
    """Yield the numbers of the bits that are set, lowest first."""
    while members:
        lowest = members & -members
        yield lowest.bit_length() - 1
        members ^= lowest
