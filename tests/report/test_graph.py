"""The drawn graph: every edge, honest marks, nothing overlapping, nothing cut off."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadet.model.graph import ADMG, PAG, CausalGraph, Mark
from cadet.protocols import Story
from cadet.report import graph_chart, graph_view
from cadet.report.dot import dot, quoted
from cadet.report.graph_layout import Box, isotonic, label, layout
from tests.report import stories


def drawn(story: Story) -> graph_view.GraphView:
    view = graph_view.view(story)
    assert view is not None
    return view


def overlap(a: Box, b: Box) -> bool:
    beside = a.x + a.width <= b.x or b.x + b.width <= a.x
    return not beside and a.y < b.y + b.height - 1e-6 and b.y < a.y + a.height - 1e-6


@pytest.mark.parametrize("story", [stories.story(), stories.large()], ids=["twelve nodes", "forty nodes"])
def test_every_edge_of_the_pag_is_drawn_with_its_marks(story: Story) -> None:
    assert story.graph
    edges = {frozenset((e.a, e.b)): {e.a: e.at_a, e.b: e.at_b} for e in drawn(story).edges}
    assert edges == {frozenset((a, b)): {a: at_a, b: at_b} for a, b, at_a, at_b in story.graph.pag.edges()}
    picture = graph_chart.graph_chart(drawn(story))
    marks = [mark for ends in edges.values() for mark in ends.values()]
    assert picture.count('class="arrowhead"') == marks.count(Mark.ARROW)
    assert picture.count('class="circle"') == marks.count(Mark.CIRCLE)
    assert len(re.findall(r'class="edge[^"]* hidden', picture)) == sum(e.hidden_cause for e in drawn(story).edges)


def test_edges_that_only_the_admg_has_are_drawn_too() -> None:
    graph = CausalGraph(
        PAG(("batch", "latency", "cpu"), {}),
        ADMG(
            ("batch", "latency", "cpu"), frozenset({("batch", "latency")}), frozenset({frozenset(("latency", "cpu"))})
        ),
    )
    edges = {str(e) for e in drawn(stories.story(graph=graph)).edges}
    assert edges == {"batch --> latency", "cpu <-> latency"}


def test_edges_point_from_options_to_objectives() -> None:
    view = drawn(stories.large())
    assert all(view.tiers[e.a] <= view.tiers[e.b] for e in view.edges)


@pytest.mark.parametrize("story", [stories.story(), stories.large()], ids=["twelve nodes", "forty nodes"])
def test_nodes_do_not_overlap_and_labels_fit(story: Story) -> None:
    placed = layout(drawn(story))
    assert not [pair for pair in combinations(placed.boxes.values(), 2) if overlap(*pair)]
    assert all(box.width >= 6 * len(label(name)) for name, box in placed.boxes.items())
    assert all(0 <= y <= placed.height for box in placed.boxes.values() for y in (box.y, box.y + box.height))


def test_long_edges_run_between_nodes_and_not_through_them() -> None:
    placed = layout(drawn(stories.large()))
    bends = [point for route in placed.routes for point in route[1:-1]]
    assert bends
    for x, y in bends:
        assert not [b for b in placed.boxes.values() if b.x <= x <= b.x + b.width and b.y < y < b.y + b.height]


def test_edges_end_at_their_nodes() -> None:
    view = drawn(stories.large())
    placed = layout(view)
    for edge, route in zip(view.edges, placed.routes, strict=True):
        for name, (x, y) in ((edge.a, route[0]), (edge.b, route[-1])):
            box = placed.boxes[name]
            assert x in (box.x, box.x + box.width) and box.y <= y <= box.y + box.height


def test_too_many_nodes_are_named_instead_of_drawn() -> None:
    graph = stories.large_graph(options=70, events=100, objectives=3)
    view = drawn(stories.story(graph=graph, dataset=None))
    assert len(view.nodes) == graph_view.MOST_NODES
    names = {node.name for node in view.nodes}
    assert names.isdisjoint(view.dropped) and len(names | {*view.dropped, *view.lonely}) == 173


def test_paths_of_root_causes_are_marked() -> None:
    view = drawn(stories.story())
    assert {n.name for n in view.nodes if n.on_path} >= {"journal_mode", "block:block_rq_issue", "latency"}
    assert sum(e.on_path for e in view.edges) == 4


def test_nodes_without_edges_are_listed() -> None:
    assert set(drawn(stories.story()).lonely) == {"synchronous", "mmap", "page_size", "vm.dirty_ratio"}


def test_what_acts_only_together_lies_between_its_options_and_what_it_acts_on() -> None:
    story = stories.together()
    view = drawn(story)
    placed = layout(view)
    assert not [pair for pair in combinations(placed.boxes.values(), 2) if overlap(*pair)]
    assert "vm.dirty_ratio" not in view.lonely
    for joint in view.joints:
        own = placed.boxes[joint.name]
        assert all(placed.boxes[o].x + placed.boxes[o].width < own.x for o in joint.node.options)
        assert all(own.x + own.width < placed.boxes[after].x for after in joint.into)
        assert all(own.width >= 6 * len(label(line)) for line in joint.lines)
    links = [link for joint in view.joints for link in joint.links]
    for (a, b), route in zip(links, placed.links, strict=True):
        for name, (x, y) in ((a, route[0]), (b, route[-1])):
            box = placed.boxes[name]
            assert x in (box.x, box.x + box.width) and box.y <= y <= box.y + box.height
    assert view.edges == drawn(stories.story()).edges, "no edge of the causal graph"
    assert {j.name for j in graph_view.relevant(view, story).joints} == {j.name for j in view.joints}


def test_what_acts_only_together_is_not_drawn_where_the_graph_lacks_its_options() -> None:
    story = stories.together()
    graph = CausalGraph(PAG(("batch", "latency"), {}), ADMG(("batch", "latency"), frozenset({("batch", "latency")})))
    assert drawn(replace(story, graph=graph)).joints == ()


def test_no_graph_is_no_drawing() -> None:
    assert graph_view.view(stories.no_fault()) is None


@given(st.lists(st.floats(-100, 100), max_size=30))
def test_isotonic_is_sorted_and_keeps_the_mean(values: list[float]) -> None:
    fitted = isotonic(values)
    assert fitted == sorted(fitted)
    assert sum(fitted) == pytest.approx(sum(values), abs=1e-6)


@given(st.lists(st.floats(-100, 100), max_size=30))
def test_isotonic_leaves_sorted_values_alone(values: list[float]) -> None:
    assert isotonic(sorted(values)) == sorted(values)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12), st.integers(0, 16), st.integers(1, 3))
def test_any_graph_can_be_drawn(seed: int, options: int, events: int, objectives: int) -> None:
    learned = stories.large_graph(options, events, objectives, seed)
    view = drawn(stories.story(graph=learned, dataset=None))
    placed = layout(view)
    assert not [pair for pair in combinations(placed.boxes.values(), 2) if overlap(*pair)]
    assert "nan" not in graph_chart.graph_chart(view)


DOT_TOKEN = re.compile(r'\s*(?:("(?:[^"\\]|\\.)*")|(\w+)|(->)|([{}\[\];=,])|//[^\n]*)')


def tokens(source: str) -> list[str]:
    """Split DOT into tokens; fails on anything that is none."""
    found, at = [], 0
    while source[at:].strip():
        match = DOT_TOKEN.match(source, at)
        assert match, f"no DOT: {source[at : at + 40]!r}"
        found.append(match.group().strip())
        at = match.end()
    return [token for token in found if not token.startswith("//")]


@pytest.mark.parametrize("name", sorted(stories.EVERY))
def test_dot_is_balanced_and_made_of_dot_tokens(name: str) -> None:
    parts = tokens(dot(stories.EVERY[name]()))
    assert parts[0] == "digraph" and parts[2] == "{" and parts[-1] == "}"
    for opening, closing in ("{}", "[]"):
        assert parts.count(opening) == parts.count(closing)


def test_dot_has_every_edge_with_its_marks() -> None:
    source = dot(stories.story())
    assert (
        '"psi.io_some_us" -> "latency" [dir=both, arrowtail=odot, arrowhead=normal, label="93 %", penwidth=2];'
        in source
    )
    assert source.count("->") == 10 and source.count("style=dashed") == 1


def test_dot_dots_what_acts_only_together() -> None:
    source = dot(stories.together())
    assert source.count("shape=hexagon") == 2 and source.count("style=dotted") == 6


@given(st.text())
def test_any_name_is_one_dot_token(name: str) -> None:
    assert tokens(quoted(name)) == [quoted(name).strip()]
