"""What a session may learn from that was measured before it began: rows of its own study, and another study's."""

from __future__ import annotations

from collections.abc import Sequence

from cadet.debugging.earlier import Earlier
from cadet.errors import StudyError
from cadet.model.measurement import Purpose, Run
from cadet.study.location import describe
from cadet.study.store import Store

BEGAN = "session began"


def earlier_runs(store: Store, session: str, source: Store | None) -> Earlier:
    """Return the runs from before the session; a session that is resumed gets the same ones again.

    Imported rows of the study are no evidence: nobody knows whether they are of this very device.
    Raises StudyError when the source is the study itself.
    """
    if source is not None and describe(source.location) == describe(store.location):
        raise StudyError(f"--from {describe(source.location)}: that is this study, and what it holds is used anyway")
    here: Sequence[Run] = store.runs()
    there: Sequence[Run] = source.runs() if source is not None else ()
    known = next((e for e in store.history() if e["what"] == BEGAN and e["session"] == session), None)
    if known is None:
        known = {"session": session, "runs": len(here), "from": describe(source.location) if source else None,
                 "from_runs": len(there)}  # fmt: skip
        store.note(BEGAN, known)
    mine = tuple(run for run in here[: known["runs"]] if run.purpose is not Purpose.IMPORTED)
    return Earlier(mine, tuple(there[: known["from_runs"]]), source.target_name if source is not None else "")
