"""What changed between two studies of one system; `to_dict` is the JSON contract `cadet.comparison/1`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from cadet.model.dataset import LeftOut
from cadet.model.domain import Value
from cadet.model.effect import Estimate
from cadet.model.objective import Objective
from cadet.model.tabular import Tabular

SCHEMA = "cadet.comparison/1"


class Standing(str, Enum):
    """What became of a root cause. `UNCLEAR`: it was found in one study alone, and its effects do not differ enough."""

    NEW = "new"
    GONE = "gone"
    STAYS = "stays"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class MechanismChange:
    """How a variable follows from its direct causes, in the second study against the first.

    shift: of the expected value at equal parents; a factor (1 is no change) where `relative`, else in the variable's
    unit. responses: the parents to which the variable responds otherwise. open_parents: those that may be causes or
    not; a change is claimed only when it shows with and without them. p_value: adjusted for the number of mechanisms;
    None where nothing could be tested, for the `reason`.
    """

    node: str
    parents: tuple[str, ...]
    shift: Estimate
    relative: bool
    p_value: float | None
    changed: bool
    responses: tuple[str, ...] = ()
    open_parents: tuple[str, ...] = ()
    reason: str = ""

    def to_dict(self) -> dict[str, object]:
        """Return the fields of the JSON contract."""
        return {
            "node": self.node,
            "parents": list(self.parents),
            "open_parents": list(self.open_parents),
            "shift": self.shift.to_dict(),
            "relative": self.relative,
            "responses": list(self.responses),
            "p_value": self.p_value,
            "changed": self.changed,
            "reason": self.reason or None,
        }


@dataclass(frozen=True)
class EffectChange:
    """What `reference` adds to the objective over `alternative` in each study, and the difference, in its unit.

    p_value: of "no difference", adjusted for the number of effects compared; None where one side is not known.
    """

    option: str
    objective: str
    reference: Value
    alternative: Value
    before: Estimate
    after: Estimate
    difference: Estimate
    p_value: float | None
    changed: bool

    def to_dict(self) -> dict[str, object]:
        """Return the fields of the JSON contract."""
        return {
            "option": self.option,
            "objective": self.objective,
            "reference": self.reference,
            "alternative": self.alternative,
            "before": self.before.to_dict(),
            "after": self.after.to_dict(),
            "difference": self.difference.to_dict(),
            "p_value": self.p_value,
            "changed": self.changed,
        }


@dataclass(frozen=True)
class CauseChange:
    """A root cause of either study: what the reference value adds at its worst, and whether it is new or gone."""

    option: str
    expression: str
    objective: str
    standing: Standing
    before: Estimate
    after: Estimate

    def to_dict(self) -> dict[str, object]:
        """Return the fields of the JSON contract."""
        return {
            "option": self.option,
            "expression": self.expression,
            "objective": self.objective,
            "standing": self.standing.value,
            "before": self.before.to_dict(),
            "after": self.after.to_dict(),
        }


@dataclass(frozen=True)
class Comparison(Tabular):
    """What differs between two studies of one system.

    configurations: of the random design, in each. overall: each objective at equal options. level: the chance of a
    false claim among the mechanisms, and among the effects, if nothing had changed.
    """

    before: str
    after: str
    objectives: tuple[Objective, ...]
    configurations: tuple[int, int]
    overall: tuple[MechanismChange, ...] = ()
    mechanisms: tuple[MechanismChange, ...] = ()
    effects: tuple[EffectChange, ...] = ()
    causes: tuple[CauseChange, ...] = ()
    not_compared: tuple[LeftOut, ...] = ()
    level: float = 0.05
    notes: tuple[str, ...] = ()

    @property
    def possible(self) -> bool:
        """Whether anything could be compared at all."""
        return any(m.p_value is not None for m in self.mechanisms) or any(e.p_value is not None for e in self.effects)

    @property
    def changed(self) -> bool:
        """Whether some mechanism or some effect of an option differs."""
        mechanisms = any(m.changed for m in (*self.overall, *self.mechanisms))
        return mechanisms or any(e.changed for e in self.effects)

    @property
    def exit_code(self) -> int:
        """0 when there was something to compare, 4 when the rows are too few for any answer."""
        return 0 if self.possible else 4

    def rows(self) -> list[dict[str, object]]:
        """Return one row per mechanism, then one per effect."""
        mechanisms = [_row("mechanism", m.node, "", m.shift, m.p_value, m.changed) for m in self.mechanisms]
        effects = [_row("effect", e.objective, f"{e.option}: {e.reference} instead of {e.alternative}",
                        e.difference, e.p_value, e.changed) for e in self.effects]  # fmt: skip
        return mechanisms + effects

    def to_dict(self) -> dict[str, object]:
        """Return the JSON contract `cadet.comparison/1`."""
        return {
            "schema": SCHEMA,
            "before": self.before,
            "after": self.after,
            "objectives": [o.name for o in self.objectives],
            "configurations": {"before": self.configurations[0], "after": self.configurations[1]},
            "changed": self.changed if self.possible else None,
            "level": self.level,
            "overall": [m.to_dict() for m in self.overall],
            "mechanisms": [m.to_dict() for m in self.mechanisms],
            "effects": [e.to_dict() for e in self.effects],
            "root_causes": [c.to_dict() for c in self.causes],
            "not_compared": [{"name": out.column, "reason": out.reason} for out in self.not_compared],
            "notes": list(self.notes),
        }


def _row(kind: str, of: str, what: str, size: Estimate, p_value: float | None, changed: bool) -> dict[str, object]:
    return {"kind": kind, "of": of, "what": what, "estimate": size.estimate, "low": size.low, "high": size.high,
            "p_value": p_value, "changed": changed}  # fmt: skip
