"""From a PAG to one ADMG that agrees with it, and why each edge reads as it does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from cadet.causal.discovery.claims import ENTROPIC, Claim, Ends, guesses, majorities, mark_at, puts, way, word
from cadet.causal.discovery.partial import Partial
from cadet.causal.discovery.readings import Budget, End, Triple, any_way, exact, first_open, leaves, relaxed, said_by
from cadet.causal.discovery.settling import Settling
from cadet.model.graph import ADMG, PAG, EdgeStability, Mark, Resolution
from cadet.model.knowledge import Knowledge

CONTRADICTION = "contradiction"  # the marks contradict each other; this one is given up, and the edge is read as ↔
RULES = (
    "knowledge",
    "data",
    "experiment",
    "stability",
    ENTROPIC,
    "guess",
    CONTRADICTION,
)  # from firm to soft; an edge is as soft as its softer end
_STEPS = 1_000  # graphs to look at before a PAG is taken to have no member

Criterion = Callable[[Mapping[tuple[str, str], Ends]], Mapping[tuple[str, str], Ends]]
"""Called with the edges that have a circle left, sorted; returns how it would read them, all or some."""


@dataclass(frozen=True)
class Resolved:
    """The ADMG and, for each edge, the rule that decided.

    member: whether the ADMG is a MAG that agrees with every mark of the PAG; else it is acyclic and keeps what it can,
    and `given_up` names what it does not.
    """

    admg: ADMG
    resolutions: tuple[Resolution, ...]
    member: bool = True
    given_up: tuple[str, ...] = ()


def resolve(
    pag: PAG,
    knowledge: Knowledge,
    stability: Sequence[EdgeStability] = (),
    effects: Sequence[tuple[str, str]] = (),
    *,
    criterion: Criterion | None = None,
    ambiguous: Collection[Triple] = (),
) -> Resolved:
    """Resolve every circle: by knowledge, the data, the majority of subsamples, a criterion, else by a flagged guess.

    `effects` are (cause, effect) pairs that the data shows: where the reading would leave one without a way, the
    shortest potentially directed path of the PAG is read as directed. That is an experiment's word where the cause was
    randomised, else a guess. `criterion` is asked about the edges that nothing firmer decides, such as
    `cadet.causal.discovery.entropic.criterion`; `ambiguous` are unshielded triples that may be colliders or not.

    A guess reads a o→ b as a → b (Zhang 2008, theorem 2), and a o–o b from the earlier tier, then from the node
    nearer to what was set. What follows from a decision carries its rule. The ADMG is a member of what the PAG stands
    for wherever one is found; where the marks contradict each other, the softest are given up.
    """
    read = _Reading(pag, knowledge, stability, criterion, ambiguous)
    resolved = read.resolved(())
    denied = [(a, b) for a, b in effects if a not in resolved.admg.ancestors(b)]
    if not denied:
        return resolved
    firmest_first = sorted(denied, key=lambda pair: pair[0] not in knowledge.exogenous)
    ways = [
        Claim((b, a), Mark.TAIL, "experiment" if cause in knowledge.exogenous else "guess")
        for cause, effect in firmest_first
        for a, b in way(pag, cause, effect)
    ]
    return read.resolved(ways)


class _Reading:
    """What does not depend on the ways that effects need."""

    def __init__(
        self,
        pag: PAG,
        knowledge: Knowledge,
        stability: Sequence[EdgeStability],
        criterion: Criterion | None,
        ambiguous: Collection[Triple],
    ):
        self.pag, self.knowledge, self.criterion = pag, knowledge, criterion
        self.majorities = majorities(stability)
        self.guesses = guesses(pag, knowledge)
        self.exact = exact(pag, knowledge, ambiguous)
        self.stability, self.ambiguous = stability, ambiguous

    @cached_property
    def relaxed(self) -> tuple[Partial, tuple[str, ...]]:
        """What can be kept where the marks contradict each other, the most stable edges first."""
        adjacent = {frozenset((edge.a, edge.b)): -edge.adjacent for edge in self.stability}
        stable = sorted(self.pag.marks, key=lambda end: (adjacent.get(frozenset(end), 0.0), end))
        return relaxed(self.pag, self.knowledge, self.ambiguous, stable)

    def resolved(self, ways: Sequence[Claim]) -> Resolved:
        if self.exact is not None:
            claims = self._claims(self.exact, ways)
            found = next(leaves(self.exact, first_open(puts(self.exact, claims)), Budget(_STEPS)), None)
            if found is not None:
                return self._told(self.exact, found, claims, None)
        start, given_up = self.relaxed
        claims = self._claims(start, ways)
        return self._told(start, any_way(start, puts(start, claims)), claims, given_up)

    def _claims(self, start: Partial, ways: Sequence[Claim]) -> list[Claim]:
        """Return every word on a circle, the firmest first."""
        firm = [*ways, *self.majorities]
        firm = [claim for claim in firm if claim.end in self.pag.marks]
        if self.criterion is None:
            return firm + self.guesses
        state, name = any_way(start, puts(start, firm)), start.frame.nodes
        pairs = sorted({(name[min(edge)], name[max(edge)]) for edge in state.circles()})
        left = {(a, b): (mark_at(state, (b, a)), mark_at(state, (a, b))) for a, b in pairs}
        words = [claim for pair, ends in sorted(self.criterion(left).items()) for claim in word(state, pair, ends)]
        return firm + words + self.guesses

    def _told(
        self, start: Partial, leaf: Partial, claims: Sequence[Claim], given_up: tuple[str, ...] | None
    ) -> Resolved:
        admg = leaf.admg(self.pag.nodes)
        rules = _rules(self.pag, self.knowledge, start, leaf, claims)
        settling = Settling(self.pag, admg, self.knowledge)
        told = []
        for a, b in sorted({(min(end), max(end)) for end in self.pag.marks}):
            at_a, at_b = rules[b, a], rules[a, b]
            rule = max(at_a, at_b, key=RULES.index)
            told.append(Resolution(a, b, _reads(admg, a, b), rule, at_a, at_b, settling.of(a, b)))
        return Resolved(admg, tuple(told), given_up is None, given_up or ())


def _reads(admg: ADMG, a: str, b: str) -> str:
    if frozenset((a, b)) in admg.bidirected:
        return f"{a} ↔ {b}"
    return f"{a} → {b}" if (a, b) in admg.directed else f"{b} → {a}"


def _rules(pag: PAG, knowledge: Knowledge, start: Partial, leaf: Partial, claims: Sequence[Claim]) -> dict[End, str]:
    """Return for each end the rule that decided it: its own, or that of the decision that it follows from."""
    number = start.frame.number
    rules = {}
    for (a, b), mark in pag.marks.items():
        here = start.mark(number[a], number[b])
        if here is not Mark.CIRCLE:
            firm = "knowledge" if said_by(knowledge, a, b) is here else "data"
            rules[a, b] = firm if mark in (here, Mark.CIRCLE) else CONTRADICTION
    state = start
    for claim, put in zip(claims, puts(start, claims), strict=True):
        if state.mark(*put[:2]) is Mark.CIRCLE and leaf.mark(*put[:2]) is put[2]:
            state = state.extended([put]) or state
            decided = (end for end in pag.marks if end not in rules and mark_at(state, end) is not Mark.CIRCLE)
            rules |= dict.fromkeys(tuple(decided), claim.rule)
    return {end: rules.get(end, "guess" if mark is Mark.CIRCLE else CONTRADICTION) for end, mark in pag.marks.items()}
