"""Fast causal inference: from independence tests and knowledge to a PAG (Spirtes et al. 2000; Zhang 2008)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from cadet.causal.discovery.marks import Marks
from cadet.causal.discovery.orient import orient, r0
from cadet.causal.discovery.possible_d_sep import possible_d_sep
from cadet.causal.discovery.separation import Separations, first_found
from cadet.causal.discovery.skeleton import Search, Skeleton, learn_skeleton, thin_by
from cadet.model.graph import PAG
from cadet.model.knowledge import Knowledge
from cadet.protocols import IndependenceTest


@dataclass(frozen=True)
class Restored:
    """The way cause – carrier – effect, put back because the experiment shows that `cause` moves `effect`."""

    cause: str
    effect: str
    carrier: str


@dataclass(frozen=True)
class Learned:
    """The PAG with what it rests on; `effects` are what the experiment shows, and the PAG has a way for each."""

    pag: PAG
    skeleton: Skeleton
    restored: tuple[Restored, ...] = ()
    effects: tuple[tuple[str, str], ...] = ()


def fci(test: IndependenceTest, knowledge: Knowledge, alpha: float, *, max_conditioning: int | None = None) -> PAG:
    """Return the PAG over `test.names` that the test supports at level `alpha`.

    Knowledge enters as arrowheads at what cannot be a cause, and as tails at exogenous variables. Sound with both;
    complete with tiers (Andrews, Spirtes & Cooper 2020), not claimed to be with exogenous variables. The result does
    not depend on the order of the names.
    """
    return search(test, knowledge, alpha, max_conditioning=max_conditioning).pag


def search(
    test: IndependenceTest,
    knowledge: Knowledge,
    alpha: float,
    *,
    max_conditioning: int | None = None,
    effects: Collection[tuple[str, str]] = (),
) -> Learned:
    """Run FCI and keep the skeleton with its separating sets and what was refused or capped.

    `effects` are pairs (option, objective) that clearly go together, whatever other option is held fixed. With a
    perfect test the graph always has a way for them; where weak tests took every way apart, one edge of a way is put
    back.
    """
    how = Search(test, knowledge, alpha, max_conditioning)
    skeleton = learn_skeleton(how)
    provisional = Marks(skeleton.neighbours)
    provisional.know(knowledge)
    r0(provisional, first_found(skeleton))
    thin_by(skeleton, how, lambda node: possible_d_sep(provisional, node))
    restored: list[Restored] = []
    while True:
        marks = _oriented(skeleton, how)
        denied = sorted((a, b) for a, b in effects if not marks.adjacent(a, b) and b not in possible_effects(marks, a))
        if not denied:
            return Learned(marks.pag(), skeleton, tuple(restored), tuple(sorted(effects)))
        missing = [Restored(a, b, _carrier(skeleton, how, marks, a, b)) for a, b in denied]
        for edge in missing:
            skeleton.join(edge.carrier, edge.effect)
            if edge.carrier not in possible_effects(marks, edge.cause) | {edge.cause}:
                skeleton.join(edge.cause, edge.carrier)
        restored += missing


def _oriented(skeleton: Skeleton, how: Search) -> Marks:
    marks = Marks(skeleton.neighbours)
    marks.know(how.knowledge)
    orient(marks, Separations(how, skeleton))
    return marks


def _carrier(skeleton: Skeleton, how: Search, marks: Marks, a: str, b: str) -> str:
    """Return where the effect of a on b enters b: the member of what separates them that a moves and b needs most.

    Whatever separates a cause from its effect holds a node of every way between them. Without one it is a itself.
    """
    separating = sorted(skeleton.separators[frozenset((a, b))])
    moved = [
        m for m in separating if how.knowledge.may_cause(m, b) and how.joins(a, m) and not how.independent(a, m, ())
    ]
    results = [(how.test(m, b, (a,)), m) for m in moved if not marks.adjacent(m, b)]
    needed = [(r.p_value, -r.statistic, m) for r, m in results if r is not None and r.p_value <= how.alpha]
    return min(needed)[-1] if needed else a


def possible_effects(marks: Marks, a: str) -> frozenset[str]:
    """Return the nodes with a potentially directed path from a, itself excluded."""
    seen, frontier = {a}, [a]
    while frontier:
        node = frontier.pop()
        further = [b for b in marks.neighbours[node] if b not in seen and marks.may_cause(node, b)]
        seen.update(further)
        frontier.extend(further)
    return frozenset(seen - {a})
