"""Nouns to database rows and back, without loss: values keep their types, missing values stay missing."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping

from cadet.model.measurement import Planned, Purpose, Run, Status, Tag
from cadet.model.option import Configuration

Row = dict[str, Any]


def to_json(document: Mapping[str, object]) -> str:
    """Return strict JSON; raises ValueError for NaN and infinity, TypeError for what JSON cannot hold."""
    return json.dumps(document, separators=(",", ":"), allow_nan=False)


def from_json(text: str) -> dict[str, Any]:
    """Read what `to_json` wrote."""
    document: dict[str, Any] = json.loads(text)
    return document


def identity(configuration: Configuration) -> str:
    """Return the SHA-256 of the configuration's canonical JSON: its identity without a limit on length."""
    return hashlib.sha256(configuration.key.encode()).hexdigest()


def configuration_row(number: int, configuration: Configuration) -> Row:
    """Return the row of a configuration or context level."""
    return {"id": number, "identity": identity(configuration), "document": configuration.key}


def configuration_of(document: str) -> Configuration:
    """Return the configuration that a row holds."""
    return Configuration(json.loads(document))


def slot_row(number: int, planned: Planned, configuration_id: int, level_id: int) -> Row:
    """Return the row of a planned run."""
    return {
        "id": number,
        "name": planned.slot,
        "purpose": planned.purpose.value,
        "block": planned.block,
        "configuration_id": configuration_id,
        "level_id": level_id,
    }


def planned_of(row: RowMapping, configurations: Mapping[int, Configuration]) -> Planned:
    """Return the planned run that a row holds."""
    return Planned(row["name"], configurations[row["configuration_id"]], configurations[row["level_id"]],
                   Purpose(row["purpose"]), row["block"])  # fmt: skip


def run_row(number: int, run: Run, slot_id: int, environment_id: int, circumstances: Mapping[str, object]) -> Row:
    """Return the row of a run; its configuration, level and purpose are those of its slot."""
    values, remark = finite(run.values)
    return {
        "id": number,
        "slot_id": slot_id,
        "status": run.status.value,
        "observed": to_json(values),
        "tags": " ".join(sorted(tag.value for tag in run.tags)),
        "sequence": run.sequence,
        "started_at": run.started_at,
        "seconds": run.seconds,
        "timeout_s": run.timeout_s,
        "message": _printable("; ".join(filter(None, (run.message, remark)))),
        "environment_id": environment_id,
        "circumstances": to_json(circumstances),
    }


def run_of(row: RowMapping, planned: Planned, environment: Mapping[str, object]) -> Run:
    """Return the run that a row holds."""
    return Run(
        configuration=planned.configuration,
        status=Status(row["status"]),
        values=from_json(row["observed"]),
        level=planned.level,
        purpose=planned.purpose,
        tags=frozenset(Tag(tag) for tag in row["tags"].split()),
        slot=planned.slot,
        sequence=row["sequence"],
        started_at=row["started_at"],
        seconds=row["seconds"],
        timeout_s=row["timeout_s"],
        message=row["message"],
        environment={**environment, **from_json(row["circumstances"])},
    )


def finite(values: Mapping[str, float]) -> tuple[dict[str, float], str]:
    """Return the values that are numbers, and a remark on those that are infinite. NaN is missing, so it is absent."""
    kept = {name: _plain(value) for name, value in values.items() if math.isfinite(value)}
    infinite = [f"{name} = {value}" for name, value in values.items() if math.isinf(value)]
    return kept, f"left out as not finite: {', '.join(infinite)}" if infinite else ""


def difference(environment: Mapping[str, object], fingerprint: Mapping[str, object]) -> dict[str, object] | None:
    """Return where `environment` differs from `fingerprint`, or None when it needs a fingerprint of its own.

    Load and temperature vary from run to run; host, kernel and versions do not, and are kept once.
    """
    if environment.keys() != fingerprint.keys():
        return None
    varying = {name: value for name, value in environment.items() if not same(value, fingerprint[name])}
    return varying if 2 * len(varying) <= len(environment) else None


def same(one: object, other: object) -> bool:
    """Tell whether both are the same JSON: unlike `==`, 1, 1.0 and true differ."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _plain(value: float) -> float:
    return value if type(value) is int else float(value)  # counters beyond 2**53 stay exact; NumPy scalars become plain


def _printable(message: str) -> str:
    # What a dying program prints may be no text; a database would refuse it, and the measurement with it.
    return message.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
