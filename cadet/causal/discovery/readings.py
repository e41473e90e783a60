"""How a PAG may be read: what its marks leave open, and the search through what they permit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from cadet.causal.discovery.partial import Frame, Partial, Put
from cadet.model.graph import PAG, Mark
from cadet.model.knowledge import Knowledge

Triple = tuple[str, str, str]
End = tuple[str, str]  # (a, b): the mark at b on the edge a–b
Choose = Callable[[Partial], Put | None]


@dataclass
class Budget:
    """How many more graphs a search may look at."""

    left: int


def said_by(knowledge: Knowledge, a: str, b: str) -> Mark:
    """Return the mark that knowledge puts at b on an edge a–b, a circle where it says nothing."""
    if b in knowledge.exogenous or (b, a) in knowledge.required:
        return Mark.TAIL
    return Mark.CIRCLE if knowledge.may_cause(b, a) else Mark.ARROW


def exact(pag: PAG, knowledge: Knowledge, ambiguous: Collection[Triple] = ()) -> Partial | None:
    """Return what the PAG and knowledge say, with all that follows; None where they contradict each other.

    An unshielded triple of which the PAG shows no arrowhead is no collider, unless it is among the `ambiguous`.
    """
    frame = Frame(pag, knowledge)
    for triple in _passed(frame, pag, ambiguous):
        frame.pass_through(*triple)
    known = frame.puts((end, said_by(knowledge, *end)) for end in pag.marks)
    return Partial(frame).extended([*known, *frame.puts(pag.marks.items())])


def relaxed(
    pag: PAG, knowledge: Knowledge, ambiguous: Collection[Triple] = (), firmest: Sequence[End] = ()
) -> tuple[Partial, tuple[str, ...]]:
    """Return as much as can be kept of a PAG that is none of a MAG, and what is given up.

    Knowledge goes first, then arrowheads, then tails (those of `firmest` first), then triples that are no colliders;
    each is kept unless it would close a directed cycle with what was kept before.
    """
    frame = Frame(pag, knowledge, ancestral=False)
    rank = {end: i for i, end in enumerate(firmest)}
    softer = sorted(pag.marks, key=lambda end: (pag.marks[end] is Mark.TAIL, rank.get(end, len(rank)), end))
    wanted = [(end, said_by(knowledge, *end)) for end in sorted(pag.marks)] + [(end, pag.marks[end]) for end in softer]
    kept, given_up = Partial(frame), []
    for (a, b), mark in wanted:
        further = kept.extended(frame.puts([((a, b), mark)]))
        if further is None:
            given_up.append(f"{_NAMES[mark]} at {b} on the edge {min(a, b)} – {max(a, b)}")
        kept = further or kept
    for triple in _passed(frame, pag, ambiguous):
        further = _passing(kept, triple)
        if further is None:
            a, b, c = (frame.nodes[i] for i in triple)
            given_up.append(f"no collider at {b} between {a} and {c}")
        kept = further or kept
    return kept, tuple(dict.fromkeys(given_up))


_NAMES = {Mark.ARROW: "the arrowhead", Mark.TAIL: "the tail"}


def leaves(start: Partial, choose: Choose, budget: Budget) -> Iterator[Partial]:
    """Yield the maximal graphs without circles that extend `start`, each once, the chosen mark of a circle first.

    Depth first. All are found when the budget outlasts the search.
    """
    stack = [start]
    while stack and budget.left > 0:
        budget.left -= 1
        state = stack.pop()
        choice = choose(state)
        if choice is not None:
            a, b, mark = choice
            both = (state.extended([(a, b, m)]) for m in (_other(mark), mark))
            stack += [further for further in both if further is not None]
        elif state.maximal():
            yield state


def any_way(start: Partial, puts: Iterable[Put]) -> Partial:
    """Put each mark, or the other one where it is contradicted; without going back, so some circles may remain."""
    state = start
    for a, b, mark in puts:
        if state.mark(a, b) is Mark.CIRCLE:
            state = state.extended([(a, b, mark)]) or state.extended([(a, b, _other(mark))]) or state
    return state


def first_open(puts: Iterable[Put]) -> Choose:
    """Choose the first of `puts` that is still open."""
    puts = tuple(puts)
    return lambda state: next((put for put in puts if state.mark(put[0], put[1]) is Mark.CIRCLE), None)


def _other(mark: Mark) -> Mark:
    return Mark.TAIL if mark is Mark.ARROW else Mark.ARROW


def _passed(frame: Frame, pag: PAG, ambiguous: Collection[Triple]) -> list[tuple[int, int, int]]:
    """Return the unshielded triples that are no colliders.

    Where only one arrowhead meets a circle, R1 would have decided, so the triple was ambiguous.
    """
    unclear = {(frame.number[a], frame.number[b], frame.number[c]) for a, b, c in ambiguous}
    passed = []
    for a, b, c in frame.unshielded():
        at_b = {pag.marks[frame.nodes[x], frame.nodes[b]] for x in (a, c)}
        decided = Mark.TAIL in at_b or at_b == {Mark.CIRCLE}
        if decided and not unclear & {(a, b, c), (c, b, a)}:
            passed.append((a, b, c))
    return passed


def _passing(state: Partial, triple: tuple[int, int, int]) -> Partial | None:
    """Say that the middle of the triple is no collider, unless that contradicts the marks."""
    a, b, c = triple
    arrows = [x for x in (a, c) if state.mark(x, b) is Mark.ARROW]
    other = [(c if x == a else a, b, Mark.TAIL) for x in arrows]
    further = state.extended(other) if other else state
    if further is not None:
        state.frame.pass_through(a, b, c)
    return further
