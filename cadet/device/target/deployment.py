"""How a deployment is run: its source, its service, its policy, its working directory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from cadet.device.target import placeholders
from cadet.device.target.document import RunSection, TargetDocument
from cadet.device.target.reach import PORT
from cadet.device.target.recording import lost, read_recording
from cadet.device.target.target import Command, Function, Policy, Quiet, Ready, Replay, Service, Settle, Source
from cadet.errors import ExpressionError, TargetError, UsageError, nearest
from cadet.model.expression import Expression
from cadet.model.space import Space

_READ_AT_START = {"env", "file", "process"}  # a service sees these only when it starts


def build_source(
    document: TargetDocument, space: Space, directory: Path, tables: Collection[str] | None = None
) -> Source:
    """Return what is run.

    tables: SHA-256 of the tables that answered before, empty when nothing did. With it, a recorded device whose table
    is gone or another one is returned without its rows; without it, one that cannot be read raises TableError.
    """
    workload = document.workload
    if workload.command is not None:
        return Command(tuple(workload.command))
    if workload.function is not None:
        return Function(workload.function)
    assert workload.replay is not None
    columns = [section.source.partition(":")[2] for section in document.objectives.values()]
    path = directory / workload.replay
    try:
        recording = read_recording(path, space, columns, document.events.columns)
    except UsageError as error:
        reason = f"workload.replay: {error}"
        if tables is None:
            raise type(error)(reason) from None
        return Replay(lost(path, reason))
    if tables and recording.sha256 not in tables:
        return Replay(lost(path, f"workload.replay: {path} is not the table that was measured, it changed"))
    return Replay(recording)


def build_service(document: TargetDocument, space: Space) -> Service | None:
    """Return the service, None where the deployment is none."""
    section = document.service
    if section is None:
        return None
    used = (placeholders.names(section.start) | placeholders.flag_names(section.start)) - {PORT}
    used |= {PORT} & set(space.names)
    variables = {*space.names, *(c.name for c in space.context)}
    for name in section.restart_on or ():
        if name not in variables:
            raise TargetError(f"service.restart_on: {name!r} is no option{nearest(name, variables)}")
    used |= {name for name, option in document.options.items() if option.actuator is not None
             and set(option.actuator.kinds) & _READ_AT_START}  # fmt: skip
    return Service(
        start=tuple(section.start),
        ready=Ready(section.ready.tcp, section.ready.http, tuple(section.ready.command or ()), section.ready.timeout_s),
        restart_on=frozenset(section.restart_on) if section.restart_on is not None else used,
        stop=tuple(section.stop),
    )


def build_policy(section: RunSection, guards: Sequence[str]) -> Policy:
    """Return how runs are made; raises TargetError for a guard that is no expression."""
    settle = section.settle
    return Policy(
        section.repeats,
        section.warmup,
        Quiet(section.quiet.max_other_cpu, section.quiet.max_wait_s),
        section.isolation,
        Settle(f"temperature.{settle.temperature}", settle.below_c, settle.max_wait_s) if settle is not None else None,
        tuple(_guard(f"guards.abort_if[{index}]", text) for index, text in enumerate(guards)),
    )


def _guard(place: str, text: str) -> Expression:
    try:
        found = Expression(text)
    except ExpressionError as error:
        raise TargetError(f"{place}: {error}") from None
    if not found.names:
        raise TargetError(f"{place}: {text!r} watches nothing; name a gauge, as in 'temperature.tj > 95'")
    return found


def build_workdir(directory: Path, workdir: str) -> Path:
    """Return the folder in which programs run; raises TargetError when it is not there."""
    folder = (directory / workdir).resolve()
    if not folder.is_dir():
        raise TargetError(f"workload.workdir: {workdir!r} is no folder beside the target file")
    return folder
