"""What changed between two studies, for a terminal and as markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cadet.model.comparison import CauseChange, Comparison, EffectChange, MechanismChange, Standing
from cadet.report import markdown as text
from cadet.report import numbers, sentence

_Cells = tuple[str, ...]
_MOST_EFFECTS = 12  # shown; the JSON answer has all
_STANDING = {
    Standing.NEW: "new",
    Standing.GONE: "gone",
    Standing.STAYS: "in both",
    Standing.UNCLEAR: "found in one alone; whether it changed, the runs do not tell",
}


def verdict(comparison: Comparison) -> str:
    """Return what changed in one sentence."""
    if not comparison.possible:
        return "Nothing could be compared: " + "; ".join(comparison.notes or ("see below",))
    changed = [m.node for m in comparison.mechanisms if m.changed]
    effects = list(dict.fromkeys(e.option for e in comparison.effects if e.changed))
    causes = [c for c in comparison.causes if c.standing in (Standing.NEW, Standing.GONE)]
    said = [_overall(m) for m in comparison.overall if m.changed]
    said += [f"the mechanism of {sentence.listing(changed)} changed"] if changed else []
    said += [f"the effect of {sentence.listing(effects)} changed"] if effects else []
    said += [f"{c.expression} is {_STANDING[c.standing]} as a root cause of {c.objective}" for c in causes]
    return f"{'; '.join(said)}." if said else "No change was detected."


def render(comparison: Comparison) -> RenderableType:
    """Return the comparison for a rich console."""
    parts: list[RenderableType] = [Text(_capital(verdict(comparison)), style="bold"), Text(_between(comparison))]
    parts += [_grid(title, header, rows) for title, header, rows in _tables(comparison) if rows]
    parts += [Text(line, style="dim") for line in _remarks(comparison)]
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts))


def markdown(comparison: Comparison) -> str:
    """Return the comparison as markdown (CommonMark with tables)."""
    parts = ["# What changed", text.escaped(_capital(verdict(comparison))), text.escaped(_between(comparison))]
    for title, header, rows in _tables(comparison):
        parts += [f"## {title}", text.table(header, rows)] if rows else []
    remarks = [f"- {text.escaped(line)}" for line in _remarks(comparison)]
    parts += ["## To keep in mind", "\n".join(remarks)] if remarks else []
    return "\n\n".join(parts) + "\n"


def _capital(said: str) -> str:
    return said[:1].upper() + said[1:]


def _between(comparison: Comparison) -> str:
    first, second = comparison.configurations
    return f"{comparison.before} ({first} configurations) → {comparison.after} ({second} configurations)"


def _overall(m: MechanismChange) -> str:
    return f"{m.node} at equal options {_shift(m)}"


def _shift(m: MechanismChange) -> str:
    if not numbers.known(m.shift):
        return f"not compared: {numbers.reason(m.shift)}"
    shown = numbers.estimate(m.shift)
    return f"× {shown}" if m.relative else f"+ {shown}".replace("+ −", "− ")


def _tables(comparison: Comparison) -> Iterator[tuple[str, _Cells, list[_Cells]]]:
    header = ("variable", "change at equal parents", "responds otherwise to", "p", "")
    yield (
        "Objectives at equal options",
        ("objective", "change", "p", ""),
        [(m.node, _shift(m), _p(m.p_value), _says(m.changed, m.p_value)) for m in comparison.overall],
    )
    yield "Mechanisms, given their direct causes", header, [_mechanism(m) for m in comparison.mechanisms]
    effects = sorted((e for e in comparison.effects if e.p_value is not None), key=lambda e: e.p_value or 0.0)
    yield ("Effects of options, those that differ most first",
           ("option", "objective", "before", "after", "difference", "p", ""),
           [_effect(comparison, e) for e in effects[:_MOST_EFFECTS]])  # fmt: skip
    yield "Root causes", ("cause", "of", "before", "after", ""), [_cause(comparison, c) for c in comparison.causes]


def _mechanism(m: MechanismChange) -> _Cells:
    causes = ", ".join(m.parents) or "no known cause"
    return f"{m.node} ← {causes}", _shift(m), ", ".join(m.responses), _p(m.p_value), _says(m.changed, m.p_value)


def _effect(comparison: Comparison, e: EffectChange) -> _Cells:
    unit = _unit(comparison, e.objective)
    what = f"{e.option}: {numbers.value(e.reference)} instead of {numbers.value(e.alternative)}"
    sizes = (numbers.estimate(size, unit) for size in (e.before, e.after, e.difference))
    return what, e.objective, *sizes, _p(e.p_value), _says(e.changed, e.p_value)


def _cause(comparison: Comparison, c: CauseChange) -> _Cells:
    unit = _unit(comparison, c.objective)
    return (c.expression, c.objective, numbers.estimate(c.before, unit), numbers.estimate(c.after, unit),
            _STANDING[c.standing])  # fmt: skip


def _remarks(comparison: Comparison) -> Iterator[str]:
    if comparison.possible:
        yield (f"p-values are adjusted for the number of mechanisms, and for the number of effects; a false claim in "
               f"either has a chance of {numbers.percent(comparison.level)}. Everything that differs between the two "
               "studies counts: software, machine, load, temperature.")  # fmt: skip
        hidden = sum(e.p_value is not None for e in comparison.effects) - _MOST_EFFECTS
        if hidden > 0:
            yield f"{numbers.count(hidden, 'more effect')} compared: all are in the JSON answer"
    yield from (f"not compared: {out.column}: {out.reason}" for out in comparison.not_compared)
    yield from (f"note: {note}" for note in comparison.notes if comparison.possible)


def _unit(comparison: Comparison, objective: str) -> str:
    return next((o.unit for o in comparison.objectives if o.name == objective), "")


def _p(p_value: float | None) -> str:
    if p_value is None:
        return "–"
    return f"{p_value:.3f}" if p_value >= 0.001 else "under 0.001"


def _says(changed: bool, p_value: float | None) -> str:
    if p_value is None:
        return "not compared"
    return "changed" if changed else "no change detected"


def _grid(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title=Text(title, style="bold"), title_justify="left", show_edge=False)
    for column in header:
        table.add_column(column, overflow="fold")
    for row in rows:
        *cells, says = row
        table.add_row(*map(Text, cells), Text(says, style="yellow" if says in ("changed", "new", "gone") else ""))
    return table
