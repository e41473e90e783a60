"""The study store: what is planned, what was measured, what was concluded. Append-only, one writer, free readers."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from cadet.errors import StudyError
from cadet.model.measurement import Planned, Run
from cadet.study import database, tables
from cadet.study.codec import from_json, to_json
from cadet.study.connection import reading, told, writing
from cadet.study.identity import changes
from cadet.study.ledger import Additions, Ledger
from cadet.study.location import Location, describe, locate
from cadet.study.lock import WriterLock
from cadet.study.summary import Summary, summarise

SETUP_DONE = "setup done"


class Store:
    """A study on disk or on a server. `create` or `open` one; leave its `with` block to close it.

    Reading needs no lock. The first write takes the writer's lock and keeps it until the study is closed; conclusions
    (`save_result`) need none. Every method raises StudyError when the database fails, naming the study and the way out.
    """

    def __init__(self, location: Location, engine: Engine, lock: WriterLock | None = None) -> None:
        self.location = location
        self._engine = engine
        self._lock = lock
        self._ledger = Ledger()
        with self._reading() as connection:
            self._about = connection.execute(select(tables.study)).mappings().one()
            self._target = _Target.latest(connection)

    # ── opening and closing ──────────────────────────────────────────────────────────────────────────────────────────

    @classmethod
    def create(cls, where: str | Path, target_name: str, document: Mapping[str, object], digest: str) -> Store:
        """Create a study of the target with this `document` and `digest`, and hold it for writing.

        A file appears complete or not at all. Raises StudyError when there is a study already.
        """
        location = locate(where, Path())
        first = {"target_name": target_name, "document": to_json(document), "digest": digest}
        with told(location):
            engine, lock = database.create(location, first)
        return cls(location, engine, lock)

    @classmethod
    def open(cls, where: str | Path, *, writer: bool = False) -> Store:
        """Open a study; with `writer` take the writer's lock at once, so that a second writer is refused early.

        Raises StudyError when it is not there (naming the nearest), no study, damaged, or of a newer CADET.
        """
        location = locate(where, Path())
        with ExitStack() as on_error:
            with told(location):
                engine = database.attach(location)
                on_error.callback(engine.dispose)
            store = cls(location, engine)
            if writer:
                store.hold()
            on_error.pop_all()
        return store

    def close(self) -> None:
        """Let the next writer in; safe to call twice."""
        self._engine.dispose()  # before the lock: closing the last connection folds the log into the file
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self.close()

    def hold(self) -> None:
        """Take the writer's lock. Raises StudyError naming the process that has it."""
        if self._lock is None:
            with told(self.location):
                self._lock = database.lock(self.location, self._engine)
            self.note("resumed", {"pid": os.getpid()})

    # ── the target ───────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def target_name(self) -> str:
        """The name of the target."""
        return str(self._about["target_name"])

    @property
    def document(self) -> Mapping[str, object]:
        """The target file as JSON, in the version that was used last."""
        return self._target.document

    @property
    def digest(self) -> str:
        """The digest of `document`, as its reader computed it."""
        return self._target.digest

    def tables(self) -> frozenset[str]:
        """Return the SHA-256 of the recorded tables that answered the runs; empty where none did."""
        answered = (run.environment for run in self.runs())
        return frozenset(str(e["sha256"]) for e in answered if e.get("device") == "replay" and "sha256" in e)

    def verify_target(self, document: Mapping[str, object], digest: str, table: str = "") -> None:
        """Accept the target file as it is now: unchanged, or changed only where measurements stay valid.

        table: SHA-256 of the table of a recorded device. An accepted change is noted and becomes the study's document.
        Raises StudyError listing every other change.
        """
        changed = changes(self.document, document)
        answered = self.tables() if table else frozenset()
        if answered and table not in answered:
            changed.append("workload.replay: the table changed")
        if changed:
            raise StudyError(f"study {describe(self.location)} was measured with another target file:\n"
                             + "".join(f"  {line}\n" for line in changed)
                             + "restore the file, or start a new study with --fresh (the old one is kept)")  # fmt: skip
        if to_json(document) != to_json(self.document):
            self.hold()
            with self._writing() as connection:
                row = {"adopted_at": time.time(), "digest": digest, "document": to_json(document)}
                connection.execute(insert(tables.target), row)
                self._target = _Target.latest(connection)

    # ── measurements ─────────────────────────────────────────────────────────────────────────────────────────────────

    def plan(self, slots: Sequence[Planned]) -> None:
        """Add what is to be measured, in this order; slots that are planned already stay as they are.

        Raises StudyError when a slot is planned already for something else.
        """
        with self._adding() as additions:
            for planned in slots:
                additions.plan(planned)

    def record(self, *runs: Run) -> None:
        """Keep the runs for good, all or none; one that was not planned is planned with it.

        Raises StudyError when a slot has a run already.
        """
        with self._adding() as additions:
            for run in runs:
                additions.record(run)

    def planned(self) -> list[Planned]:
        """Return everything that was ever planned, in the planned order."""
        return list(self._read().slots.values())

    def pending(self) -> list[Planned]:
        """Return what is planned and not measured, in the planned order."""
        ledger = self._read()
        return [planned for planned in ledger.slots.values() if planned.slot not in ledger.by_slot]

    def runs(self) -> list[Run]:
        """Return every run in time order."""
        return list(self._read().runs.values())

    def run_of(self, slot: str) -> Run | None:
        """Return the run of a slot, or None when it is not measured yet."""
        return self._read().by_slot.get(slot)

    def next_sequence(self) -> int:
        """Return the place in time order that the next run will have, counted from 0."""
        return len(self._read().runs)

    @property
    def setup_done(self) -> bool:
        """Whether the target's setup commands ended well for this study."""
        return any(entry["what"] == SETUP_DONE for entry in self.history())

    def note_setup_done(self) -> None:
        """Remember that the setup commands ended well."""
        self.note(SETUP_DONE)

    # ── conclusions and history ──────────────────────────────────────────────────────────────────────────────────────

    def save_result(self, kind: str, document: Mapping[str, object]) -> None:
        """Keep a conclusion ("diagnosis", "graph", …). Raises ValueError for NaN or infinity in it."""
        row = {"kind": kind, "created_at": time.time(), "document": to_json(document)}
        with self._writing() as connection:
            connection.execute(insert(tables.result), row)

    def latest_result(self, kind: str) -> dict[str, Any] | None:
        """Return the last conclusion of a kind, or None."""
        table = tables.result
        query = select(table.c.document).where(table.c.kind == kind).order_by(table.c.id.desc()).limit(1)
        with self._reading() as connection:
            text = connection.execute(query).scalar_one_or_none()
        return None if text is None else from_json(text)

    def note(self, what: str, detail: Mapping[str, object] | None = None) -> None:
        """Add an entry to the history of the study."""
        with self._writing() as connection:
            database.note(connection, what, detail or {})

    def history(self) -> list[dict[str, Any]]:
        """Return what happened to the study, in time order: `at` (seconds since the epoch), `what` and its details."""
        with self._reading() as connection:
            rows = connection.execute(select(tables.history).order_by(tables.history.c.id)).mappings().all()
        return [{"at": row["at"], "what": row["what"], **from_json(row["document"])} for row in rows]

    def summary(self) -> Summary:
        """Return what the study holds, in numbers."""
        ledger = self._read()
        with self._reading() as connection:
            kinds = connection.execute(select(tables.result.c.kind).order_by(tables.result.c.id)).scalars().all()
        return summarise(describe(self.location), self.target_name, self._about["created_at"],
                         len(ledger.slots), list(ledger.runs.values()), kinds)  # fmt: skip

    # ── transactions ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _reading(self) -> AbstractContextManager[Connection]:
        return reading(self._engine, self.location)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with told(self.location), writing(self._engine) as connection:
            yield connection

    @contextmanager
    def _adding(self) -> Iterator[Additions]:
        self.hold()
        additions = Additions(self._read())
        yield additions
        with self._writing() as connection:
            additions.write(connection)

    def _read(self) -> Ledger:
        with self._reading() as connection:
            self._ledger.read(connection)
        return self._ledger


@dataclass(frozen=True)
class _Target:
    document: Mapping[str, object]
    digest: str

    @classmethod
    def latest(cls, connection: Connection) -> _Target:
        last = select(tables.target).order_by(tables.target.c.id.desc()).limit(1)
        row = connection.execute(last).mappings().one()
        return cls(from_json(row["document"]), row["digest"])
