"""Fast causal inference: from independence tests and knowledge to a PAG (Spirtes et al. 2000; Zhang 2008)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cadet.causal.discovery.marks import Marks, circles, to_pag, unclear, unshielded
from cadet.causal.discovery.orient import orient
from cadet.causal.discovery.pools import d_sep_pools, possible_ancestors
from cadet.causal.discovery.rules import r0
from cadet.causal.discovery.separation import Separations, first_found
from cadet.causal.discovery.skeleton import Search, Skeleton, learn_skeleton, names_of, thin_by
from cadet.errors import UsageError
from cadet.model.graph import PAG
from cadet.model.knowledge import Knowledge
from cadet.protocols import IndependenceTest

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Restored:
    """The `edges` put back because the experiment shows that `cause` moves `effect`."""

    cause: str
    effect: str
    edges: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Learned:
    """The PAG with what it rests on; `effects` are what the experiment shows, and the PAG has a way for each.

    ambiguous: unshielded (a, b, c) of which the tests do not tell whether b is a collider. given_up: searches for an
    uncovered path that took too many steps; each can only have left a circle where a mark would have been possible.
    """

    pag: PAG
    skeleton: Skeleton
    restored: tuple[Restored, ...] = ()
    effects: tuple[tuple[str, str], ...] = ()
    ambiguous: tuple[tuple[str, str, str], ...] = ()
    given_up: int = 0


def fci(test: IndependenceTest, knowledge: Knowledge, alpha: float, *, max_conditioning: int | None = None,
        selection: bool = False) -> PAG:  # fmt: skip
    """Return the PAG over `test.names` that the test supports at level `alpha`.

    Knowledge enters as arrowheads at what cannot be a cause, and as tails at exogenous variables. Sound with both;
    complete with tiers (Andrews, Spirtes & Cooper 2020), not claimed to be with exogenous variables. The result does
    not depend on the order of the names. With `selection` the rows may have been selected by what was measured, and
    edges may be undirected; knowledge is refused then with UsageError.
    """
    return search(test, knowledge, alpha, max_conditioning=max_conditioning, selection=selection).pag


def search(
    test: IndependenceTest,
    knowledge: Knowledge,
    alpha: float,
    *,
    max_conditioning: int | None = None,
    most: int | None = None,
    selection: bool = False,
    conservative: bool = True,
    effects: Collection[tuple[str, str]] = (),
) -> Learned:
    """Run FCI and keep the skeleton with its separating sets and what was refused or capped.

    `most` sets are tried for a pair in Possible-D-SEP. `conservative` asks every separating set before it orients,
    else the first that was found decides, as in plain FCI. `effects` are pairs (option, objective) that clearly go
    together, whatever other option is held fixed. With a perfect test the graph always has a way for them; where weak
    tests took every way apart, one edge of a way is put back.
    """
    if selection and knowledge != Knowledge():
        raise UsageError(
            "knowledge with selection=True: what causes no earlier variable may still have been selected for, so it "
            "gives no arrowheads; pass Knowledge(), or selection=False where the rows were not selected"
        )
    how = Search(test, knowledge, alpha, max_conditioning, most)
    skeleton = learn_skeleton(how)
    _thin(skeleton, how)
    restored: list[Restored] = []
    while True:
        separates = Separations(how, skeleton) if conservative else first_found(skeleton)
        marks = orient(circles(skeleton.adjacent, how.background), separates, selection=selection)
        ways = possible_ancestors(marks, np.ones_like(skeleton.adjacent)) | skeleton.adjacent
        at = {name: i for i, name in enumerate(how.names)}
        denied = sorted((a, b) for a, b in effects if not ways[at[a], at[b]])
        if not denied:
            pag, open_triples = to_pag(how.names, marks), unclear(how.names, marks)
            given_up = int(marks.given_up[0])
            return Learned(pag, skeleton, tuple(restored), tuple(sorted(effects)), open_triples, given_up)
        missing = [Restored(a, b, _way(skeleton, how, a, b, ways)) for a, b in denied]
        for x, y in (edge for put_back in missing for edge in put_back.edges):
            skeleton.join(at[x], at[y])
        restored += missing


def _thin(skeleton: Skeleton, how: Search) -> None:
    """Try Possible-D-SEP, with marks that hold whatever edges turn out to be too many.

    An arrowhead of R0 at b on a – b – c says that b causes neither, if both a and c depend on b given what separates
    them (Colombo et al. 2012, lemma 3.1). Only with these marks are possible ancestors all that need to be tried.
    """
    marks = circles(skeleton.adjacent, how.background)
    _firm_colliders(marks, skeleton, how)
    pairs = skeleton.edges(how.background.required)
    ancestors = possible_ancestors(marks, how.background.may_cause)
    thin_by(skeleton, how, pairs, d_sep_pools(marks, ancestors, how.background.may_cause, pairs))


def _firm_colliders(marks: Marks, skeleton: Skeleton, how: Search) -> None:
    triples = unshielded(marks)
    sets = skeleton.separators(triples[:, [0, 2]])
    outside = ~(sets == triples[:, [1]]).any(axis=1) & ~skeleton.untested[triples[:, 0], triples[:, 2]]
    triples, sets = triples[outside], sets[outside]
    first, asked = how.dependent_given(np.sort(triples[:, :2], axis=1), sets)
    second, more = how.dependent_given(np.sort(triples[:, 1:], axis=1), sets)
    skeleton.tests += asked + more
    r0(marks, triples[first & second])


def _way(skeleton: Skeleton, how: Search, a: str, b: str, ways: Flags) -> tuple[tuple[str, str], ...]:
    """Return the edges that make a way from a to b: into b from its carrier, and to the carrier if a has none."""
    carrier = _carrier(skeleton, how, a, b)
    reached = ways[how.names.index(a), how.names.index(carrier)]
    return ((carrier, b),) if reached else ((a, carrier), (carrier, b))


def _carrier(skeleton: Skeleton, how: Search, a: str, b: str) -> str:
    """Return where the effect of a on b enters b: the member of what separates them that a moves and b needs most.

    Whatever separates a cause from its effect holds a node of every way between them. Without one it is a itself.
    """
    at = {name: i for i, name in enumerate(how.names)}
    separating = sorted(names_of(how.names, skeleton.separators(np.array([[at[a], at[b]]]))[0]))
    moved = [
        m for m in separating
        if how.background.may_cause[at[m], at[b]] and how.background.joins[at[a], at[m]] and _depend(how, a, m)
    ]  # fmt: skip
    results = [(how.test(m, b, (a,)), m) for m in moved if not skeleton.adjacent[at[m], at[b]]]
    needed = [(r.p_value, -r.statistic, m) for r, m in results if r is not None and r.p_value <= how.alpha]
    return min(needed)[-1] if needed else a


def _depend(how: Search, a: str, b: str) -> bool:
    result = how.test(a, b, ())
    return result is None or result.p_value <= how.alpha
