"""The tables of a study. What was measured is append-only: the database itself refuses to change or delete it.

A schema change raises `SCHEMA_VERSION`; texts named `document` hold JSON.
"""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    event,
)

SCHEMA_VERSION = 1

metadata = MetaData()

study = Table(
    "study",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1"), primary_key=True, autoincrement=False),  # one study per database
    Column("schema_version", Integer, nullable=False),
    Column("target_name", Text, nullable=False),
    Column("created_at", Double, nullable=False),
)

target = Table(  # the target file, in every version that these measurements belong to; the last one counts
    "target",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("adopted_at", Double, nullable=False),
    Column("digest", Text, nullable=False),
    Column("document", Text, nullable=False),
)

environment = Table(
    "environment",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("document", Text, nullable=False),
)

configuration = Table(  # context levels are kept here too
    "configuration",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("identity", String(64), nullable=False, unique=True),  # SHA-256 of the document
    Column("document", Text, nullable=False),
)

slot = Table(  # what is to be measured, in this order
    "slot",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False, unique=True),
    Column("purpose", Text, nullable=False),
    Column("block", Integer, nullable=False),
    Column("configuration_id", ForeignKey("configuration.id"), nullable=False),
    Column("level_id", ForeignKey("configuration.id"), nullable=False),
)

run = Table(  # what was measured, in time order; at most one run per slot
    "run",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("slot_id", ForeignKey("slot.id"), nullable=False, unique=True),
    Column("status", Text, nullable=False),
    Column("observed", Text, nullable=False),  # events and objectives by name, as JSON
    Column("tags", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("started_at", Double, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("timeout_s", Double),
    Column("message", Text, nullable=False),
    Column("environment_id", ForeignKey("environment.id"), nullable=False),
    Column("circumstances", Text, nullable=False),  # where this run's environment differs from that fingerprint
)

result = Table(  # what was concluded; conclusions may be drawn again
    "result",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False, index=True),
    Column("created_at", Double, nullable=False),
    Column("document", Text, nullable=False),
)

history = Table(  # what happened to the study: created, resumed, setup done, target changed
    "history",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Double, nullable=False),
    Column("what", Text, nullable=False),
    Column("document", Text, nullable=False),
)

_APPEND_ONLY = (study, target, environment, configuration, slot, run, result, history)


def _on_create(place: Table | MetaData, when: str, dialect: str, sql: str) -> None:
    event.listen(place, when, DDL(sql).execute_if(dialect=dialect))  # type: ignore[no-untyped-call]


_on_create(metadata, "before_create", "postgresql",
           "CREATE OR REPLACE FUNCTION cadet_append_only() RETURNS trigger LANGUAGE plpgsql AS "
           "'BEGIN RAISE EXCEPTION ''a study is append-only''; END'")  # fmt: skip
for _table in _APPEND_ONLY:
    _on_create(_table, "after_create", "postgresql",
               f"CREATE TRIGGER {_table.name}_append_only BEFORE UPDATE OR DELETE ON {_table.name} "
               "FOR EACH ROW EXECUTE FUNCTION cadet_append_only()")  # fmt: skip
    for _verb in ("UPDATE", "DELETE"):
        _on_create(_table, "after_create", "sqlite",
                   f"CREATE TRIGGER {_table.name}_refuses_{_verb.lower()} BEFORE {_verb} ON {_table.name} "
                   "BEGIN SELECT RAISE(ABORT, 'a study is append-only'); END")  # fmt: skip
