"""What a study holds, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from cadet.model.measurement import Run


@dataclass(frozen=True)
class Summary:
    """Counts and times of a study; times are in seconds since the epoch, `busy_s` is the time on the device.

    `configurations` counts distinct measured ones; `results` maps each kind of conclusion to how often it was drawn.
    """

    location: str
    target_name: str
    created_at: float
    planned: int
    runs: int
    configurations: int
    statuses: Mapping[str, int]
    purposes: Mapping[str, int]
    tags: Mapping[str, int]
    first_run_at: float | None
    last_run_at: float | None
    busy_s: float
    results: Mapping[str, int]

    @property
    def pending(self) -> int:
        """How many planned runs are still to be made."""
        return self.planned - self.runs

    def to_dict(self) -> dict[str, object]:
        """Return the fields for JSON output."""
        return {**asdict(self), "pending": self.pending}


def summarise(location: str, target_name: str, created_at: float, planned: int, runs: Sequence[Run],
              results: Sequence[str]) -> Summary:  # fmt: skip
    """Count `runs`, which are in time order; imported runs without a time do not make a first or last one."""
    starts = [run.started_at for run in runs if run.started_at > 0]
    return Summary(
        location, target_name, created_at, planned, len(runs), len({run.configuration for run in runs}),
        statuses=dict(Counter(run.status.value for run in runs)),
        purposes=dict(Counter(run.purpose.value for run in runs)),
        tags=dict(Counter(tag.value for run in runs for tag in run.tags)),
        first_run_at=min(starts, default=None), last_run_at=max(starts, default=None),
        busy_s=sum(run.seconds for run in runs), results=dict(Counter(results)),
    )  # fmt: skip
