"""Numbers with their uncertainty: estimates, effects of options, causal paths."""

from __future__ import annotations

from dataclasses import dataclass

from cadet.model.domain import Value


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval; None where it is unknown, with the reason."""

    estimate: float | None
    low: float | None = None
    high: float | None = None
    repetitions: int | None = None
    reason: str | None = None

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval is known and lies on one side of zero."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)

    def to_dict(self) -> dict[str, object]:
        """Return the fields of the JSON contract; `repetitions` and `reason` only where they say something."""
        data: dict[str, object] = {"estimate": self.estimate, "low": self.low, "high": self.high}
        if self.repetitions is not None:
            data["repetitions"] = self.repetitions
        if self.reason is not None:
            data["reason"] = self.reason
        return data


UNKNOWN = Estimate(None, reason="not measured")


@dataclass(frozen=True)
class Effect:
    """E[objective | do(option=alternative)] - E[objective | do(option=reference)], in the objective's unit."""

    option: str
    objective: str
    reference: Value
    alternative: Value
    value: Estimate
    method: str = ""


@dataclass(frozen=True)
class CausalPath:
    """A directed path from an option through events to an objective.

    `score` sums the standardised average causal effects along its edges (P_ACE, CADET: the mean over edges is
    `score / edges`); `ace` is the path-specific effect in the objective's unit. `strengths` are the effects along the
    edges, in standard deviations of the later node; empty where they were not worked out.
    """

    nodes: tuple[str, ...]
    score: float
    ace: Estimate
    stability: float | None = None
    strengths: tuple[float, ...] = ()

    @property
    def option(self) -> str:
        """Where the path starts."""
        return self.nodes[0]

    @property
    def objective(self) -> str:
        """Where the path ends."""
        return self.nodes[-1]

    def to_dict(self) -> dict[str, object]:
        """Return the fields of the JSON contract."""
        return {"nodes": list(self.nodes), "score": self.score, "ace": self.ace.to_dict(), "stability": self.stability,
                "strengths": list(self.strengths)}  # fmt: skip
