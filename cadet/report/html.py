"""The report as one self-contained HTML file: no network, light and dark, phone and paper; it reads without its script.

The script is ours, inlined, and the only one that the page's content security policy lets run.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from cadet.model.diagnosis import Fault, Fix
from cadet.model.effect import UNKNOWN, Estimate
from cadet.model.space import Space
from cadet.protocols import Story
from cadet.report import (
    answer,
    change,
    chart,
    compromise,
    costs,
    edge_evidence,
    evidence,
    figure,
    graph_chart,
    graph_data,
    graph_view,
    joint,
    numbers,
    palette,
    plain,
    quality,
    sentence,
    tradeoff,
)
from cadet.report.machine import flat
from cadet.report.tiles import tiles
from cadet.report.tradeoff_chart import tradeoff_chart

MOST_ROWS = 300  # of the table of runs under a chart


def _json(values: Mapping[str, object]) -> str:
    return json.dumps(dict(values), ensure_ascii=False)


def _measured(who: Fault | Fix, label: str) -> Estimate:
    return who.measured.get(label, UNKNOWN)


def _repetitions(who: Fault | Fix, label: str) -> str:
    many = _measured(who, label).repetitions
    return "" if many is None else f", {numbers.count(many, 'run')}"


_PHRASES: Mapping[str, object] = {
    "answer": answer, "plain": plain.plain, "num": numbers, "say": sentence, "evidence_of": edge_evidence,
    "unknown": UNKNOWN, "measured": _measured, "repetitions": _repetitions, "goal_value": sentence.threshold,
    "said": chart.said,
    "proof_chart": lambda proof: Markup(figure.fluid(chart.proof_chart(proof))),
    "search_chart": lambda search: Markup(figure.fluid(chart.search_chart(search))),
    "tradeoff_chart": lambda shown: Markup(figure.fluid(tradeoff_chart(shown))),
    "repetitions_chart": lambda seen: Markup(figure.fluid(chart.repetitions_chart(seen))),
    "graph_chart": lambda view: Markup(graph_chart.graph_chart(view)), "graph_says": graph_chart.summary,
    "joint_says": joint.says, "joint_of": joint.of_cause,
    "most_rows": MOST_ROWS, "few_edges": graph_chart.LABELLED, "circumstances": evidence.circumstances,
}  # fmt: skip


def html(story: Story) -> str:
    """Return the report as an HTML document; it loads nothing."""
    return _environment().get_template("report.html.j2").render(_facts(story))


@cache
def _environment() -> Environment:
    """Return the templates, which compile slowly, once."""
    environment = Environment(
        loader=PackageLoader("cadet.report"), autoescape=True, undefined=StrictUndefined, finalize=_finalize,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["tight"] = _tight
    environment.globals.update(_PHRASES)
    return environment


def _prices(space: Space) -> list[str]:
    """Return everything that some configuration of the space gives up."""
    return sorted(
        {cost for option in space.options for cost in option.consent.values()} | {c.cost for c in space.consents}
    )


def _finalize(value: object) -> object:
    """Say that something is not known instead of printing `None` or `nan`."""
    missing = value is None or (isinstance(value, float) and not math.isfinite(value))
    return "not known" if missing else value


def _tight(text: str) -> str:
    """Keep a number and its unit on one line."""
    return re.sub(r"(?<=\d) (?=[^\W\d]|%)", "\N{NO-BREAK SPACE}", text)


@cache
def _script() -> str:
    return files("cadet.report").joinpath("templates/report.js").read_text(encoding="utf-8").strip()


def _policy() -> str:
    """Return the content security policy: nothing is loaded, and no script runs but ours, known by its hash."""
    digest = base64.b64encode(hashlib.sha256(_script().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{digest}'"


def _facts(story: Story) -> dict[str, object]:
    """Return the names that the template uses."""
    diagnosis = story.diagnosis
    return {
        "d": diagnosis, "tiles": tiles(diagnosis), "others": answer.other_fixes(diagnosis),
        "layers": {option.name: option.layer for option in story.space.options}, "prices": _prices(story.space),
        "fault_json": _json(diagnosis.fault.configuration), "bar": _Bars(story),
        "unit_of": lambda label: sentence.declared(story, label).unit,
        "steps": lambda nodes: edge_evidence.steps(story, nodes),
        "proofs": evidence.proofs(story), "searches": evidence.searches(story),
        "tradeoffs": tradeoff.tradeoffs(story), "compromise": compromise.tradeoff(story),
        "repeated": quality.repetitions(story),
        "left_out": story.dataset.left_out if story.dataset else (), "statuses": evidence.statuses(story.runs),
        "commands": "\n".join(story.commands), "environment": list(flat(story.environment or {})),
        "versions": story.versions, "styles": _styles(), "script": Markup(_script()), "policy": Markup(_policy()),
        **_fix_facts(story), **_graph_facts(story),
    }  # fmt: skip


def _fix_facts(story: Story) -> dict[str, object]:
    fix = answer.best_fix(story.diagnosis)
    if fix is None:
        return {"fix": None}
    return {
        "fix": fix, "changes_json": _json({c.option: c.after for c in fix.changes}),
        "fix_json": _json(fix.configuration), "script_to_apply": change.script(story.instructions),
        "script_to_undo": change.undo(story.instructions), "change_notes": change.notes(story.instructions),
        "difference": change.difference(story, fix), "costs": costs.costs(story, fix),
        "side_effects": [e for e in costs.side_effects(story, fix) if numbers.known(e.change)],
    }  # fmt: skip


def _graph_facts(story: Story) -> dict[str, object]:
    view = graph_view.view(story)
    notes = story.graph.notes if story.graph else ()
    if view is None:
        return {"graph": None, "graph_notes": notes}
    seen = edge_evidence.observed(story)
    edges = edge_evidence.evidences(story, view, seen)
    return {
        "graph": view, "graph_part": graph_view.relevant(view, story), "graph_notes": notes, "edges": edges,
        "graph_json": Markup(graph_data.graph_data(view, edges, seen, story.diagnosis)),
    }  # fmt: skip


def _styles() -> Markup:
    """Return the style sheets: colours, page, charts."""
    page = files("cadet.report").joinpath("templates/report.css").read_text(encoding="utf-8")
    colours = f":root {{ {palette.declared(palette.LIGHT)} }}\n"
    dark = f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {palette.declared(palette.DARK)} }} }}\n"
    return Markup(colours + dark + figure.stylesheet() + page)


class _Bars:
    """Draws bars for root causes on one scale for each kind and label, so that they can be compared."""

    def __init__(self, story: Story) -> None:
        self.causes = story.diagnosis.root_causes

    def __call__(self, shown: Estimate, label: str, kind: str) -> Markup:
        """Return the bar of one estimate; nothing where there is no number."""
        mine: list[Estimate] = [e for cause in self.causes if (e := getattr(cause, kind).get(label))]
        scale = [v for e in mine for v in (e.estimate, e.low, e.high) if v is not None and math.isfinite(v)]
        return Markup(chart.interval_bar(shown, scale))
