"""What the charts show: only fresh pairs of fault and fix count, nothing is left out in silence."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from cadet.model.measurement import Purpose, Status, Tag
from cadet.report import evidence
from cadet.report.axis import axis
from cadet.report.chart import proof_chart
from tests.report import stories

OTHER = stories.SPACE.change(stories.BAD, {"mmap": True})


def test_only_fresh_pairs_of_fault_and_fix_count() -> None:
    points = evidence.proofs(stories.story())[0].points
    assert [p.fresh for p in points] == [False] * 5 + [True] * 16
    assert [p.series for p in points[5:9]] == ["fault", "fix", "fix", "fault"]


def test_a_fault_that_was_paired_with_another_candidate_does_not_count() -> None:
    known = stories.runs()
    extra = [replace(known[0], configuration=c, purpose=Purpose.PAIR, sequence=-i, tags=frozenset())
             for i, c in ((4, stories.BAD), (3, OTHER), (2, OTHER), (1, stories.BAD))]  # fmt: skip
    points = evidence.proofs(stories.story(runs=(*known, *extra)))[0].points
    assert [p.fresh for p in points[:2]] == [False, False]
    assert sum(p.fresh for p in points) == 16


def test_half_of_an_interrupted_pair_does_not_count() -> None:
    known = stories.runs()
    half = replace(known[-2], sequence=known[-16].sequence, configuration=stories.BAD, started_at=0.0)
    points = evidence.proofs(stories.story(runs=(*known, half)))[0].points
    assert sum(p.fresh for p in points) == 16


def test_points_are_in_time_order_whatever_the_order_of_the_runs() -> None:
    story = stories.story()
    assert evidence.proofs(replace(story, runs=story.runs[::-1])) == evidence.proofs(story)


def test_a_timeout_is_drawn_at_its_limit_and_a_failure_without_a_value() -> None:
    search = evidence.searches(stories.story())[0]
    assert [p.value for p in search.points if p.censored] == [20.0]
    assert sum(p.value is None for p in search.points) == 1


def test_statuses_and_tags_are_counted() -> None:
    counted = evidence.statuses(stories.runs())
    assert counted == {"ok": len(stories.runs()) - 2, "failed": 1, "timed out": 1, "contended": 2}


def test_rings_that_tell_nothing_apart_are_not_drawn() -> None:
    story = stories.story()
    loaded = replace(story, runs=tuple(replace(run, tags=frozenset({Tag.CONTENDED})) for run in story.runs))
    proof = evidence.proofs(loaded)[0]
    assert "ring" not in proof_chart(proof).plot and "all contended" in evidence.circumstances(proof.points)
    assert "ring" in proof_chart(evidence.proofs(story)[0]).plot


def test_runs_that_never_ran_are_not_drawn() -> None:
    never = replace(stories.runs()[0], status=Status.INFEASIBLE)
    assert len(evidence.proofs(stories.story(runs=(*stories.runs(), never)))[0].points) == 21


def test_an_axis_holds_its_values_and_keeps_their_order() -> None:
    for values in ([1.0, 2.0], [0.01, 30.0], [-3.0, 4.0], [0.0], [5.0, 5.0], []):
        scale = axis(values)
        assert all(scale.low <= v <= scale.high for v in values)
        shares = [scale.share(v) for v in sorted(values)]
        assert shares == sorted(shares) and all(0 <= share <= 1 for share in shares)
        assert len(scale.ticks) >= 2
        texts, _ = scale.spelled("s")
        assert len(set(texts)) == len(texts)


@given(st.floats(0.1, 1e6), st.floats(1e-4, 0.5))
def test_ticks_that_lie_close_together_read_differently(value: float, share: float) -> None:
    texts, _ = axis([value, value * (1 + share)], zero=False).spelled("s")
    assert len(set(texts)) == len(texts)
