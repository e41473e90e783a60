"""The report as markdown: for a pull request, a ticket or a chat."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from cadet.model.diagnosis import Fix, RootCause
from cadet.model.effect import UNKNOWN, Estimate
from cadet.model.objective import Objective
from cadet.protocols import Story
from cadet.report import (
    answer,
    change,
    compromise,
    costs,
    graph_chart,
    graph_view,
    joint,
    numbers,
    plain,
    quality,
    sentence,
    tradeoff,
)
from cadet.report.edge_evidence import association_text, deviations, evidences, observed, steps
from cadet.report.machine import flat

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&])")


def markdown(story: Story) -> str:
    """Return the story as markdown (CommonMark with tables)."""
    diagnosis = story.diagnosis
    parts = [
        f"# {answer.headline(diagnosis)}: {escaped(diagnosis.target)}",
        escaped(plain.plain(diagnosis)),
        escaped(answer.verdict(diagnosis)) if answer.best_fix(diagnosis) else "",
        *_change(story),
        *_why(story),
        *_proof(story),
        *_tried(story),
        *_tradeoffs(story),
        *_graph(story),
        *_quality(story),
        *_reproduce(story),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def escaped(text: str) -> str:
    """Return text that markdown shows as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; cells are escaped."""
    lines = [header, ["---"] * len(header), *([escaped(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _code(text: str, language: str = "") -> str:
    """Return a block whose fence is longer than any run of backticks inside."""
    longest = max((len(ticks) for ticks in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _change(story: Story) -> list[str]:
    fix = answer.best_fix(story.diagnosis)
    title = answer.change_title(story.diagnosis)
    if fix is None:
        return [f"## {title}", answer.nothing_to_change(story.diagnosis)]
    rows = [(c.option, numbers.value(c.before), numbers.value(c.after)) for c in fix.changes]
    chosen = json.dumps({c.option: c.after for c in fix.changes}, ensure_ascii=False)
    typed, back = change.script(story.instructions), change.undo(story.instructions)
    parts = [f"## {title}", table(("option", "from", "to"), rows)]
    parts += ["What to type:", _code(typed, "sh")] if typed else []
    parts += ["To take it back:", _code(back, "sh")] if back else []
    parts += [_listed(change.notes(story.instructions)), _code(chosen, "json")]
    parts += ["Difference from the configuration that was diagnosed:",
              _code("\n".join(map(str, change.difference(story, fix))), "diff")]  # fmt: skip
    parts += ["What it costs and risks:", _listed(costs.costs(story, fix))]
    return [*parts, f"This {escaped(sentence.consent(fix))}."] if fix.consent else parts


def _listed(lines: Iterable[str]) -> str:
    return "\n".join(f"- {escaped(line)}" for line in lines)


def _why(story: Story) -> list[str]:
    causes = [_cause(story, rank, cause) for rank, cause in enumerate(story.diagnosis.root_causes, 1)]
    return ["## Why", *(causes or ["No root cause was identified."])]


def _cause(story: Story, rank: int, cause: RootCause) -> str:
    diagnosis = story.diagnosis
    lines = [f"{rank}. **{escaped(cause.expression)}**"]
    lines += [f"   - effect: {escaped(sentence.effect(diagnosis, label, e))}" for label, e in cause.effect.items()]
    lines += [
        f"   - taken back: {escaped(sentence.ablation(diagnosis, label, e))}" for label, e in cause.ablation.items()
    ]
    lines += [
        f"   - only together: {escaped(joint.says(diagnosis, n))}" for n in joint.of_cause(diagnosis, cause.option)
    ]
    lines += [f"   - stability: {sentence.cause_needs(cause)}"]
    lines += [f"   - path: {escaped(_path(story, nodes))}" for nodes in cause.paths]
    return "\n".join(lines)


def _path(story: Story, nodes: Sequence[str]) -> str:
    """Return the path with the numbers of each arrow: `a → (0.9 sd · 97 %) b`."""
    told = (f"→ ({step.numbers}) {step.b}" if step.numbers else f"→ {step.b}" for step in steps(story, nodes))
    return " ".join((nodes[0], *told))


def _proof(story: Story) -> list[str]:
    diagnosis, fix = story.diagnosis, answer.best_fix(story.diagnosis)
    goals = {goal.label: f"{sentence.goal(goal)} ({sentence.goal_source(goal)})" for goal in diagnosis.goals}
    rows = []
    for label in sentence.labels(diagnosis):
        objective = sentence.objective_of(diagnosis, label)
        row = [goals.get(label, f"{label}: no goal"), _shown(diagnosis.fault.measured.get(label), objective.unit)]
        if fix:
            row += [_shown(fix.measured.get(label), objective.unit), _gain(fix.gain.get(label), objective)]
        rows.append(row)
    header = ("goal", "fault", "fix", "gain") if fix else ("goal", "fault")
    pairs = f"{numbers.count(fix.pairs, 'pair')} of fresh runs, fault and fix alternating." if fix and fix.pairs else ""
    return ["## Proof", table(header, rows), pairs]


def _tried(story: Story) -> list[str]:
    diagnosis, header = story.diagnosis, ("change", "chance to meet the goal", "outcome")
    parts, others = ["## What else was tried"], answer.other_fixes(diagnosis)
    parts.append(table(header, map(_candidate, others)) if others else "No other candidate.")
    parts += _alternatives(story)
    if diagnosis.with_consent:
        consents = (
            (answer.beyond(diagnosis, fix), sentence.chance(fix), sentence.consent(fix))
            for fix in diagnosis.with_consent
        )
        parts += [
            "What consent would add (predicted, never measured without it):",
            table((*header[:2], "price"), consents),
        ]
    return parts


def _alternatives(story: Story) -> list[str]:
    """Return the measured ways to meet the goals that none beats, and the trade-off; nothing where there are none."""
    diagnosis = story.diagnosis
    if not diagnosis.pareto:
        return []
    labels = list(dict.fromkeys(label for fix in diagnosis.pareto for label in fix.measured))
    names = [sentence.label_name(diagnosis, label) for label in labels]
    rows = (
        (sentence.changes(fix.changes, 4),
         *(_shown(fix.measured[label], sentence.declared(story, label).unit) for label in labels),
         sentence.fix_verdict(fix))
        for fix in diagnosis.pareto
    )  # fmt: skip
    return ["### What else meets the goals", table(("change", *map(escaped, names), "outcome"), rows),
            escaped(compromise.tradeoff(story))]  # fmt: skip


def _candidate(fix: Fix) -> tuple[str, str, str]:
    return sentence.changes(fix.changes, 4), numbers.chance(fix.probability_of_goal), sentence.fix_verdict(fix)


def _tradeoffs(story: Story) -> list[str]:
    parts = ["## Trade-offs"]
    for shown in tradeoff.tradeoffs(story):
        rows = (
            (point.says, *(numbers.quantity(v, g.objective.unit) for g, v in ((shown.x, point.x), (shown.y, point.y))))
            for point in shown.front
        )
        parts += [
            escaped(f"{sentence.name(shown.x)} against {sentence.name(shown.y)}, the measured front:"),
            table(("configuration", sentence.name(shown.x), sentence.name(shown.y)), rows),
        ]
    fix = answer.best_fix(story.diagnosis)
    beside = [str(effect) for effect in costs.side_effects(story, fix)] if fix else []
    if len(parts) == 1:
        parts.append("No two objectives were asked about that were measured together, so there is no front.")
    return [*parts, _listed(beside)]


def _graph(story: Story) -> list[str]:
    view = graph_view.view(story)
    if view is None:
        return ["## The causal graph", "No causal graph was learned for this answer."]
    rows = (
        (
            str(e.edge),
            "" if e.strength is None else f"{deviations(e.strength)} sd",
            "not resampled" if e.edge.stability is None else numbers.percent(e.edge.stability),
            association_text(e.association),
            e.edge.reads or "not read",
        )
        for e in evidences(story, view, observed(story))
    )
    edges = table(("edge", "strength", "found again", "in the data", "read as"), rows) if view.edges else ""
    together = "Option values that act only together, tested by experiment; no edges of the graph:"
    links = _listed(f"{j.name} → {', '.join(j.into)}" for j in view.joints)
    return ["## The causal graph", graph_chart.summary(view), edges, *([together, links] if links else [])]


def _quality(story: Story) -> list[str]:
    diagnosis = story.diagnosis
    lines = [
        sentence.effort(diagnosis.counts, diagnosis.measuring_s, diagnosis.thinking_s),
        f"{diagnosis.counts.failed} failed, {diagnosis.counts.infeasible} infeasible, "
        f"{diagnosis.counts.contended} under load from elsewhere; nothing was deleted",
        *sentence.detectable(diagnosis),
        *(f"noise of {sentence.name(s.goal)}: {sentence.noise(s.noise)}" for s in quality.repetitions(story)),
        *(f"drift of {sentence.name(s.goal)}: {sentence.drift(s.drift)}" for s in quality.repetitions(story)),
        *diagnosis.notes,
        *(f"left out of learning: {c.column} ({c.reason})" for c in (story.dataset.left_out if story.dataset else ())),
    ]
    return ["## Data quality", "\n".join(f"- {escaped(line)}" for line in lines)]


def _reproduce(story: Story) -> list[str]:
    typed = _code("\n".join(story.commands), "sh") if story.commands else "The commands were not recorded."
    worked = ", ".join(f"{name} {number}" for name, number in story.versions.items())
    machine = table(("what", "value"), flat(story.environment)) if story.environment else ""
    return ["## How to reproduce", typed, f"Worked out with {escaped(worked)}." if worked else "", machine]


def _shown(shown: Estimate | None, unit: str) -> str:
    return numbers.estimate(shown or UNKNOWN, unit)


def _gain(shown: Estimate | None, objective: Objective) -> str:
    shown = shown or UNKNOWN
    if not numbers.known(shown):
        return f"not known ({numbers.reason(shown)})"
    spread = sentence.gain_interval(shown, objective) or f"interval not known: {numbers.reason(shown)}"
    return f"{sentence.gain(shown, objective)} ({spread})"
