"""The report as one self-contained HTML file: no network, no script, light and dark, phone and paper."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from cadet.model.diagnosis import Fault, Fix
from cadet.model.effect import UNKNOWN, Estimate
from cadet.model.space import Space
from cadet.protocols import Story
from cadet.report import answer, chart, evidence, graph_chart, graph_view, numbers, sentence
from cadet.report.tiles import tiles


def _json(values: Mapping[str, object]) -> str:
    return json.dumps(dict(values), ensure_ascii=False)


def _measured(who: Fault | Fix, label: str) -> Estimate:
    return who.measured.get(label, UNKNOWN)


def _repetitions(who: Fault | Fix, label: str) -> str:
    many = _measured(who, label).repetitions
    return "" if many is None else f", {numbers.count(many, 'run')}"


_PHRASES: Mapping[str, object] = {
    "answer": answer, "num": numbers, "say": sentence, "unknown": UNKNOWN, "measured": _measured,
    "repetitions": _repetitions, "goal_value": sentence.threshold,
    "proof_chart": lambda proof: Markup(chart.proof_chart(proof)),
    "search_chart": lambda search: Markup(chart.search_chart(search)),
}  # fmt: skip


def html(story: Story) -> str:
    """Return the report as an HTML document; it loads nothing and runs nothing."""
    environment = Environment(
        loader=PackageLoader("cadet.report"), autoescape=True, undefined=StrictUndefined, finalize=_finalize,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["tight"] = _tight
    environment.globals.update(_PHRASES)
    return environment.get_template("report.html.j2").render(_facts(story))


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


def _facts(story: Story) -> dict[str, object]:
    """Return the names that the template uses."""
    diagnosis, graph = story.diagnosis, graph_view.view(story)
    fix = answer.best_fix(diagnosis)
    return {
        "d": diagnosis, "fix": fix, "others": answer.other_fixes(diagnosis), "tiles": tiles(diagnosis),
        "layers": {option.name: option.layer for option in story.space.options},
        "changes_json": _json({c.option: c.after for c in fix.changes}) if fix else "",
        "fix_json": _json(fix.configuration) if fix else "", "fault_json": _json(diagnosis.fault.configuration),
        "bar": _Bars(story), "proofs": evidence.proofs(story), "searches": evidence.searches(story),
        "seen": evidence.circumstances(evidence.proofs(story)), "prices": _prices(story.space),
        "graph": graph, "graph_summary": graph_chart.summary(graph) if graph else "",
        "graph_svg": Markup(graph_chart.graph_chart(graph)) if graph else "",
        "graph_notes": story.graph.notes if story.graph else (),
        "left_out": story.dataset.left_out if story.dataset else (), "statuses": evidence.statuses(story.runs),
        "commands": "\n".join(story.commands), "environment": list(_flat(story.environment or {})),
    }  # fmt: skip


class _Bars:
    """Draws bars for root causes on one scale for each kind and label, so that they can be compared."""

    def __init__(self, story: Story) -> None:
        self.causes = story.diagnosis.root_causes

    def __call__(self, shown: Estimate, label: str, kind: str) -> Markup:
        """Return the bar of one estimate; nothing where there is no number."""
        mine: list[Estimate] = [e for cause in self.causes if (e := getattr(cause, kind).get(label))]
        scale = [v for e in mine for v in (e.estimate, e.low, e.high) if v is not None and math.isfinite(v)]
        return Markup(chart.interval_bar(shown, scale))


def _flat(values: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield (key, text) of a nested mapping, keys joined by dots."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list | tuple):
            yield f"{prefix}{key}", ", ".join(numbers.value(item) for item in value) or "nothing"
        else:
            yield f"{prefix}{key}", "not known" if value is None else numbers.value(value)
