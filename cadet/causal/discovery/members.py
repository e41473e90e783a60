"""The causal graphs that a PAG permits: all of them where they are few, else a sample."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice

import numpy as np

from cadet.causal.discovery.partial import Partial, Put
from cadet.causal.discovery.readings import Budget, Triple, any_way, exact, first_open, leaves, relaxed
from cadet.model.graph import ADMG, PAG, Mark
from cadet.model.knowledge import Knowledge

LIMIT = 100
_STEPS = 4_000  # graphs to look at before all members are taken to be too many
_STEPS_EACH = 20  # times the circles, for each member of a sample
_TRIES = 3  # for each member of a sample, as some come up again


@dataclass(frozen=True)
class Members:
    """Graphs that agree with a PAG and with knowledge, each a MAG read without selection bias.

    complete: whether these are all; else they are a sample, in which some members are likelier than others.
    exact: False where no MAG agrees with the PAG, as happens with weak data. Then the graphs are acyclic and keep what
    can be kept, and `given_up` names what the PAG says that none of them keeps.
    """

    graphs: tuple[ADMG, ...]
    complete: bool
    exact: bool = True
    given_up: tuple[str, ...] = ()


def members(
    pag: PAG,
    knowledge: Knowledge,
    rng: np.random.Generator,
    limit: int = LIMIT,
    *,
    ambiguous: Collection[Triple] = (),
) -> Members:
    """Return the members of what `pag` stands for, at most `limit`.

    A member is ancestral and maximal, has the adjacencies, the unshielded colliders and every mark of the PAG, and
    agrees with `knowledge`. For the PAG of a MAG these are the MAGs of its Markov equivalence class that agree (the
    colliders with order of Ali, Richardson & Spirtes 2009 are among the marks of a PAG). Unshielded triples among
    `ambiguous` may be colliders or not. A directed edge of a member may hide a common cause beside the effect, see
    `cadet.causal.effects.bounds`. Work is bounded; the result depends on the seed only where it is a sample.
    """
    start = exact(pag, knowledge, ambiguous)
    if start is None:
        return _kept(pag, knowledge, rng, limit, ambiguous)
    budget = Budget(_STEPS)
    found = list(islice(leaves(start, first_open((a, b, Mark.ARROW) for a, b in start.circles()), budget), limit + 1))
    if len(found) <= limit and budget.left > 0:
        if not found:
            return _kept(pag, knowledge, rng, limit, ambiguous)
        return Members(_graphs(found, pag), True)
    sample = _sample(start, pag, rng, limit) or _graphs(found[:limit], pag)
    return Members(sample, False) if sample else _kept(pag, knowledge, rng, limit, ambiguous)


def _sample(start: Partial, pag: PAG, rng: np.random.Generator, limit: int) -> tuple[ADMG, ...]:
    """Return up to `limit` different members."""
    found: dict[ADMG, None] = {}
    for _ in range(_TRIES * limit):
        if len(found) < limit:
            found |= dict.fromkeys(_graphs(_drawn(start, rng), pag))
    return tuple(found)


def _drawn(start: Partial, rng: np.random.Generator) -> list[Partial]:
    """Return one member, reached through the circles in random order; none where the budget ends first."""
    budget = Budget(_STEPS_EACH * (len(start.circles()) + 1))
    return list(islice(leaves(start, first_open(_at_random(start, rng)), budget), 1))


def _kept(
    pag: PAG, knowledge: Knowledge, rng: np.random.Generator, limit: int, ambiguous: Collection[Triple]
) -> Members:
    start, given_up = relaxed(pag, knowledge, ambiguous)
    sample = [any_way(start, _at_random(start, rng)) for _ in range(limit)]
    return Members(_graphs(sample, pag), False, False, given_up)


def _at_random(start: Partial, rng: np.random.Generator) -> list[Put]:
    circles = start.circles()
    order = rng.permutation(len(circles))
    marks = rng.random(len(circles)) < 0.5
    return [(*circles[i], Mark.TAIL if marks[i] else Mark.ARROW) for i in order]


def _graphs(leaves: list[Partial], pag: PAG) -> tuple[ADMG, ...]:
    return tuple(dict.fromkeys(leaf.admg(pag.nodes) for leaf in leaves))
