"""Markdown, JSON and the terminal: complete, strict, and unmoved by special characters."""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console, RenderableType

from cadet.model.diagnosis import Fault
from cadet.model.effect import Estimate
from cadet.protocols import Story
from cadet.report import graph_view
from cadet.report.html import html
from cadet.report.machine import strict, to_json
from cadet.report.markdown import escaped, markdown
from cadet.report.sentence import effort
from cadet.report.terminal import render, render_counterfactual
from cadet.report.terminal_graph import render_graph, ways
from cadet.report.terminal_study import Holdings, render_study
from tests.report import stories

ASKED = (stories.LATENCY, stories.CPU)
ESTIMATE = {"estimate", "low", "high"}
CONTRACT = {
    "": {"schema", "target", "objectives", "goals", "verdict", "fault", "fixes", "root_causes", "paths",
         "smallest_detectable_effect", "with_consent", "measurements", "seconds"},
    "fault": {"configuration", "measured"},
    "fixes": {"rank", "changes", "configuration", "predicted", "probability_of_goal", "potential", "control", "consent",
              "measured", "pairs", "gain", "verdict", "runs_to_decide"},
    "root_causes": {"option", "expression", "effect", "ablation", "stability", "paths"},
    "paths": {"nodes", "score", "ace", "stability", "strengths"},
    "measurements": {"initial", "total", "runs", "infeasible", "failed", "contended"},
    "seconds": {"measuring", "thinking"},
}  # fmt: skip


def refuse(constant: str) -> float:
    raise AssertionError(f"{constant} is no JSON")


def estimates(data: object) -> list[Mapping[str, object]]:
    """Find every estimate in a JSON document."""
    if isinstance(data, list):
        return [found for item in data for found in estimates(item)]
    if not isinstance(data, dict):
        return []
    return [data] if data.keys() >= ESTIMATE else [found for item in data.values() for found in estimates(item)]


def shown(story: Story, width: int = 80) -> str:
    console = Console(width=width, file=io.StringIO(), force_terminal=False)
    console.print(render(story))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("name", sorted(stories.EVERY))
def test_json_has_the_fields_of_the_contract(name: str) -> None:
    data = json.loads(to_json(stories.EVERY[name]()), parse_constant=refuse)
    assert data["schema"] == "cadet.diagnosis/1"
    for where, fields in CONTRACT.items():
        found = data if not where else data[where]
        for item in found if isinstance(found, list) else [found]:
            assert item.keys() >= fields, where


def test_json_gives_a_reason_beside_every_null_estimate() -> None:
    broken = Fault(stories.BAD, {"latency": Estimate(math.nan, -math.inf, np.float64(2.0))})
    data = json.loads(to_json(stories.story(stories.diagnosis(fault=broken))), parse_constant=refuse)
    assert data["fault"]["measured"]["latency"]["estimate"] is None
    assert data["fault"]["measured"]["latency"]["high"] == 2.0
    for found in estimates(data):
        assert None not in [found[key] for key in ESTIMATE] or found["reason"]


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)  # fmt: skip


@given(JSON)
def test_strict_data_is_strict_json_and_stays_as_it_is(data: object) -> None:
    once = strict(data)
    assert json.loads(json.dumps(once, allow_nan=False)) == once
    assert strict(once) == once


@pytest.mark.parametrize("name", sorted(stories.EVERY))
def test_markdown_has_every_section_and_no_null(name: str) -> None:
    text = markdown(stories.EVERY[name]())
    headings = re.findall(r"^## (.+)$", text, flags=re.M)
    assert headings[1:] == [
        "Why",
        "Proof",
        "What else was tried",
        "Trade-offs",
        "The causal graph",
        "Data quality",
        "How to reproduce",
    ]
    assert not re.search(r"\b(None|nan|inf)\b", text)


