"""What speaks for an edge, and which edges matter."""

from __future__ import annotations

from itertools import pairwise

from cadet.model.graph import Mark
from cadet.protocols import Story
from cadet.report import edge_evidence, graph_view
from tests.report import stories


def view(story: Story) -> graph_view.GraphView:
    found = graph_view.view(story)
    assert found is not None
    return found


def test_the_arrows_of_a_path_carry_strength_and_stability() -> None:
    nodes = ("journal_mode", "block:block_rq_issue", "psi.io_some_us", "latency")
    steps = edge_evidence.steps(stories.story(), nodes)
    assert [(s.strength, s.stability) for s in steps] == [(0.92, 0.97), (0.61, 0.88), (0.3, 0.93)]
    assert steps[0].numbers == "0.92 sd · 97 %" and all(s.found for s in steps)
    (lost,) = edge_evidence.steps(stories.story(), ("mmap", "cpu"))
    assert not lost.found and lost.numbers == ""


def test_every_edge_has_its_facts() -> None:
    story = stories.story()
    seen = edge_evidence.evidences(story, view(story), edge_evidence.observed(story))
    assert len(seen) == 10
    for shown in seen:
        facts = dict(shown.facts())
        assert set(facts) == {"says", "strength", "found again", "in the data", "read as", "decided by"}
        assert all(facts.values())
    hidden = next(dict(s.facts()) for s in seen if s.edge.hidden_cause)
    assert "not recorded" in hidden["says"]


def test_no_dataset_means_no_association() -> None:
    story = stories.story(dataset=None)
    assert edge_evidence.observed(story) is None
    assert all(e.association is None for e in edge_evidence.evidences(story, view(story), None))


def test_the_paths_of_causes_are_what_matters() -> None:
    story = stories.hundred()
    part = graph_view.relevant(view(story), story)
    nodes = story.diagnosis.root_causes[0].paths[0]
    assert {n.name for n in part.nodes} == set(nodes)
    assert {frozenset((e.a, e.b)) for e in part.edges} == {frozenset(step) for step in pairwise(nodes)}


def test_without_causes_stable_ways_from_options_to_objectives_matter() -> None:
    story = stories.story(stories.diagnosis(root_causes=(), paths=()))
    part = graph_view.relevant(view(story), story)
    assert part.edges
    assert all(e.stability is not None and e.stability >= graph_view.MATTERS for e in part.edges)
    starts, ends = {e.a for e in part.edges}, {e.b for e in part.edges}
    assert all(part.tiers[name] == 0 for name in starts - ends)
    assert all(part.tiers[name] == 2 for name in ends - starts)
    assert Mark.ARROW in {e.at_b for e in part.edges}


def test_where_nothing_stands_out_everything_is_shown() -> None:
    empty = stories.no_effect()
    assert graph_view.relevant(view(empty), empty) == view(empty)
