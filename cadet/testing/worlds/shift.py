"""The same system elsewhere: a world whose mechanisms moved a little, or a lot, as on another device or workload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from cadet.testing.worlds.mechanism import Node, Shape, Term
from cadet.testing.worlds.world import World


@dataclass(frozen=True)
class Shift:
    """How far mechanisms move.

    weight: standard deviation of the log of a weight's factor; at: by how much thresholds and optima move, at most;
    turned: the share of terms whose direction is the opposite there; base: standard deviation of the log of a factor of
    every quantity.
    """

    weight: float
    at: float
    turned: float
    base: float


SHIFTS: Mapping[str, Shift] = {
    "same": Shift(0.0, 0.0, 0.0, 0.0),
    "small": Shift(0.15, 0.05, 0.0, 0.3),
    "large": Shift(0.6, 0.3, 0.35, 0.7),
}


def shifted(world: World, size: str, rng: np.random.Generator) -> World:
    """Return the world with its mechanisms moved; options, objectives and the graph stay. `size` names a `Shift`.

    Limits and the time limit move with the quantity they are about.
    """
    how = SHIFTS[size]
    nodes = tuple(_node(node, how, rng) for node in world.nodes)
    grown = {new.name: new.base / old.base for new, old in zip(nodes, world.nodes, strict=True)}
    limit = world.timeout_s and world.timeout_s * grown[world.objectives[0].name]
    return replace(world, nodes=nodes, timeout_s=limit)


def _node(node: Node, how: Shift, rng: np.random.Generator) -> Node:
    base = node.base * float(np.exp(how.base * rng.standard_normal()))
    return replace(node, base=base, terms=tuple(_term(term, how, rng) for term in node.terms))


def _term(term: Term, how: Shift, rng: np.random.Generator) -> Term:
    factor = float(np.exp(how.weight * rng.standard_normal()))
    turned = -1.0 if rng.random() < how.turned and term.shapes[0].form not in ("proportional", "cliff") else 1.0
    shapes = tuple(_shape(shape, how, rng) for shape in term.shapes)
    return Term(shapes, term.weight * factor * turned)


def _shape(shape: Shape, how: Shift, rng: np.random.Generator) -> Shape:
    moved = shape.at + float(rng.uniform(-how.at, how.at))
    if shape.form in ("step", "valley"):  # positions of options lie between 0 and 1
        moved = min(max(moved, 0.1), 0.9)
    return shape if shape.form == "cliff" else replace(shape, at=moved)