def test_markdown_tables_keep_their_columns() -> None:
    evil = "a|b\nc | `d` <b>"
    told = stories.diagnosis(fixes=(stories.best(), stories.best(reason=evil)), notes=(evil,))
    text = markdown(stories.story(told, commands=("echo ```; rm",)))
    for block in re.findall(r"(?:^\|.*\n)+", text, flags=re.M):
        columns = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(columns) == 1, block
    assert "````sh\necho ```; rm\n````" in text


@given(st.text())
def test_escaped_text_is_one_line_without_markup(text: str) -> None:
    out = escaped(text)
    assert len(out.splitlines()) <= 1
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_<>|#\[\]]", out)


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("name", sorted(stories.EVERY))
def test_the_terminal_shows_every_verdict_at_every_width(name: str, width: int) -> None:
    text = shown(stories.EVERY[name](), width)
    assert max(map(len, text.splitlines())) <= width
    assert "sqlite-ingest" in text
    assert not re.search(r"\b(None|nan|inf)\b", text)


def test_the_terminal_draws_the_causal_path() -> None:
    text = " ".join(shown(stories.story(), 120).replace("\N{NO-BREAK SPACE}", " ").split())
    assert (
        "journal_mode ─0.92 sd, 97 %─▶ block:block_rq_issue ─0.61 sd, 88 %─▶ psi.io_some_us ─0.30 sd, 93 %─▶ latency"
        in text
    )


def test_the_terminal_draws_what_acts_only_together() -> None:
    told = shown(stories.together())
    assert "batch = 1 ╌╌╌╌╌╌╌╌╌╌╌╌╌┐" in told and "journal_mode = delete ╌┴▶ block:block_rq_issue" in told
    assert "only together: batch taken back where journal_mode is delete" in told
    assert r"batch == 1 and journal\_mode == 'delete' → block:block\_rq\_issue" in markdown(stories.together())


def test_the_terminal_draws_the_ways_of_every_option_of_a_joint_cause() -> None:
    story = stories.story()
    cause, *_ = story.diagnosis.root_causes
    mine = [("batch", event, "latency") for event in ("psi.io_some_us", "block:block_rq_issue", "queue_depth")]
    joint = replace(cause, paths=(*mine, *cause.paths[:1]))
    told = shown(replace(story, diagnosis=replace(story.diagnosis, root_causes=(joint,))), 160)
    why = told[told.index("Why") : told.index("Also tried")]
    assert len(re.findall("batch [─╌]", why)) == 2  # the two best of each
    assert re.search("journal_mode [─╌]", why)


def test_the_effort_tells_what_went_to_causes_that_act_together() -> None:
    counts = stories.story().diagnosis.counts
    assert "together" not in effort(counts, 1.0, 1.0)
    assert ", 4 to see what acts only together)" in effort(replace(counts, probes=4), 1.0, 1.0)


def test_what_was_measured_beside_the_goals_has_its_unit_and_its_direction() -> None:
    own, other = (stories.best(measured={"latency": Estimate(0.25, 0.2, 0.3), "throughput": Estimate(v, v, v)})
                  for v in (3.0, 6.0))  # fmt: skip
    other = replace(other, configuration=stories.SPACE.change(stories.GOOD, {"mmap": True}))
    told = stories.story(stories.diagnosis(fixes=(own,), pareto=(own, other)), objectives=(*ASKED, stories.THROUGHPUT))
    for text in (shown(told), markdown(told)):
        assert "6.00 1/s" in text and "100 % more throughput" in text.lower()


def test_what_consent_adds_is_told_on_top_of_the_fix() -> None:
    assert "on top of the fix, synchronous from full to off" in " ".join(shown(stories.story(), 200).split())
    assert "on top of the fix, synchronous from full to off" in markdown(stories.story()).replace("\\", "")


def test_a_prediction_without_information_is_told_as_not_known() -> None:
    """What CADET said of values that were never measured: between 23 ns and 14 days."""
    vague = replace(stories.consented(), predicted={"latency": Estimate(0.168, 2.3e-8, 1_211_906.0)})
    told = stories.story(stories.diagnosis(with_consent=(vague,)))
    assert "latency not known (these measurements do not tell)" in " ".join(shown(told, 200).split())
    assert all("1,211,906" not in text for text in (shown(told, 200), markdown(told), html(told)))
    assert "these measurements do not tell" in html(told)
    (row,) = [line for line in markdown(told).splitlines() if "on top of the fix" in line]
    assert "not known" in row and "99 %" not in row


