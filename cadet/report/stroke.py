"""Lines of the graph: curves between columns, arcs within one, and the marks at their ends."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from cadet.model.graph import Mark
from cadet.report import svg
from cadet.report.graph_layout import Point

BULGE = 46.0  # how far an edge within a column leaves it


def curve(route: Sequence[Point]) -> str:
    """Return the path of an edge through its points, level at each."""
    d = f"M{route[0][0]:.1f} {route[0][1]:.1f}"
    for (x0, y0), (x1, y1) in pairwise(route):
        middle = (x0 + x1) / 2
        d += f"C{middle:.1f} {y0:.1f} {middle:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
    return d


def arc(route: Sequence[Point]) -> str:
    """Return the path of an edge that joins two nodes of one column."""
    (x0, y0), (x1, y1) = route[0], route[-1]
    out = _reach(route)
    return f"M{x0:.1f} {y0:.1f}C{x0 + out:.1f} {y0:.1f} {x1 + out:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"


def is_arc(route: Sequence[Point]) -> bool:
    """Tell whether the edge joins two nodes of one column."""
    return route[0][0] == route[-1][0]


def _reach(route: Sequence[Point]) -> float:
    return min(BULGE, 18 + abs(route[-1][1] - route[0][1]) / 6)


def end(mark: Mark, at: Point, side: float) -> str:
    """Draw a mark at a node's side; `side` is +1 where the line lies to the right of the point."""
    x, y = at
    if mark is Mark.ARROW:
        return svg.element("path", d=f"M{x:.1f} {y:.1f}l{8 * side:.1f} -4v8z", class_="arrowhead")
    if mark is Mark.CIRCLE:
        return svg.element("circle", cx=x + 4.5 * side, cy=y, r=3.5, class_="circle")
    return ""


def along(start: Point, end: Point, t: float, within: bool) -> Point:
    """Return the point at parameter `t` of a stretch: the cubic Bezier curves of `curve` and `arc`."""
    (x0, y0), (x1, y1) = start, end
    y = y0 + (y1 - y0) * (3 * (1 - t) * t**2 + t**3)  # control points level with the ends
    if within:
        return x0 + 3 * t * (1 - t) * _reach((start, end)), y
    return (1 - t) ** 3 * x0 + 3 * (1 - t) * t * (x0 + x1) / 2 + t**3 * x1, y
