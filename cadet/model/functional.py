"""Functional nodes: option values that act as one cause, an expression over several options."""

from __future__ import annotations

from dataclasses import dataclass

from cadet.model.domain import Value
from cadet.model.effect import Estimate


@dataclass(frozen=True)
class FunctionalNode:
    """Option values that do harm together: `write_iops == 200 and journal_mode == 'delete'`.

    It is no variable of the causal graph, which holds what was measured: it is a function of the options, which are
    its only parents, and stands for the joint part of their effect. `expression` holds in the fault. options: the
    cause, then the option on whose value its effect hangs. together: what the cause adds to the objective of `label`,
    relatively, where the other option has the fault's value; apart: where it has the value `apart_at`, the only other
    one that was tried. into: where the paths of the cause first meet those of the other option.
    """

    expression: str
    options: tuple[str, str]
    label: str
    together: Estimate
    apart: Estimate
    apart_at: Value
    into: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return the fields of the JSON contract."""
        return {
            "expression": self.expression,
            "options": list(self.options),
            "objective": self.label,
            "together": self.together.to_dict(),
            "apart": self.apart.to_dict(),
            "apart_at": self.apart_at,
            "into": list(self.into),
        }
