"""What host and agent say to each other: one JSON object a line, and how the nouns are spelled in it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from cadet import errors
from cadet.device.doctor.finding import Finding
from cadet.device.restoration import Restoration
from cadet.device.state.current import Current
from cadet.device.state.journal import Difference, Entry
from cadet.device.state.plan import PlannedWrite
from cadet.errors import CadetError, CapabilityMissing, MeasurementError
from cadet.model.measurement import Purpose, Run, Status, Tag
from cadet.model.option import Configuration
from cadet.protocols import Knob

PROTOCOL = 1
HELLO = "cadet-agent"  # the key of the first line; what a login shell prints before it is passed over
BEAT_S = 5.0
SILENCE_S = 45.0  # a host that is not heard for so long is gone; compiling may keep it silent for half a minute

Message = dict[str, Any]


def spelled(message: Mapping[str, object]) -> bytes:
    """Return the message as a line, after an empty one: a line that an interruption cut short ends there."""
    return b"\n" + json.dumps(message).encode() + b"\n"


def heard(line: bytes) -> Message | None:
    """Return the message of a line, None where it is none."""
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


# ── runs ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def run_message(run: Run) -> Message:
    """Return what was seen of a run; the host knows what it asked for. `age_s`: seconds since it began."""
    return {
        "status": run.status.value,
        "values": dict(run.values),
        "tags": sorted(tag.value for tag in run.tags),
        "age_s": time.time() - run.started_at,
        "seconds": run.seconds,
        "timeout_s": run.timeout_s,
        "message": run.message,
        "environment": dict(run.environment),
    }


def run_of(
    message: Message, configuration: Configuration, level: Configuration, purpose: Purpose, slot: str, sequence: int
) -> Run:
    """Return the run. It began when our clock says so: a board may not know the date."""
    return Run(
        configuration,
        Status(message["status"]),
        message["values"],
        level=level,
        purpose=purpose,
        tags=frozenset(Tag(tag) for tag in message["tags"]),
        slot=slot,
        sequence=sequence,
        started_at=time.time() - message["age_s"],
        seconds=message["seconds"],
        timeout_s=message["timeout_s"],
        message=message["message"],
        environment=message["environment"],
    )


# ── what is found there ─────────────────────────────────────────────────────────────────────────────────────────────


def findings_of(message: Message) -> list[Finding]:
    """Return what the doctor found."""
    return [Finding(**found) for found in message["findings"]]


def plan_of(message: Message) -> list[PlannedWrite]:
    """Return what a session would write."""
    return [PlannedWrite(**{**write, "values": tuple(write["values"]), "twins": tuple(write["twins"])})
            for write in message["writes"]]  # fmt: skip


def current_of(message: Message) -> Current:
    """Return the configuration of the device as it is."""
    return Current(message["values"], tuple(message["assumed"]))


def knobs_of(message: Message) -> tuple[Knob, ...]:
    """Return knobs."""
    return tuple(Knob(**knob) for knob in message["knobs"])


def restoration_message(restoration: Restoration) -> Message:
    """Return what became of a device that a session left changed."""
    return asdict(restoration)


def restoration_of(message: Message) -> Restoration:
    """Return it."""
    entries = {key: tuple(Entry(**{**e, "knob": Knob(**e["knob"])}) for e in message[key])
               for key in ("entries", "rebooted", "unverifiable")}  # fmt: skip
    differences = tuple(Difference(**{**d, "knob": Knob(**d["knob"])}) for d in message["differences"])
    return Restoration(message["target"], differences=differences, **entries)


# ── errors ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def error_message(error: CadetError) -> Message:
    """Return the error by its kind, with what it says."""
    if isinstance(error, CapabilityMissing):
        told: Message = {"message": error.reason, "remedy": error.remedy, "denied": error.denied}
    else:
        told = {"message": str(error)}
    return {"kind": type(error).__name__, **told}


def error_of(message: Message, place: str) -> CadetError:
    """Return the error as one of ours; it names the machine on which it happened."""
    kind: type[CadetError] = getattr(errors, message["kind"], MeasurementError)  # of a plugin there: not known here
    text = f"on {place}: {message['message']}".replace("`cadet restore`", "`cadet restore TARGET`")
    if issubclass(kind, CapabilityMissing):
        return kind(text, remedy=message["remedy"], denied=message["denied"])
    return kind(text)
