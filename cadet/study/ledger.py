"""What a study holds, read in increments: rows are only ever added, so what was read once stays true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, insert, select

from cadet.errors import StudyError
from cadet.model.measurement import Planned, Run
from cadet.model.option import Configuration
from cadet.study import tables
from cadet.study.codec import (
    Row,
    configuration_of,
    configuration_row,
    difference,
    from_json,
    planned_of,
    run_of,
    run_row,
    slot_row,
    to_json,
)


@dataclass
class Ledger:
    """Configurations, environments, slots and runs by their ids, as far as they were read."""

    configurations: dict[int, Configuration] = field(default_factory=dict)
    environments: dict[int, Mapping[str, object]] = field(default_factory=dict)
    slots: dict[int, Planned] = field(default_factory=dict)
    runs: dict[int, Run] = field(default_factory=dict)
    configuration_ids: dict[Configuration, int] = field(default_factory=dict)
    slot_ids: dict[str, int] = field(default_factory=dict)
    by_slot: dict[str, Run] = field(default_factory=dict)

    def read(self, connection: Connection) -> None:
        """Read what was added since the last call."""
        # Dependent rows first: a row that is seen has everything it points to in the tables read after it.
        runs, slots = _since(connection, tables.run, self.runs), _since(connection, tables.slot, self.slots)
        for row in _since(connection, tables.environment, self.environments):
            self.environments[row["id"]] = from_json(row["document"])
        for row in _since(connection, tables.configuration, self.configurations):
            self.configurations[row["id"]] = configuration_of(row["document"])
            self.configuration_ids[self.configurations[row["id"]]] = row["id"]
        for row in slots:
            self.slots[row["id"]] = planned_of(row, self.configurations)
            self.slot_ids[row["name"]] = row["id"]
        for row in runs:
            run = run_of(row, self.slots[row["slot_id"]], self.environments[row["environment_id"]])
            self.runs[row["id"]] = self.by_slot[run.slot] = run


class Additions:
    """Rows that extend a ledger, collected first and inserted in one go.

    Ids continue those of the ledger; that is safe because a study has one writer.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._configurations: dict[Configuration, Row] = {}
        self._environments: list[Row] = []
        self._slots: dict[str, tuple[Planned, Row]] = {}
        self._runs: dict[str, Row] = {}
        self._fingerprint = max(ledger.environments.items(), default=None)

    def plan(self, planned: Planned) -> int:
        """Add a slot unless it is there; return its id. Raises StudyError when it was planned differently."""
        known = self._ledger.slot_ids.get(planned.slot)
        if known is not None:
            _agree(self._ledger.slots[known], planned)
            return known
        if planned.slot in self._slots:
            _agree(self._slots[planned.slot][0], planned)
            return int(self._slots[planned.slot][1]["id"])
        where, level = self._configuration(planned.configuration), self._configuration(planned.level)
        row = slot_row(_next(self._ledger.slots, self._slots), planned, where, level)
        self._slots[planned.slot] = planned, row
        return int(row["id"])

    def record(self, run: Run) -> None:
        """Add a run, and its slot where that was not planned. Raises StudyError when the slot has a run already."""
        if not run.slot:
            raise ValueError("a run is recorded under the name of its slot")
        if run.slot in self._ledger.by_slot or run.slot in self._runs:
            raise StudyError(f"slot {run.slot!r} has a run already; a measurement is never replaced")
        known = self._ledger.slot_ids.get(run.slot)
        block = self._ledger.slots[known].block if known is not None else 0
        slot_id = self.plan(Planned(run.slot, run.configuration, run.level, run.purpose, block))
        environment_id, circumstances = self._environment(run.environment)
        row = run_row(_next(self._ledger.runs, self._runs), run, slot_id, environment_id, circumstances)
        self._runs[run.slot] = row

    def write(self, connection: Connection) -> None:
        """Insert everything."""
        for table, rows in self._rows():
            if rows:
                connection.execute(insert(table), rows)

    def _rows(self) -> Iterator[tuple[Table, Sequence[Row]]]:
        yield tables.configuration, list(self._configurations.values())
        yield tables.environment, self._environments
        yield tables.slot, [row for _, row in self._slots.values()]
        yield tables.run, list(self._runs.values())

    def _configuration(self, configuration: Configuration) -> int:
        known = self._ledger.configuration_ids.get(configuration)
        if known is not None:
            return known
        if configuration not in self._configurations:
            number = _next(self._ledger.configurations, self._configurations)
            self._configurations[configuration] = configuration_row(number, configuration)
        return int(self._configurations[configuration]["id"])

    def _environment(self, environment: Mapping[str, object]) -> tuple[int, Mapping[str, object]]:
        if self._fingerprint is not None:
            varying = difference(environment, self._fingerprint[1])
            if varying is not None:
                return self._fingerprint[0], varying
        number = _next(self._ledger.environments, self._environments)
        self._environments.append({"id": number, "document": to_json(environment)})
        self._fingerprint = number, environment
        return number, {}


def _agree(known: Planned, planned: Planned) -> None:
    for name in ("configuration", "level", "purpose", "block"):
        was, now = getattr(known, name), getattr(planned, name)
        if was != now:
            raise StudyError(f"slot {planned.slot!r} is planned with {name} {was}, not {now}; "
                             "the study continues only with the same target, question and seed")  # fmt: skip


def _next(ledger: Mapping[int, object], added: Mapping[Any, object] | Sequence[object]) -> int:
    return len(ledger) + len(added) + 1  # rows are never deleted, so ids have no gaps


def _since(connection: Connection, table: Table, known: Mapping[int, object]) -> Sequence[RowMapping]:
    return connection.execute(select(table).where(table.c.id > len(known)).order_by(table.c.id)).mappings().all()
