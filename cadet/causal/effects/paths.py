"""Directed paths from options through events to an objective."""

from __future__ import annotations

from collections.abc import Collection

from cadet.model.graph import ADMG

_EDGES = 5  # longer chains are no explanation any more
_PATHS = 200  # per objective; the shortest are found first


def causal_paths(graph: ADMG, objective: str, options: Collection[str]) -> tuple[tuple[str, ...], ...]:
    """Return the directed paths that end at `objective` and start at one of `options`, shortest first.

    Walked backwards; at most 200 paths of at most 5 edges, in the order of length, then of names.
    """
    if objective not in graph.nodes:
        return ()
    found: list[tuple[str, ...]] = []
    frontier: list[tuple[str, ...]] = [(objective,)]
    for _ in range(_EDGES):
        longer = [(parent, *path) for path in frontier for parent in sorted(graph.parents(path[0]))]
        found += [path for path in longer if path[0] in options]
        frontier = [path for path in longer if path[0] not in options][:_PATHS]
        if len(found) >= _PATHS:
            break
    return tuple(sorted(found, key=lambda path: (len(path), path))[:_PATHS])
