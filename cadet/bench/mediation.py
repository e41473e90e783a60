"""Which path carries an effect: what a change does when it acts along one causal path and everything else stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import networkx as nx
import numpy as np

from cadet.model.domain import Value
from cadet.model.option import Configuration
from cadet.testing.worlds.mechanism import Array
from cadet.testing.worlds.world import World

LEAST = 0.02  # of the objective: what less carries is no explanation


def main_path(world: World, fault: Configuration, fix: Configuration) -> tuple[str, ...] | None:
    """Return the path from a changed option through events to an objective whose own effect is largest.

    The effect of a path (Pearl 2001, path-specific): the change of the objective's logarithm when each of its nodes
    feels the change of the one before it, and all their other causes keep the values they have under the fault. At the
    first context level. None where no path through an event changes an objective by 2 %.
    """
    context = world.space.levels()[0]
    before = _values(world, {**fault, **context})
    after = {name: x[0] for name, x in world.inputs([{**fix, **context}]).items()}
    changed = [o for o in world.space.names if fix[o] != fault[o]]
    effects = {path: abs(_effect(world, before, after, path)) for path in _paths(world, changed)}
    best = max(sorted(effects), key=lambda path: effects[path], default=None)
    return best if best is not None and effects[best] >= LEAST else None


def _paths(world: World, options: Sequence[str]) -> Iterator[tuple[str, ...]]:
    goals = [o.name for o in world.objectives]
    for option in options:
        for path in nx.all_simple_paths(world.graph.digraph, option, goals):
            if len(path) > 2:
                yield tuple(path)


def _values(world: World, values: Mapping[str, Value]) -> dict[str, Array]:
    """Return the inputs of all nodes, undisturbed: places of options and context, log(value / base) of nodes."""
    given = {name: x[0] for name, x in world.inputs([values]).items()}
    for node in world.nodes:
        given[node.name] = node.log_value(given, np.zeros(1))
    return given


def _effect(world: World, before: Mapping[str, Array], after: Mapping[str, Array], path: tuple[str, ...]) -> float:
    nodes = {node.name: node for node in world.nodes}
    moved = {path[0]: after[path[0]]}
    for cause, name in pairwise(path):
        moved[name] = nodes[name].log_value({**before, cause: moved[cause]}, np.zeros(1))
    return float(moved[path[-1]][0] - before[path[-1]][0])