def printed(renderable: RenderableType, width: int = 80) -> str:
    console = Console(width=width, file=io.StringIO())
    console.print(renderable)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_counterfactual_says_what_it_predicts_and_that_it_is_one() -> None:
    foreseen = SimpleNamespace(
        predicted={"latency": Estimate(0.2, 0.1, 0.4)}, potential=0.9, control=None, notes=("few rows",)
    )
    changed = stories.SPACE.changes(stories.BAD, stories.GOOD)
    told = stories.diagnosis()
    text = " ".join(printed(render_counterfactual(foreseen, changed, told.goals, told.fault)).split())
    assert "With journal_mode from delete to wal and batch from 1 to 256:" in text
    assert "latency would have been 0.20 s (0.10–0.40 s) instead of 1.90 s, which meets the goal ≤ 0.5 s." in text
    assert "90 %" in text and "not known" in text and "prediction" in text and "note: few rows" in text


def test_a_learned_graph_is_told_by_its_ways_and_all_of_its_edges() -> None:
    learned, data = stories.graph(), stories.dataset()
    text = " ".join(printed(render_graph(learned, data), 200).replace("\N{NO-BREAK SPACE}", " ").split())
    assert "journal_mode ─97 %─▶ block:block_rq_issue ─88 %─▶ psi.io_some_us ─93 %─▶ latency" in text
    assert "batch ╌44 %╌▶ rusage.voluntary_switches ╌38 %╌▶ cpu" in text
    view = graph_view.of_graph(learned, data)
    assert all(str(edge) in text for edge in view.edges) and "Without any edge: synchronous" in text


def test_the_ways_lead_from_options_to_objectives_and_the_most_stable_comes_first() -> None:
    found = ways(graph_view.of_graph(stories.large_graph(), stories.large().dataset))  # type: ignore[arg-type]
    weakest = [min(e.stability or 0.0 for e in way) for way in found]
    assert weakest == sorted(weakest, reverse=True) and found
    for way in found:
        assert way[0].a.startswith("option") and way[-1].b.startswith("objective")
        assert all(one.b == other.a for one, other in pairwise(way)) and not any(e.hidden_cause for e in way)


def test_a_study_is_told_in_numbers_with_units() -> None:
    held = Holdings("ingest", "here.db", (stories.LATENCY,), stories.runs(), 3, {"diagnosis": 2})
    text = " ".join(printed(render_study(held), 120).split())
    assert "25 configurations" in text or "24 configurations" in text
    assert "1 timed out" in text and "3 runs are planned" in text and "2 diagnosiss" not in text
    assert "verification pair 2 16" in text and "± 5 %" in text
    assert "next: cadet measure" in printed(render_study(Holdings("ingest", "here.db", (stories.LATENCY,), ())))


def test_json_holds_what_the_page_shows() -> None:
    data = json.loads(to_json(stories.several_objectives()), parse_constant=refuse)
    assert len(data["graph"]["edges"]) == 10 and data["graph"]["nodes"]["latency"] == "objective"
    assert data["instructions"][1]["command"] == "sudo sysctl -w vm.dirty_ratio=60"
    assert ["size", "throughput"] in [front["objectives"] for front in data["fronts"]]
    assert data["noise"]["size"]["estimate"] < 0.01 < data["noise"]["throughput"]["estimate"]
    assert data["left_out"] and data["versions"]["cadet"] and data["costs"]


def test_the_terminal_does_not_read_markup_in_names() -> None:
    told = stories.diagnosis(target="[red]x[/red]", notes=("[bold]note[/oops]",))
    text = shown(stories.story(told))
    assert "[red]x[/red]" in text and "[bold]note[/oops]" in text
