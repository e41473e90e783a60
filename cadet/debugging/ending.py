"""How runs ended, in words: the cause of a failure is in the message of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cadet.model.measurement import Run


def ending(runs: Sequence[Run]) -> str:
    """Say how many runs failed and what the last of them said; that none did, where none did."""
    lost = [run for run in runs if not run.ok]
    if not lost:
        return "every run ended well, and none reported it" if runs else "there is no run"
    how = ", ".join(f"{n} {status}" for status, n in sorted(Counter(run.status.value for run in lost).items()))
    which = "every run failed" if len(lost) == len(runs) else f"{len(lost)} of {len(runs)} runs failed"
    said = f"said: {lost[-1].message}" if lost[-1].message else f"ended as {lost[-1].status.value} and said nothing"
    return f"{which} ({how}); the last one {said}"
