"""The families of the benchmark: frozen before the engine was tuned on them, so that they stay a fair examination.

Frozen means: the world that a family and a seed name never changes again; a change of what is drawn is a new family.
None is what an estimator of this package assumes: responses are steps, valleys, saturations and tables, which add up,
multiply, queue or hide behind the slowest of them; the log of an objective is no sum of smooth functions. Each family
has one trouble of its own:

steps       thresholds, in pairs                       shaken    one run in seven is shocked, by 50 to 300 %
saturation  queues that fill up, U-shapes              hidden    strong causes that nobody records
stages      chains of events that multiply, in sums    nested    options that only matter under another
triples     three values that are bad only together    twofold   two separate causes, half of the time behind a maximum
cliffs      memory runs out, thrashing, time limits    idle      no option has any effect
noisy       noise that depends on the options          several   two or three objectives that disagree
drifting    the device slowly changes                  loads     effects depend on the load
narrow      constraints forbid most neighbours         wide      200 options (added later)

All (but `wide`) have 10 to 60 options (4 to 12 of them matter), 0 to 60 events, 3 % noise of the objective, events read
with an error of 2 to 20 %, and (except `idle`, `shaken`) 5 % of the runs shocked by 15 to 100 %.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from cadet.model.domain import Choice, Domain, Interval
from cadet.model.expression import Expression
from cadet.model.objective import Objective
from cadet.model.option import Context, Option
from cadet.model.space import Constraint, Space
from cadet.testing.worlds.mechanism import Form, Node, Scale, Shape, Term
from cadet.testing.worlds.world import Drift, Limit, Shocks, World, place

NOISE = 0.03  # standard deviation of the log noise of an objective, besides what it inherits from events
_LAYERS = ("application", "framework", "kernel", "hardware")
_FORMS: tuple[Form, ...] = ("linear", "step", "valley", "saturation")
_SCALES: tuple[Scale, ...] = ("natural", "log", "slowest", "queue")
_STRENGTH: Mapping[Scale, tuple[float, float]] = {
    "natural": (0.3, 2.0), "log": (0.15, 0.7), "slowest": (0.5, 3.0), "queue": (0.2, 1.0),
}  # fmt: skip
_LOAD = Context("load", Choice((1, 8), ordered=True))
_MORE = (Objective("energy", "J"), Objective("throughput", "1/s", "max"))


@dataclass(frozen=True)
class Recipe:
    """What the worlds of a family have in common.

    gates: how many further options a term may need; direct: the share of causes that act on an objective themselves;
    least: the fewest events. options: how many; 0 draws 10 to 60.
    """

    forms: tuple[Form, ...] = _FORMS
    scales: tuple[Scale, ...] = _SCALES
    gates: tuple[int, int] = (0, 2)
    direct: float = 0.5
    least: int = 0
    shocks: Shocks | None = field(default_factory=Shocks)
    options: int = 0


RECIPES: Mapping[str, Recipe] = {
    "steps": Recipe(forms=("step",), gates=(0, 1)),
    "saturation": Recipe(forms=("saturation", "valley"), scales=("queue",), gates=(0, 1)),
    "stages": Recipe(scales=("natural",), direct=0.15, least=6),
    "triples": Recipe(forms=("step",), scales=("natural", "slowest"), gates=(2, 2), direct=1.0),
    "cliffs": Recipe(scales=("natural", "log", "slowest"), least=4),
    "noisy": Recipe(),
    "drifting": Recipe(),
    "narrow": Recipe(),
    "shaken": Recipe(shocks=Shocks(1 / 7, 0.5, 3.0)),
    "hidden": Recipe(least=6),
    "nested": Recipe(),
    "twofold": Recipe(gates=(0, 1)),
    "idle": Recipe(shocks=None),
    "several": Recipe(least=2),
    "loads": Recipe(),
    "wide": Recipe(options=200),
}


def frozen_families() -> tuple[str, ...]:
    """Return the names of the families of the benchmark; in `idle` no option has an effect on an objective."""
    return tuple(RECIPES)


def frozen_world(family: str, seed: int) -> World:
    """Return the world that a family of the benchmark and a seed name; the same arguments give the same world."""
    return _Draw(family, RECIPES[family], np.random.default_rng([seed, zlib.crc32(family.encode())])).world(seed)


@dataclass
class _Draw:
    """One world in the making: everything is drawn from `rng`, in this order."""

    family: str
    recipe: Recipe
    rng: np.random.Generator

    def world(self, seed: int) -> World:
        rng, family = self.rng, self.family
        options = self._options()
        shuffled = [options[i] for i in rng.permutation(len(options))]
        causes, idle = self._split(shuffled)
        context = (_LOAD,) if family == "loads" else ()
        objectives = (Objective("latency", "s", bounded_by_time=True), *self._further())
        route = self._route(causes)
        side = self._side([*idle, *causes[:2]], route)
        hidden = self._hidden(route, side)
        nodes = [replace(e, hidden=hidden.get(e.name)) for e in (*route, *side)]
        goals = [self._objective(o, causes, route, hidden) for o in objectives]
        space = Space(options, self._constraints(options), context=context)
        world = World(family, seed, space, objectives, (*nodes, *goals), shocks=self.recipe.shocks is not None,
                      shock=self.recipe.shocks or Shocks(), drift=self._drift())  # fmt: skip
        return self._with_limits(world)

    # ── options ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _options(self) -> tuple[Option, ...]:
        n = self.recipe.options or round(math.exp(self.rng.uniform(math.log(10), math.log(60))))
        options = [self._option(i) for i in range(n)]
        if self.family == "nested":
            options = self._conditional(options)
        return tuple(options)

    def _option(self, index: int) -> Option:
        domain = self._domain(index % 4 if index < 4 else int(self.rng.integers(4)))
        levels = domain.levels()
        default = levels[int(self.rng.integers(len(levels)))]
        return Option(f"option{index + 1:02d}", domain, default, layer=_LAYERS[index % len(_LAYERS)])

    def _domain(self, kind: int) -> Domain:
        if kind == 0:
            return Choice(tuple("abcde"[: int(self.rng.integers(3, 6))]))
        if kind == 1:
            return Choice(tuple(2**k for k in range(int(self.rng.integers(3, 7)))), ordered=True)
        if kind == 2:
            return Choice((False, True))
        return Interval(1, 1024, integer=True, log=True) if self.rng.random() < 0.5 else Interval(0.0, 1.0)

    def _conditional(self, options: list[Option]) -> list[Option]:
        """Let the first choice and the first switch each decide whether some of the others exist."""
        children = [int(i) for i in self.rng.permutation(np.arange(4, len(options)))[: max(4, len(options) // 3)]]
        conditions = (f"{options[0].name} == 'a'", f"{options[2].name}")
        for turn, i in enumerate(children):
            options[i] = replace(options[i], when=Expression(conditions[turn % 2]))
        return options

    def _split(self, shuffled: list[Option]) -> tuple[list[Option], list[Option]]:
        """Return the options that matter and the idle ones; conditional ones and what they hang on matter first."""
        number = int(self.rng.integers(4, min(12, len(shuffled) // 2 + 2) + 1))
        if self.family == "nested":
            hung = {name for o in shuffled if o.when for name in o.when.names}
            parents = [o for o in shuffled if o.name in hung]
            children = [o for o in shuffled if o.when]
            first = [*parents, *children[: max(number - 4, 2)]]
            shuffled = [*first, *(o for o in shuffled if o not in first)]
        if self.family == "idle":
            return [], shuffled
        return shuffled[:number], shuffled[number:]

    def _constraints(self, options: tuple[Option, ...]) -> tuple[Constraint, ...]:
        if self.family != "narrow":
            return ()
        made = []
        for _ in range(int(self.rng.integers(4, 11))):
            a, b = (options[int(i)] for i in self.rng.choice(len(options), 2, replace=False))
            text = f"{self._half(a)} or {self._half(b)}"
            made.append(Constraint(Expression(text), "these do not go together"))
        return tuple(made)

    def _half(self, option: Option) -> str:
        """Return a condition that most values of an option meet, in the grammar of constraints."""
        levels = option.domain.levels()
        if isinstance(option.domain, Choice) and not option.domain.ordered:
            return f"{option.name} != {levels[int(self.rng.integers(len(levels)))]!r}"
        if levels == (False, True):
            return f"{'not ' if self.rng.random() < 0.5 else ''}{option.name}"
        middle = levels[len(levels) // 2]
        return f"{option.name} {'<=' if self.rng.random() < 0.5 else '>='} {middle!r}"

    # ── events ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _further(self) -> tuple[Objective, ...]:
        return _MORE[: int(self.rng.integers(1, 3))] if self.family == "several" else ()

    def _number_of_events(self) -> int:
        if self.recipe.least == 0 and self.rng.random() < 0.15:
            return 0
        least = max(self.recipe.least, 3)
        return round(math.exp(self.rng.uniform(math.log(least), math.log(60))))

    def _route(self, causes: list[Option]) -> list[Node]:
        """Return the events on the way from causes to objectives; each is moved by causes, some by the event before."""
        self._events = self._number_of_events()
        number = min(self._events, int(self.rng.integers(2, 6)))
        nodes: list[Node] = []
        for i in range(number):
            mine = [causes[int(j)] for j in self.rng.permutation(len(causes))[: int(self.rng.integers(1, 4))]]
            chained = [nodes[-1].name] if nodes and self.rng.random() < 0.5 else []
            nodes.append(self._event(i + 1, mine, chained, process=0.015))
        return nodes

    def _side(self, options: list[Option], route: list[Node]) -> list[Node]:
        """Return events that move no objective: they follow options, or are symptoms of events on the route."""
        nodes: list[Node] = []
        for i in range(len(route), self._events):
            mine = [options[int(self.rng.integers(len(options)))]] if self.rng.random() < 0.6 else []
            after = [*route, *nodes]
            follows = [after[int(self.rng.integers(len(after)))].name] if after and self.rng.random() < 0.5 else []
            nodes.append(self._event(i + 1, mine, follows, process=0.1))
        return nodes

    def _event(self, index: int, options: list[Option], events: list[str], process: float) -> Node:
        terms = [self._option_term([o], (0.2, 0.8)) for o in options]
        terms += [Term((Shape(e, "power"),), float(self.rng.uniform(0.4, 1.0))) for e in events]
        base = float(10 ** self.rng.uniform(0, 5))
        reading = float(math.exp(self.rng.uniform(math.log(0.02), math.log(0.2))))
        return Node(f"event{index:02d}", base, tuple(terms), "log", None, process, reading=reading)

    def _hidden(self, route: Sequence[Node], side: Sequence[Node]) -> dict[str, dict[str, float]]:
        """Return, by event, loadings on causes that nobody records; each moves two events or more."""
        loadings: dict[str, dict[str, float]] = {}
        strong = self.family == "hidden"
        for k in range(3 if strong else int(self.rng.integers(0, 2))):
            for group, most in ((route, 0.04 if strong else 0.015), (side, 0.4 if strong else 0.2)):
                for i in self.rng.permutation(len(group))[: 2 if strong else 1]:
                    loadings.setdefault(group[int(i)].name, {})[f"hidden{k + 1}"] = float(
                        most * self.rng.uniform(0.5, 1)
                    )
        return loadings

    # ── objectives ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _objective(
        self, objective: Objective, causes: list[Option], route: list[Node], hidden: Mapping[str, Mapping[str, float]]
    ) -> Node:
        scale = self.recipe.scales[int(self.rng.integers(len(self.recipe.scales)))]
        terms: list[Term] = []
        if causes:
            terms = self._twofold(causes) if self.family == "twofold" else self._terms(causes, scale)
            scale = "slowest" if self.family == "twofold" and self.rng.random() < 0.5 else scale
            scale = "natural" if self.family == "twofold" and scale != "slowest" else scale
            terms += [self._mediated(node.name, scale) for node in route[-3:]]
            if self.family == "cliffs":
                terms.append(Term((Shape(route[0].name, "cliff", 0.5),), 0.4))
        shared = {}
        if self.family == "hidden":
            shared = {f"hidden{k + 1}": 0.03 for k in range(3)}
        base = {"s": 1.0, "J": 20.0}.get(objective.unit, 100.0)
        return Node(objective.name, base, tuple(terms), scale, shared or None, NOISE, self._spread(causes))

    def _terms(self, causes: list[Option], scale: Scale) -> list[Term]:
        """Return what causes do themselves; the first one always acts, so that no objective is without a cause."""
        acting = [o for i, o in enumerate(causes) if i == 0 or self.rng.random() < self.recipe.direct]
        terms = []
        for option in acting:
            others = [causes[int(i)] for i in self.rng.permutation(len(causes)) if causes[int(i)] is not option]
            gates = others[: int(self.rng.integers(self.recipe.gates[0], self.recipe.gates[1] + 1))]
            term = self._option_term([option, *gates], _STRENGTH[scale])
            if self.family == "loads":
                term = replace(
                    term, shapes=(*term.shapes, Shape("load", "linear")) if self.rng.random() < 0.4 else term.shapes
                )
            terms.append(term)
        return terms

    def _twofold(self, causes: list[Option]) -> list[Term]:
        """Return two large penalties of separate pairs of options, and small contributions of the others."""
        large = [Term((self._bad(a), self._bad(b)), float(self.rng.uniform(3, 6)))
                 for a, b in (causes[:2], causes[2:4])]  # fmt: skip
        return [*large, *(self._option_term([o], (0.05, 0.3)) for o in causes[4:])]

    def _bad(self, option: Option) -> Shape:
        """Return a shape that is 1 for about half of the values and -1 for the others."""
        if isinstance(option.domain, Choice) and not option.domain.ordered:
            n = len(option.domain.values)
            bad = set(self.rng.permutation(n)[: n // 2].tolist())
            return Shape(option.name, "table", table=tuple(1.0 if i in bad else -1.0 for i in range(n)))
        return Shape(option.name, "step", float(self.rng.uniform(0.3, 0.7)))

    def _mediated(self, event: str, scale: Scale) -> Term:
        steep: tuple[Form, ...] = (
            "bend",
            "bend" if scale == "queue" else "power" if scale == "log" else "proportional",
        )
        form = steep[int(self.rng.integers(2))]
        low, high = _STRENGTH[scale]
        return Term((Shape(event, form, float(self.rng.uniform(-0.3, 0.3))),), float(self.rng.uniform(low, high)))

    def _option_term(self, options: list[Option], strength: tuple[float, float]) -> Term:
        shapes = [self._shape(o) for o in options]
        hung = [s for o in options if o.when for s in self._parent(o)]  # without its parent an option does nothing
        weight = float(self.rng.uniform(*strength)) * (-1 if self.rng.random() < 0.3 else 1)
        return Term((*shapes, *hung), weight)

    def _parent(self, option: Option) -> list[Shape]:
        assert option.when is not None
        (name,) = option.when.names
        if option.when.text == name:
            return [Shape(name, "linear")]
        return [Shape(name, "table", table=(1.0, *(-1.0 for _ in range(4))))]

    def _shape(self, option: Option) -> Shape:
        if isinstance(option.domain, Choice) and not option.domain.ordered:
            n = len(option.domain.values)
            return Shape(
                option.name, "table", table=tuple(float(x) for x in self.rng.permutation(np.linspace(-1, 1, n)))
            )
        form = self.recipe.forms[int(self.rng.integers(len(self.recipe.forms)))]
        return Shape(option.name, form, float(self.rng.uniform(0.25, 0.75)))

    # ── troubles ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _spread(self, causes: list[Option]) -> Term | None:
        """Return how the noise depends on the options: from a third of it to five times as much."""
        if self.family != "noisy":
            return None
        return Term((self._shape(causes[int(self.rng.integers(len(causes)))]),), float(self.rng.uniform(0.8, 1.6)))

    def _drift(self) -> Drift:
        if self.family != "drifting":
            return Drift()
        periods = (float(self.rng.uniform(20, 60)), float(self.rng.uniform(100, 400)))
        return Drift(tuple((float(self.rng.uniform(0.03, 0.08)), p, float(self.rng.random())) for p in periods))

    def _with_limits(self, world: World) -> World:
        """Set the limits of `cliffs` so that a tenth of all runs is out of memory and one in a hundred out of time."""
        if self.family != "cliffs":
            return world
        sample = {o.name: self._places(o, 2000) for o in world.space.options}
        values = world.typical(sample)
        memory = world.nodes[0]
        at = float(np.quantile(np.log(values[memory.name] / memory.base), 0.9))
        thrash = Shape(memory.name, "cliff", at - 0.1)
        nodes = tuple(replace(n, terms=(*n.terms[:-1], Term((thrash,), n.terms[-1].weight)))
                      if n.name == world.objectives[0].name else n for n in world.nodes)  # fmt: skip
        limited = replace(world, nodes=nodes, limits=(Limit(memory.name, at),))
        latency = limited.typical(sample)[world.objectives[0].name]
        return replace(limited, timeout_s=float(np.nanquantile(latency, 0.99)))

    def _places(self, option: Option, n: int) -> npt.NDArray[np.float64]:
        """Return (n,) places of random values of an option."""
        places = np.array([place(option.domain, level) for level in option.levels])
        return places[self.rng.integers(len(places), size=n)]
