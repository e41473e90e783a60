"""Small systems with known answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from cadet.model.domain import Choice, Interval, Value
from cadet.model.expression import Expression
from cadet.model.objective import Objective
from cadet.model.option import Configuration, Option
from cadet.model.space import Consent, Constraint, Space
from cadet.testing.laboratory import FunctionLaboratory, TableLaboratory

LATENCY = Objective("latency", "s", bounded_by_time=True)
SIZE = Objective("size", "MB")
RATE = Objective("rate", "1/s", "max")

Cost = Callable[[Mapping[str, Value]], float]


def switches(n: int, **more: object) -> Space:
    """n boolean options, all off by default."""
    options = tuple(Option(f"o{i}", Choice((False, True)), False) for i in range(n))
    return Space(options, **more)  # type: ignore[arg-type]


def mixed() -> Space:
    """Every kind of option, a condition, a constraint and a consent."""
    return Space(
        (
            Option("journal", Choice(("delete", "wal", "off")), "delete", consent={"off": "durability"}),
            Option("checkpoint", Choice((100, 1000, 10000), ordered=True), 1000, when=Expression("journal == 'wal'")),
            Option("batch", Interval(1, 1024, integer=True, log=True), 1),
            Option("mmap", Choice((False, True)), False),
            Option("sync", Choice(("full", "normal")), "full"),
        ),
        constraints=(Constraint(Expression("not (mmap and batch > 512)"), "address space"),),
        consents=(Consent(Expression("journal == 'wal' and sync == 'normal'"), "durability"),),
    )


def noisy(space: Space, cost: Cost, noise: float, seed: int, *, shocks: float = 0.0, repeats: int = 3,
          objective: str = "latency", timeout_s: float | None = None) -> FunctionLaboratory:  # fmt: skip
    """A device whose objective is `cost` times log-normal noise; a share of the runs takes 15-100 % longer."""

    def respond(values: Mapping[str, Value], rng: np.random.Generator) -> dict[str, float]:
        shock = 1 + rng.uniform(0.15, 1.0) if rng.random() < shocks else 1.0
        seen = cost(values) * float(np.exp(rng.normal(0, noise))) * shock
        if timeout_s is not None and seen > timeout_s:
            raise TimeoutError(f"no end after {timeout_s} s")
        return {objective: seen}

    return FunctionLaboratory(space, respond, np.random.default_rng(seed), repeats=repeats, timeout_s=timeout_s)


def table(space: Space, cost: Cost, every: list[Configuration]) -> TableLaboratory:
    """A recorded device: one noiseless row for each configuration."""
    recorded = Space(space.options, space.constraints, space.consents, recorded=tuple(every))
    return TableLaboratory(recorded, {c: {"latency": cost(c)} for c in every})


def turn_on(space: Space, *names: str) -> Configuration:
    """Return the default with these switches on."""
    return space.configuration(dict.fromkeys(names, True))
