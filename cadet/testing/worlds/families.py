"""Families of worlds: what the options do to the events and the objectives, drawn at random from a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cadet.errors import UsageError, nearest
from cadet.model.domain import Choice, Interval
from cadet.model.objective import Objective
from cadet.model.option import Option
from cadet.model.space import Space
from cadet.testing.worlds.mechanism import Form, Node, Scale, Shape, Term
from cadet.testing.worlds.world import World

_LAYERS = ("application", "framework", "kernel", "hardware")


@dataclass(frozen=True)
class _Family:
    """What the worlds of a family have in common.

    strength: bounds of a term's weight (of its logarithmic effect where `scale` is log); gates: how many further
    options a term may need; direct: the share of an objective's terms that come from options, not from events.
    """

    forms: tuple[Form, ...]
    scale: Scale
    strength: tuple[float, float]
    gates: int = 0
    direct: float = 0.6
    null: bool = False


_FAMILIES = {
    "additive": _Family(("linear", "valley", "saturation"), "natural", (0.2, 1.5)),
    "thresholds": _Family(("step",), "log", (0.15, 0.6)),
    "interacting": _Family(("linear", "step", "valley"), "log", (0.2, 0.8), gates=2),
    "chain": _Family(("linear", "saturation"), "log", (0.2, 0.7), direct=0.0),
    "null": _Family(("linear", "step"), "log", (0.2, 0.6), null=True),
}


def families() -> tuple[str, ...]:
    """Return the names of the families; `null` is the one in which no option has an effect on an objective."""
    return tuple(_FAMILIES)


def world(family: str, seed: int, *, noise: float = 0.05, shocks: bool = False) -> World:
    """Return the world that `family` and `seed` name; the same arguments give the same world.

    noise: standard deviation of an objective's log noise; shocks: 5 % of the runs take 15 to 100 % longer.
    Raises UsageError for an unknown family.
    """
    if family not in _FAMILIES:
        raise UsageError(f"unknown world {family!r}{nearest(family, _FAMILIES)}")
    rng = np.random.default_rng([seed, list(_FAMILIES).index(family)])
    options = tuple(_option(i, rng) for i in range(int(rng.integers(10, 21))))
    objectives = tuple(Objective(n, u) for n, u in (("latency", "s"), ("energy", "J"))[: int(rng.integers(1, 3))])
    nodes = _nodes(_FAMILIES[family], options, objectives, noise, rng)
    return World(family, seed, Space(options), objectives, nodes, shocks)


def _option(index: int, rng: np.random.Generator) -> Option:
    kind = index % 4 if index < 4 else int(rng.integers(4))
    domain: Choice | Interval
    if kind == 0:
        domain = Choice(tuple("abcde"[: int(rng.integers(3, 6))]))
    elif kind == 1:
        domain = Choice(tuple(2**k for k in range(int(rng.integers(3, 7)))), ordered=True)
    elif kind == 2:
        domain = Choice((False, True))
    else:
        domain = Interval(1, 1024, integer=True, log=True) if rng.random() < 0.5 else Interval(0.0, 1.0)
    return Option(f"option{index + 1:02d}", domain, domain.levels()[0], layer=_LAYERS[index % len(_LAYERS)])


def _nodes(
    family: _Family,
    options: tuple[Option, ...],
    objectives: tuple[Objective, ...],
    noise: float,
    rng: np.random.Generator,
) -> tuple[Node, ...]:
    shuffled = [options[i] for i in rng.permutation(len(options))]
    influential = shuffled[: max(4, len(options) // 2)]
    idle = shuffled[len(influential) :]  # they move side events only, or nothing
    route = _chain_of_events(family, influential, rng)
    side = [_event(len(route) + i + 1, idle[i::3], [], family, rng) for i in range(3)]
    hidden = {"hidden1": (route[0], side[0]), "hidden2": (route[-1], side[1])}
    events = [_confound(node, hidden, rng) for node in (*route, *side)]
    causes = [] if family.null else influential
    through = [] if family.null else [node.name for node in route]
    goals = [_objective(o, causes, through, family, noise, rng) for o in objectives]
    return (*events, *goals)


def _chain_of_events(family: _Family, influential: list[Option], rng: np.random.Generator) -> list[Node]:
    """Return events in causal order, each moved by one or two options and by the event before it."""
    nodes: list[Node] = []
    for i in range(int(rng.integers(3, 5))):
        mine = influential[i::4][:2]
        nodes.append(_event(i + 1, mine, [nodes[-1].name] if nodes and i != 2 else [], family, rng))
    return nodes


def _event(index: int, options: list[Option], events: list[str], family: _Family, rng: np.random.Generator) -> Node:
    terms = [_option_term([o], family, rng) for o in options] + [_event_term(e, family, rng) for e in events]
    base = float(10 ** rng.uniform(0, 5))
    return Node(f"event{index:02d}", base, tuple(terms), "log", None, float(rng.uniform(0.02, 0.2)))


def _objective(
    objective: Objective,
    causes: list[Option],
    events: list[str],
    family: _Family,
    noise: float,
    rng: np.random.Generator,
) -> Node:
    chosen = [o for o in causes if rng.random() < family.direct]
    terms = []
    for option in chosen:
        gates = [causes[i] for i in rng.permutation(len(causes)) if causes[i] is not option]
        terms.append(_option_term([option, *gates[: int(rng.integers(0, family.gates + 1))]], family, rng))
    through = events[-2:] if chosen else events
    terms += [_event_term(event, family, rng) for event in through]
    base = 1.0 if objective.unit == "s" else 20.0
    return Node(objective.name, base, tuple(terms), family.scale, None, noise)


def _confound(node: Node, hidden: dict[str, tuple[Node, Node]], rng: np.random.Generator) -> Node:
    loadings = {name: float(rng.uniform(0.1, 0.3)) for name, pair in hidden.items() if node in pair}
    return Node(node.name, node.base, node.terms, node.scale, loadings or None, node.sd)


def _option_term(options: list[Option], family: _Family, rng: np.random.Generator) -> Term:
    sign = 1 if family.scale == "natural" else rng.choice([-1, 1])
    return Term(tuple(_shape(o, family, rng) for o in options), float(sign * rng.uniform(*family.strength)))


def _event_term(event: str, family: _Family, rng: np.random.Generator) -> Term:
    shape = Shape(event, "soft step", float(rng.uniform(-0.3, 0.3)))
    return Term((shape,), float(rng.uniform(*family.strength)))


def _shape(option: Option, family: _Family, rng: np.random.Generator) -> Shape:
    domain = option.domain
    if isinstance(domain, Choice) and not domain.ordered:
        return Shape(
            option.name, "table", table=tuple(float(x) for x in rng.permutation(np.linspace(-1, 1, len(domain.values))))
        )
    form = family.forms[int(rng.integers(len(family.forms)))]
    return Shape(option.name, form, float(rng.uniform(0.25, 0.75)))
