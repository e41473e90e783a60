"""The answer in a terminal: verdict, changes, causes, effort; readable at 60 columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cadet.model.diagnosis import Diagnosis, Fault, Fix, RootCause, Verdict
from cadet.model.effect import UNKNOWN, Estimate
from cadet.model.functional import FunctionalNode
from cadet.model.objective import Goal
from cadet.model.space import Change
from cadet.protocols import Story
from cadet.report import answer, change, compromise, edge_evidence, joint, numbers, sentence
from cadet.report.terminal_path import bracket, drawn
from cadet.report.terminal_table import table
from cadet.report.tiles import Met, judged, tiles

FORESEEN: Mapping[Met, str] = {
    "met": "would be met",
    "missed": "would be missed",
    "open": "open",
    "unknown": "not known",
}

_COLOURS = {
    Verdict.CONFIRMED: "green",
    Verdict.REFUTED: "red",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.NO_FAULT: "blue",
    Verdict.NO_EFFECT: "blue",
}
_MOST_OTHERS = 5
_MOST_CHANGES = 4
_PATHS = 2  # drawn for each option of a cause


def render(story: Story) -> RenderableType:
    """Return the diagnosis for a rich console; text of the user is never read as markup."""
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in _parts(story)))


class Foreseen(Protocol):
    """A counterfactual as a reader needs it: the outcome by goal label, and how sure it is that the change matters."""

    @property
    def predicted(self) -> Mapping[str, Estimate]:
        """What the objectives would have been."""
        ...

    @property
    def potential(self) -> float | None:
        """P(good | do(change), the bad outcome observed, everything else the same)."""
        ...

    @property
    def control(self) -> float | None:
        """P(bad | no change, everything else the same)."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """What a reader of the prediction should know."""
        ...


def render_counterfactual(
    foreseen: Foreseen, changed: Sequence[Change], goals: Sequence[Goal], fault: Fault
) -> RenderableType:
    """Return what would have happened had `changed` been made to the fault, for a rich console."""
    grid = table("What would have happened, everything else the same", "objective", "goal", "measured", "predicted", "")
    for goal in goals:
        before, after = fault.measured.get(goal.label, UNKNOWN), foreseen.predicted.get(goal.label, UNKNOWN)
        met, unit = judged(goal, after), goal.objective.unit
        cells = (sentence.name(goal), sentence.threshold(goal), *(numbers.estimate(e, unit) for e in (before, after)))
        grid.add_row(*map(Text, cells), Text(FORESEEN[met], style=_met_style(met)))
    said = [
        f"With {sentence.changes(changed)}:" if changed else "Nothing is changed:",
        *(foreseen_sentence(goal, foreseen, fault) for goal in goals),
    ]
    chances = (
        f"with the change the goal is met with a chance of {numbers.chance(foreseen.potential)} (potential)",
        f"without it the goal is missed with a chance of {numbers.chance(foreseen.control)} (control)",
        "a prediction of the model: `cadet fix --apply` measures it",
        *(f"note: {note}" for note in foreseen.notes),
    )
    return Group(*map(Text, said), Text(), grid, *(Text(line, style="dim") for line in chances))


def foreseen_sentence(goal: Goal, foreseen: Foreseen, fault: Fault) -> str:
    """Return `latency would have been 0.24 s (0.15-0.38 s) instead of 1.9 s, which meets the goal <= 0.5 s`."""
    before, after = fault.measured.get(goal.label, UNKNOWN), foreseen.predicted.get(goal.label, UNKNOWN)
    unit = goal.objective.unit
    if not numbers.known(after):
        return f"{sentence.name(goal)} is not known ({numbers.reason(after)})."
    was = f" instead of {numbers.point(before, unit)}" if numbers.known(before) else ""
    ends = {"met": "meets the goal", "missed": "misses the goal", "open": "may meet the goal",
            "unknown": "says nothing of the goal"}[judged(goal, after)]  # fmt: skip
    told = f"{sentence.name(goal)} would have been {numbers.estimate(after, unit)}{was}"
    return f"{told}, which {ends} {sentence.threshold(goal)}."


def _parts(story: Story) -> Iterator[RenderableType]:
    diagnosis = story.diagnosis
    yield _verdict(diagnosis)
    if diagnosis.goals:
        yield _goals(diagnosis)
    fix, others = answer.best_fix(diagnosis), answer.other_fixes(diagnosis)
    if fix:
        yield _changes(diagnosis, fix)
        if typed := change.script(story.instructions):
            yield Group(Text("What to type", style="bold"), Padding(Text(typed), (0, 0, 0, 1)))
    if diagnosis.root_causes:
        yield _causes(story)
    if diagnosis.pareto:
        yield _alternatives(story)
    if others:
        yield _tried(others[:_MOST_OTHERS])
    if diagnosis.with_consent:
        yield _consents(diagnosis)
    yield _effort(diagnosis)


def _verdict(diagnosis: Diagnosis) -> Panel:
    colour = _COLOURS[diagnosis.verdict]
    heading = Text(f"{answer.headline(diagnosis)}: {diagnosis.target}", style=f"bold {colour}")
    return Panel(
        Text(answer.verdict(diagnosis)), title=heading, title_align="left", border_style=colour, padding=(1, 2)
    )


def _goals(diagnosis: Diagnosis) -> Table:
    fixed = any(tile.now for tile in tiles(diagnosis))
    grid = table("Goals", "objective", "goal", "fault", *(["fix", "gain"] if fixed else []), "")
    for tile in tiles(diagnosis):
        cells = [tile.name, tile.goal, tile.was]
        cells += [tile.now or "not known", tile.gain or "not known"] if fixed else []
        grid.add_row(*map(Text, cells), Text(tile.met_says, style=_met_style(tile.met)))
    return grid


def _met_style(met: str) -> str:
    return {"met": "green", "missed": "red"}.get(met, "yellow")


def _changes(diagnosis: Diagnosis, fix: Fix) -> Table:
    grid = table(answer.change_title(diagnosis), "option", "from", "to")
    for c in fix.changes:
        before, after = numbers.value(c.before), numbers.value(c.after)
        grid.add_row(Text(c.option, style="bold"), Text(before, style="red"), Text(after, style="bold green"))
    if fix.consent:
        grid.caption = Text(f"This change {sentence.consent(fix)}.", style="yellow")
    return grid


def _causes(story: Story) -> Group:
    causes = (_cause(story, i, cause) for i, cause in enumerate(story.diagnosis.root_causes, 1))
    return Group(Text("Why", style="bold"), *causes)


def _cause(story: Story, rank: int, cause: RootCause) -> Padding:
    diagnosis = story.diagnosis
    heading = Text(f"{rank}. ").append(cause.expression, style="bold")
    if cause.stability is not None:
        heading.append(f"  {sentence.cause_needs(cause)}", style="dim")
    effects = [sentence.effect(diagnosis, label, e) for label, e in cause.effect.items()]
    ablations = [f"taken back, {sentence.ablation(diagnosis, label, e)}" for label, e in cause.ablation.items()]
    paths = (drawn(edge_evidence.steps(story, nodes)) for nodes in _strongest(cause.paths))
    together = [part for node in joint.of_cause(diagnosis, cause.option) for part in _together(story, node)]
    reasons: list[RenderableType] = [*map(Text, (*ablations, *effects)), *together, *paths]
    return Padding(Group(heading, Padding(Group(*reasons), (0, 0, 0, 3))), (0, 0, 0, 1))


def _strongest(paths: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """Return the first two paths of every option that starts one: a joint cause acts through each of its options."""
    return [path for place, path in enumerate(paths) if sum(path[0] == p[0] for p in paths[:place]) < _PATHS]


def _together(story: Story, node: FunctionalNode) -> tuple[Text, Text]:
    says = f"only together: {joint.says(story.diagnosis, node)}"
    return Text(says), bracket(joint.lines(story, node), node.into)


def _tried(fixes: Sequence[Fix]) -> Table:
    grid = table("Also tried", "change", "chance", "outcome")
    for fix in fixes:
        changed, chance = sentence.changes(fix.changes, _MOST_CHANGES), numbers.chance(fix.probability_of_goal)
        grid.add_row(*map(Text, (changed, chance, sentence.fix_verdict(fix))))
    return grid


def _alternatives(story: Story) -> Group:
    diagnosis = story.diagnosis
    labels = list(dict.fromkeys(label for fix in diagnosis.pareto for label in fix.measured))
    grid = table("What else meets the goals", "change", *(sentence.label_name(diagnosis, one) for one in labels), "")
    for fix in diagnosis.pareto:
        values = [numbers.point(fix.measured[n], sentence.declared(story, n).unit) for n in labels]
        state = fix.verdict.value if fix.verdict else "not verified"
        grid.add_row(*map(Text, (sentence.changes(fix.changes, _MOST_CHANGES), *values, state)))
    return Group(grid, Text(compromise.tradeoff(story)))


def _consents(diagnosis: Diagnosis) -> Table:
    grid = table("What consent would add (never measured without it)", "change", "predicted", "price")
    for fix in diagnosis.with_consent:
        expected = "\n".join(_predicted(diagnosis, label, shown) for label, shown in fix.predicted.items())
        grid.add_row(*map(Text, (answer.beyond(diagnosis, fix), expected, sentence.consent(fix))))
    return grid


def _predicted(diagnosis: Diagnosis, label: str, shown: Estimate) -> str:
    told = numbers.estimate(numbers.predicted(shown), sentence.objective_of(diagnosis, label).unit)
    return f"{sentence.label_name(diagnosis, label)} {told}"


def _effort(diagnosis: Diagnosis) -> Group:
    counts = diagnosis.counts
    lines = [sentence.effort(counts, diagnosis.measuring_s, diagnosis.thinking_s)]
    if counts.failed or counts.infeasible or counts.contended:
        lines.append(
            f"{counts.failed} failed, {counts.infeasible} infeasible, {counts.contended} under load from elsewhere"
        )
    if diagnosis.verdict is not Verdict.NO_EFFECT:  # there the verdict says it already
        lines += sentence.detectable(diagnosis)
    notes = (Text(f"note: {note}", style="yellow") for note in diagnosis.notes)
    return Group(*(Text(line, style="dim") for line in lines), *notes)
