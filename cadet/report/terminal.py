"""The answer in a terminal: verdict, changes, causes, effort; readable at 60 columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Protocol

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cadet.model.diagnosis import Diagnosis, Fix, RootCause, Verdict
from cadet.model.effect import Estimate
from cadet.protocols import Story
from cadet.report import answer, numbers, sentence
from cadet.report.tiles import tiles

_COLOURS = {
    Verdict.CONFIRMED: "green",
    Verdict.REFUTED: "red",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.NO_FAULT: "blue",
    Verdict.NO_EFFECT: "blue",
}
_MOST_OTHERS = 5
_MOST_CHANGES = 4


def render(story: Story) -> RenderableType:
    """Return the diagnosis for a rich console; text of the user is never read as markup."""
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in _parts(story.diagnosis)))


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


def render_counterfactual(foreseen: Foreseen, units: Mapping[str, str] | None = None) -> RenderableType:
    """Return what would have happened, for a rich console; `units` by goal label."""
    grid = _table("What would have happened, everything else the same", "objective", "predicted")
    for label, shown in foreseen.predicted.items():
        grid.add_row(Text(label), Text(numbers.estimate(shown, (units or {}).get(label, ""))))
    chances = (
        f"with the change the goal is met with a chance of {numbers.chance(foreseen.potential)} (potential)",
        f"without it the goal is missed with a chance of {numbers.chance(foreseen.control)} (control)",
        "a prediction of the model: `cadet fix --apply` measures it",
    )
    return Group(grid, *(Text(line, style="dim") for line in chances))


def path(nodes: tuple[str, ...]) -> Text:
    """Return a causal path as text: `journal_mode → psi.io_some_us → latency`."""
    return Text(" → ").join(
        Text(node, style="cyan" if 0 < i < len(nodes) - 1 else "bold") for i, node in enumerate(nodes)
    )


def _parts(diagnosis: Diagnosis) -> Iterator[RenderableType]:
    yield _verdict(diagnosis)
    if diagnosis.goals:
        yield _goals(diagnosis)
    fix, others = answer.best_fix(diagnosis), answer.other_fixes(diagnosis)
    if fix:
        yield _changes(diagnosis, fix)
    if diagnosis.root_causes:
        yield _causes(diagnosis)
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
    grid = _table("Goals", "objective", "goal", "fault", *(["fix", "gain"] if fixed else []), "")
    for tile in tiles(diagnosis):
        cells = [tile.name, tile.goal, tile.was]
        cells += [tile.now or "not known", tile.gain or "not known"] if fixed else []
        grid.add_row(*map(Text, cells), Text(tile.met_says, style=_met_style(tile.met)))
    return grid


def _met_style(met: str) -> str:
    return {"met": "green", "missed": "red"}.get(met, "yellow")


def _changes(diagnosis: Diagnosis, fix: Fix) -> Table:
    grid = _table(answer.change_title(diagnosis), "option", "from", "to")
    for change in fix.changes:
        before, after = numbers.value(change.before), numbers.value(change.after)
        grid.add_row(Text(change.option, style="bold"), Text(before, style="red"), Text(after, style="bold green"))
    if fix.consent:
        grid.caption = Text(f"This change {sentence.consent(fix)}.", style="yellow")
    return grid


def _causes(diagnosis: Diagnosis) -> Group:
    return Group(Text("Why", style="bold"), *(_cause(diagnosis, i, c) for i, c in enumerate(diagnosis.root_causes, 1)))


def _cause(diagnosis: Diagnosis, rank: int, cause: RootCause) -> Padding:
    heading = Text(f"{rank}. ").append(cause.expression, style="bold")
    if cause.stability is not None:
        heading.append(f"  {sentence.cause_needs(cause)}", style="dim")
    effects = [sentence.effect(diagnosis, label, e) for label, e in cause.effect.items()]
    ablations = [f"taken back, {sentence.ablation(diagnosis, label, e)}" for label, e in cause.ablation.items()]
    reasons: list[RenderableType] = [*map(Text, (*ablations, *effects)), *(path(nodes) for nodes in cause.paths[:2])]
    return Padding(Group(heading, Padding(Group(*reasons), (0, 0, 0, 3))), (0, 0, 0, 1))


def _tried(fixes: Sequence[Fix]) -> Table:
    grid = _table("Also tried", "change", "chance", "outcome")
    for fix in fixes:
        changed, chance = sentence.changes(fix.changes, _MOST_CHANGES), numbers.chance(fix.probability_of_goal)
        grid.add_row(*map(Text, (changed, chance, sentence.fix_verdict(fix))))
    return grid


def _consents(diagnosis: Diagnosis) -> Table:
    grid = _table("What consent would add (never measured without it)", "change", "predicted", "price")
    objective = partial(sentence.objective_of, diagnosis)
    for fix in diagnosis.with_consent:
        expected = "\n".join(
            f"{sentence.label_name(diagnosis, label)} {numbers.estimate(shown, objective(label).unit)}"
            for label, shown in fix.predicted.items()
        )
        grid.add_row(*map(Text, (answer.beyond(diagnosis, fix), expected, sentence.consent(fix))))
    return grid


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


def _table(title: str, *columns: str) -> Table:
    grid = Table(box=box.SIMPLE_HEAD, title=Text(title, style="bold"), title_justify="left", show_edge=False)
    for column in columns:
        grid.add_column(column, overflow="fold")
    return grid
