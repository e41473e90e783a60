"""Layered layout: columns of nodes from options to objectives, long edges bent between the nodes in their way.

Layers, crossing reduction by barycentres and coordinates as in Sugiyama, Tagawa and Toda (1981); the heights of a
column are the least-squares fit to the heights of its neighbours under the minimal distances (isotonic regression).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cadet.model.dataset import Role
from cadet.report.graph_view import GraphView

NODE_HEIGHT = 26.0
LINE = 15.0  # more for each further line of a label
SLANT = 15.0  # width of the tips of what acts together
NODE_GAP = 12.0
BEND_GAP = 8.0
PORT = 8.0  # distance between the ends of edges at a node, so that their marks do not touch
COLUMN_GAP = 96.0
LETTER = 6.7  # width of a letter of the node labels
MOST_LETTERS = 26
TOGETHER = 3  # the tier of the column of what acts together, beside the tiers of variables
EVENT_COLUMNS = 3
_SWEEPS = 12

Slot = tuple[str, int]  # (node, -1), or (bend of edge number i, i)
Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """Where a node is drawn: left, top, width, height."""

    x: float
    y: float
    width: float
    height: float = NODE_HEIGHT


@dataclass(frozen=True)
class Layout:
    """Boxes by node, a route of points for each edge and for each link of a joint, the columns as (left, width, tier).

    The tier of the column of what acts together is TOGETHER.
    """

    boxes: Mapping[str, Box]
    routes: tuple[tuple[Point, ...], ...]
    links: tuple[tuple[Point, ...], ...]
    columns: tuple[tuple[float, float, int], ...]
    width: float
    height: float


def layout(view: GraphView) -> Layout:
    """Place the nodes of a view in columns and route its edges; the same view gives the same layout."""
    layer = _layers(view)
    ends = [*((e.a, e.b) for e in view.edges), *(link for joint in view.joints for link in joint.links)]
    chains = [_chain(i, pair, layer) for i, pair in enumerate(ends)]
    links, sizes = _links(chains), _sizes(view, chains, layer)
    columns = _ordered(_columns(view, layer, chains), links)
    middles = _middles(columns, links, sizes)
    spans = _spans(columns, {joint.name: joint.lines for joint in view.joints})
    across = {slot: span for column, span in zip(columns, spans, strict=True) for slot in column}
    boxes = {
        name: Box(across[name, -1][0], middles[name, -1] - size / 2, across[name, -1][1] - across[name, -1][0], size)
        for (name, _), size in sizes.items()
    }
    tiers = {layer[name]: tier for name, tier in view.tiers.items()}
    tiers |= {layer[joint.name]: TOGETHER for joint in view.joints}
    routes = _routes(ends, chains, middles, across)
    return Layout(
        boxes,
        routes[: len(view.edges)],
        routes[len(view.edges) :],
        tuple((left, right - left, tiers.get(at, 1)) for at, (left, right) in enumerate(spans)),
        max((right for _, right in spans), default=0.0),
        max((box.y + box.height for box in boxes.values()), default=0.0),
    )


def label(name: str) -> str:
    """Return the name, shortened in the middle where it is too long for a node."""
    if len(name) <= MOST_LETTERS:
        return name
    keep = (MOST_LETTERS - 1) // 2
    return f"{name[:keep]}…{name[-keep:]}"


def _layers(view: GraphView) -> dict[str, int]:
    """Return the column of each node: options 0, what acts together, events by their depth, objectives last."""
    events = [n.name for n in view.nodes if n.role is Role.EVENT]
    arrows = [(e.a, e.b) for e in view.edges if not e.hidden_cause and e.a in events and e.b in events]
    depth = dict.fromkeys(events, 1)
    for _ in range(EVENT_COLUMNS - 1):  # longest path, cut off: a cycle of unresolved edges cannot run away
        for a, b in arrows:
            if depth[b] <= depth[a] < EVENT_COLUMNS:
                depth[b] = depth[a] + 1
    used = {column: i for i, column in enumerate(sorted(set(depth.values())), 2 if view.joints else 1)}
    last = len(used) + (2 if view.joints else 1)
    tiers = view.tiers
    placed = {n.name: used[depth[n.name]] if n.name in depth else (0, 1, last)[tiers[n.name]] for n in view.nodes}
    return placed | {joint.name: 1 for joint in view.joints}


def _chain(number: int, ends: tuple[str, str], layer: Mapping[str, int]) -> tuple[Slot, ...]:
    """Return the slots an edge runs through from left to right; two within one column."""
    a, b = ends if layer[ends[0]] <= layer[ends[1]] else ends[::-1]
    bends = [(f"bend {at}", number) for at in range(layer[a] + 1, layer[b])]
    return ((a, -1), *bends, (b, -1))


def _columns(view: GraphView, layer: Mapping[str, int], chains: Sequence[tuple[Slot, ...]]) -> list[list[Slot]]:
    columns: list[list[Slot]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for name in (*(node.name for node in view.nodes), *(joint.name for joint in view.joints)):
        columns[layer[name]].append((name, -1))
    for chain in chains:
        start = layer[chain[0][0]]
        for at, slot in enumerate(chain[1:-1], start + 1):
            columns[at].append(slot)
    return columns


def _links(chains: Sequence[tuple[Slot, ...]]) -> dict[Slot, list[Slot]]:
    """Return the neighbours of every slot along the edges."""
    links: dict[Slot, list[Slot]] = {}
    for chain in chains:
        for one, other in pairwise(chain):
            links.setdefault(one, []).append(other)
            links.setdefault(other, []).append(one)
    return links


def _ordered(columns: list[list[Slot]], links: Mapping[Slot, Sequence[Slot]]) -> list[list[Slot]]:
    """Order each column by the barycentre of its neighbours in the column swept from; keep the best sweep."""
    best, fewest = columns, _crossings(columns, links)
    current = [list(column) for column in columns]
    for sweep in range(_SWEEPS):
        forwards = sweep % 2 == 0
        for at in range(1, len(current)) if forwards else range(len(current) - 2, -1, -1):
            place = {slot: i for i, slot in enumerate(current[at - 1 if forwards else at + 1])}
            current[at] = _by_barycentre(current[at], place, links)
        crossings = _crossings(current, links)
        if crossings < fewest:
            best, fewest = [list(column) for column in current], crossings
    return best


def _by_barycentre(
    column: Sequence[Slot], place: Mapping[Slot, int], links: Mapping[Slot, Sequence[Slot]]
) -> list[Slot]:
    def barycentre(indexed: tuple[int, Slot]) -> tuple[float, int]:
        now, slot = indexed
        there = [place[n] for n in links.get(slot, ()) if n in place]
        return (sum(there) / len(there) if there else float(now)), now

    return [slot for _, slot in sorted(enumerate(column), key=barycentre)]


def _crossings(columns: Sequence[Sequence[Slot]], links: Mapping[Slot, Sequence[Slot]]) -> int:
    """Count the pairs of edges that cross between adjacent columns."""
    total = 0
    for left, right in pairwise(columns):
        place = {slot: i for i, slot in enumerate(right)}
        ends = [
            place[n] for slot in left for n in sorted(links.get(slot, ()), key=lambda n: place.get(n, -1)) if n in place
        ]
        total += sum(later < earlier for i, earlier in enumerate(ends) for later in ends[i + 1 :])
    return total


def _sizes(view: GraphView, chains: Sequence[tuple[Slot, ...]], layer: Mapping[str, int]) -> dict[Slot, float]:
    """Return the height of each node: room for the ends of its edges on the busier side."""
    ends = Counter(end for chain in chains for end in _sides(chain, layer))
    least = {node.name: NODE_HEIGHT for node in view.nodes}
    least |= {joint.name: NODE_HEIGHT + LINE * (len(joint.lines) - 1) for joint in view.joints}
    return {
        (name, -1): max(height, PORT * (max(ends[name, True], ends[name, False]) + 1)) for name, height in least.items()
    }


def _sides(chain: Sequence[Slot], layer: Mapping[str, int]) -> tuple[tuple[str, bool], tuple[str, bool]]:
    """Return (node, whether its right side) of both ends; edges within a column use right sides only."""
    first, last = chain[0][0], chain[-1][0]
    return (first, True), (last, layer[first] == layer[last])


def _middles(
    columns: Sequence[Sequence[Slot]], links: Mapping[Slot, Sequence[Slot]], sizes: Mapping[Slot, float]
) -> dict[Slot, float]:
    """Return the height of the middle of each slot: near its neighbours, in order, at least the gaps apart."""
    packed = [_offsets(column, sizes) for column in columns]
    middles = {slot: y for column, ys in zip(columns, packed, strict=True) for slot, y in zip(column, ys, strict=True)}
    for _ in range(_SWEEPS):
        for column, offsets in zip(columns, packed, strict=True):
            wanted = [_mean([middles[n] for n in links.get(slot, ())], middles[slot]) for slot in column]
            fitted = isotonic([w - o for w, o in zip(wanted, offsets, strict=True)])
            middles.update({slot: f + o for slot, f, o in zip(column, fitted, offsets, strict=True)})
    top = min((y - sizes.get(slot, 0.0) / 2 for slot, y in middles.items()), default=0.0)
    return {slot: y - top for slot, y in middles.items()}


def isotonic(values: Sequence[float]) -> list[float]:
    """Return the non-decreasing sequence closest to `values` (pool adjacent violators)."""
    blocks: list[tuple[float, int]] = []
    for value in values:
        mean, size = value, 1
        while blocks and blocks[-1][0] > mean:
            before, many = blocks.pop()
            mean, size = (before * many + mean * size) / (many + size), many + size
        blocks.append((mean, size))
    return [mean for mean, size in blocks for _ in range(size)]


def _offsets(column: Sequence[Slot], sizes: Mapping[Slot, float]) -> list[float]:
    """Return the middles of a column packed as tightly as permitted."""
    offsets = [0.0]
    for above, below in pairwise(column):
        gap = NODE_GAP if above in sizes and below in sizes else BEND_GAP
        offsets.append(offsets[-1] + sizes.get(above, 0.0) / 2 + gap + sizes.get(below, 0.0) / 2)
    return offsets[: len(column)]


def _spans(columns: Sequence[Sequence[Slot]], lines: Mapping[str, Sequence[str]]) -> list[tuple[float, float]]:
    """Return (left, right) of each column, wide enough for its longest label; `lines` of nodes that have several."""

    def wide(name: str) -> float:
        longest = max(len(label(line)) for line in lines.get(name, (name,)))
        return longest * LETTER + (2 * SLANT if name in lines else 20)

    widths = [max((wide(s[0]) for s in column if s[1] < 0), default=0.0) for column in columns]
    lefts = [sum(widths[:at]) + COLUMN_GAP * at for at in range(len(columns))]
    return [(left, left + width) for left, width in zip(lefts, widths, strict=True)]


def _routes(
    pairs: Sequence[tuple[str, str]],
    chains: Sequence[tuple[Slot, ...]],
    middles: Mapping[Slot, float],
    across: Mapping[Slot, tuple[float, float]],
) -> tuple[tuple[Point, ...], ...]:
    """Return the points of each edge from its first end to its second; at a bend it crosses the whole column."""
    ports = _ports(chains, middles, {slot[0]: round(left) for slot, (left, _) in across.items()})
    routes = []
    for i, (pair, chain) in enumerate(zip(pairs, chains, strict=True)):
        first, last = across[chain[0]], across[chain[-1]]
        start = (first[1], middles[chain[0]] + ports[i, 0])
        end = (last[1] if first == last else last[0], middles[chain[-1]] + ports[i, 1])
        bends = [(x, middles[bend]) for bend in chain[1:-1] for x in across[bend]]
        route = (start, *bends, end)
        routes.append(route if chain[0][0] == pair[0] else route[::-1])
    return tuple(routes)


def _ports(
    chains: Sequence[tuple[Slot, ...]], middles: Mapping[Slot, float], layer: Mapping[str, int]
) -> dict[tuple[int, int], float]:
    """Return the offset from the node's middle of each end (edge, 0 left or 1 right), ordered as the edges leave."""
    sides: dict[tuple[str, bool], list[tuple[float, int, int]]] = {}
    for i, chain in enumerate(chains):
        first, last = _sides(chain, layer)
        sides.setdefault(first, []).append((middles[chain[1]], i, 0))
        sides.setdefault(last, []).append((middles[chain[-2]], i, 1))
    return {
        (edge, end): (rank - (len(ends) - 1) / 2) * PORT
        for ends in sides.values() for rank, (_, edge, end) in enumerate(sorted(ends))
    }  # fmt: skip


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
