"""Fast causal inference: from independence tests and knowledge to a PAG (Spirtes et al. 2000; Zhang 2008)."""

from __future__ import annotations

from dataclasses import dataclass

from cadet.causal.discovery.marks import Marks
from cadet.causal.discovery.orient import orient, r0
from cadet.causal.discovery.possible_d_sep import possible_d_sep
from cadet.causal.discovery.skeleton import Search, Skeleton, learn_skeleton, thin_by
from cadet.model.graph import PAG
from cadet.model.knowledge import Knowledge
from cadet.protocols import IndependenceTest


@dataclass(frozen=True)
class Learned:
    """The PAG with what it rests on."""

    pag: PAG
    skeleton: Skeleton


def fci(test: IndependenceTest, knowledge: Knowledge, alpha: float, *, max_conditioning: int | None = None) -> PAG:
    """Return the PAG over `test.names` that the test supports at level `alpha`.

    Knowledge enters as arrowheads at what cannot be a cause, and as tails at exogenous variables. Sound with both;
    complete with tiers (Andrews, Spirtes & Cooper 2020), not claimed to be with exogenous variables. The result does
    not depend on the order of the names.
    """
    return search(test, knowledge, alpha, max_conditioning=max_conditioning).pag


def search(
    test: IndependenceTest, knowledge: Knowledge, alpha: float, *, max_conditioning: int | None = None
) -> Learned:
    """Run FCI and keep the skeleton with its separating sets and what was refused or capped."""
    how = Search(test, knowledge, alpha, max_conditioning)
    skeleton = learn_skeleton(how)
    provisional = Marks(skeleton.neighbours)
    provisional.know(knowledge)
    r0(provisional, skeleton.separators)
    thin_by(skeleton, how, lambda node: possible_d_sep(provisional, node))
    marks = Marks(skeleton.neighbours)
    marks.know(knowledge)
    orient(marks, skeleton.separators)
    return Learned(marks.pag(), skeleton)
