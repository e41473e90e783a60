"""From a target file to a Target, with everything that is wrong named by file and place."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cadet.device.target import placeholders
from cadet.device.target.document import RunSection, ServiceSection, TargetDocument
from cadet.device.target.observed import build_events, build_objectives, check_columns
from cadet.device.target.options import build_flags, build_space
from cadet.device.target.reach import PORT, check_reach
from cadet.device.target.recording import read_recording
from cadet.device.target.refusal import explain
from cadet.device.target.target import (
    Command,
    Function,
    Hooks,
    Policy,
    Quiet,
    Ready,
    Replay,
    Service,
    Simulated,
    Source,
    Target,
)
from cadet.device.target.unserved import refuse_unserved
from cadet.errors import TargetError, UsageError, nearest
from cadet.model.objective import Objective
from cadet.model.space import Space

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

VERSION = 1


def load(path: Path) -> Target:
    """Read a target file; raises TargetError naming the file, the place and the way out."""
    path = Path(path)
    document = _toml(path)
    try:
        return from_document(document, path.resolve().parent, path)
    except TargetError as error:
        lines = "\n".join(f"{path}: {line}" for line in str(error).splitlines())
        raise TargetError(lines) from None


def from_document(document: Mapping[str, Any], directory: Path, path: Path | None = None) -> Target:
    """Build a target from the file's content as plain data; relative paths start at `directory`."""
    _check_version(document)
    refuse_unserved(document)
    try:
        parsed = TargetDocument.model_validate(document)
    except ValidationError as error:
        raise TargetError(explain(error)) from None
    _check_workload(parsed)
    if parsed.workload.simulated is not None:
        return _simulated(parsed, document, directory, path)
    return _described(parsed, document, directory, path)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        there = [p.name for p in path.parent.glob("*.toml")] if path.parent.is_dir() else []
        raise TargetError(f"{path}: no such file{nearest(path.name, there)}") from None
    except UnicodeDecodeError as error:
        raise TargetError(f"{path}: is not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise TargetError(f"{path}: cannot be read: {error.strerror}") from None
    except tomllib.TOMLDecodeError as error:
        raise TargetError(f"{path}: is no TOML: {error}") from None


def _check_version(document: Mapping[str, Any]) -> None:
    if "cadet" not in document:
        raise TargetError(f"cadet: is missing; a target file starts with `cadet = {VERSION}`")
    if document["cadet"] != VERSION or isinstance(document["cadet"], bool):
        raise TargetError(f"cadet: {document['cadet']!r} is not a version that is read here; it reads {VERSION}")


def _check_workload(document: TargetDocument) -> None:
    kinds, service = document.workload.kinds, document.service
    if len(kinds) != 1:
        got = " and ".join(kinds) or "none"
        raise TargetError(f"workload: give exactly one of command, function, replay, simulated; got {got}")
    if document.workload.function is not None and not _is_reference(document.workload.function):
        raise TargetError(f"workload.function: {document.workload.function!r} is not of the form 'module:callable'")
    if document.workload.command is not None and not document.workload.command[0]:
        raise TargetError("workload.command[0]: the program must not be empty")
    if service is not None and kinds != ("command",):
        raise TargetError(f"service: needs workload.command as its load, not a {kinds[0]}")
    if (
        service is not None
        and sum(x is not None for x in (service.ready.tcp, service.ready.http, service.ready.command)) != 1
    ):
        raise TargetError("service.ready: give exactly one of tcp, http, command")
    if service is not None and service.ready.tcp is not None and ":" not in service.ready.tcp:
        raise TargetError(f"service.ready.tcp: {service.ready.tcp!r} is not of the form 'host:port'")
    if kinds[0] in ("replay", "simulated"):
        for hook in ("setup", "prepare", "cleanup"):
            if getattr(document.workload, hook):
                raise TargetError(f"workload.{hook}: a {kinds[0]} runs nothing on this machine; take it out")


def _is_reference(text: str) -> bool:
    module, colon, attribute = text.partition(":")
    parts = [*module.split("."), *attribute.split(".")]
    return bool(colon) and all(part.isidentifier() for part in parts)


def _described(document: TargetDocument, raw: Mapping[str, Any], directory: Path, path: Path | None) -> Target:
    if not document.options:
        raise TargetError("options: is missing; there is nothing to choose")
    space = build_space(document)
    check_reach(document)
    objectives, events = build_objectives(document), build_events(document)
    check_columns(document, objectives, events)
    workload = _source(document, space, directory)
    if isinstance(workload, Replay):
        space = workload.recording.within(space)
    return _target(document, raw, directory, path, space, objectives, events, workload)


def _simulated(document: TargetDocument, raw: Mapping[str, Any], directory: Path, path: Path | None) -> Target:
    from cadet.testing.worlds import families, world

    section = document.workload.simulated
    assert section is not None
    if section.world not in families():
        raise TargetError(f"workload.simulated.world: no world {section.world!r}{nearest(section.world, families())}")
    for key in ("options", "constraints", "consent", "context"):
        if getattr(document, key):
            raise TargetError(f"{key}: a world brings its own; take it out")
    truth = world(section.world, section.seed)
    known = (*(o.name for o in truth.objectives), *truth.events)
    objectives = build_objectives(document) if document.objectives else truth.objectives
    events = build_events(document) or truth.events
    for place, key in (
        *((f"objectives.{n}.from", s.source.partition(":")[2]) for n, s in document.objectives.items()),
        *(("events.output", key) for key in events),
    ):
        if key not in known:
            raise TargetError(f"{place}: the world has no {key!r}{nearest(key, known)}")
    check_columns(document, objectives, events)
    simulated = Simulated(section.world, section.seed)
    return _target(document, raw, directory, path, truth.space, objectives, events, simulated)


def _target(
    document: TargetDocument,
    raw: Mapping[str, Any],
    directory: Path,
    path: Path | None,
    space: Space,
    objectives: tuple[Objective, ...],
    events: tuple[str, ...],
    workload: Source,
) -> Target:
    section = document.workload
    own = (*section_events(document),) or (events if isinstance(workload, Simulated) else ())
    return Target(
        name=document.name,
        directory=directory,
        path=path,
        space=space,
        objectives=objectives,
        sources={o.name: _source_of(document, o.name) for o in objectives},
        columns=own,
        events=events,
        workload=workload,
        service=_service(document, document.service, space) if document.service else None,
        hooks=Hooks(*(tuple(map(tuple, hook)) for hook in (section.setup, section.prepare, section.cleanup))),
        policy=_policy(document.run),
        timeout_s=section.timeout_s,
        workdir=_workdir(directory, section.workdir),
        document=raw,
        flags=build_flags(document, space),
        variables={n: o.actuator.env for n, o in document.options.items() if o.actuator is not None},
    )


def section_events(document: TargetDocument) -> tuple[str, ...]:
    """Return the events that the workload itself answers with."""
    return (*document.events.output, *document.events.columns)


def _source_of(document: TargetDocument, objective: str) -> str:
    section = document.objectives.get(objective)
    return section.source if section is not None else f"output:{objective}"


def _source(document: TargetDocument, space: Space, directory: Path) -> Source:
    workload = document.workload
    if workload.command is not None:
        return Command(tuple(workload.command))
    if workload.function is not None:
        return Function(workload.function)
    assert workload.replay is not None
    columns = [section.source.partition(":")[2] for section in document.objectives.values()]
    try:
        return Replay(read_recording(directory / workload.replay, space, columns, document.events.columns))
    except UsageError as error:
        raise type(error)(f"workload.replay: {error}") from None


def _service(document: TargetDocument, section: ServiceSection, space: Space) -> Service:
    used = (placeholders.names(section.start) | placeholders.flag_names(section.start)) - {PORT}
    used |= {PORT} & set(space.names)
    variables = {*space.names, *(c.name for c in space.context)}
    for name in section.restart_on or ():
        if name not in variables:
            raise TargetError(f"service.restart_on: {name!r} is no option{nearest(name, variables)}")
    used |= {name for name, option in document.options.items() if option.actuator is not None}
    return Service(
        start=tuple(section.start),
        ready=Ready(section.ready.tcp, section.ready.http, tuple(section.ready.command or ()), section.ready.timeout_s),
        restart_on=frozenset(section.restart_on) if section.restart_on is not None else used,
        stop=tuple(section.stop),
    )


def _policy(section: RunSection) -> Policy:
    return Policy(section.repeats, section.warmup, Quiet(section.quiet.max_other_cpu, section.quiet.max_wait_s))


def _workdir(directory: Path, workdir: str) -> Path:
    folder = (directory / workdir).resolve()
    if not folder.is_dir():
        raise TargetError(f"workload.workdir: {workdir!r} is no folder beside the target file")
    return folder
