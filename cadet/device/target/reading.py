"""From a target file to a Target, with everything that is wrong named by file and place."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cadet.device.target.consistency import check_version, check_workload
from cadet.device.target.deployment import build_policy, build_service, build_source, build_workdir
from cadet.device.target.document import TargetDocument
from cadet.device.target.naming import check_names, check_plain
from cadet.device.target.observed import build_events, build_objectives, check_columns
from cadet.device.target.offers import asked
from cadet.device.target.options import build_flags, build_space
from cadet.device.target.reach import check_reach
from cadet.device.target.refusal import explain
from cadet.device.target.remote import build_remote, remote_in
from cadet.device.target.settings import build_properties, build_settings, build_variables, check_kinds
from cadet.device.target.target import Hooks, Remote, Replay, Simulated, Source, Target
from cadet.device.target.watching import build_watched
from cadet.errors import TargetError, nearest
from cadet.model.objective import Objective
from cadet.model.space import Space

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def load(path: Path) -> Target:
    """Read a target file; raises TargetError naming the file, the place and the way out."""
    path = Path(path)
    document = _toml(path)
    try:
        return from_document(asked(document, path.resolve().parent), path.resolve().parent, path)
    except TargetError as error:
        lines = "\n".join(f"{path}: {line}" for line in str(error).splitlines())
        raise TargetError(lines) from None


def remote_of(path: Path) -> Remote | None:
    """Return the machine on which the target of a file lives, None where that is this one; looks at nothing else of it.

    Raises TargetError, naming the file and the place.
    """
    document = _toml(path)
    try:
        return remote_in(document, path.resolve().parent)
    except TargetError as error:
        raise TargetError(f"{path}: {error}") from None


def from_document(
    document: Mapping[str, Any], directory: Path, path: Path | None = None, *, tables: Collection[str] | None = None
) -> Target:
    """Build a target from the file's content as plain data; relative paths start at `directory`.

    tables: SHA-256 of the recorded tables that answered before. With it (also empty), a recorded device whose table is
    gone, broken or another one is built all the same, and only what needs its rows raises TableError.
    """
    check_version(document)
    check_plain(document)
    try:
        parsed = TargetDocument.model_validate(document)
    except ValidationError as error:
        raise TargetError(explain(error)) from None
    check_names(parsed)
    check_workload(parsed)
    if parsed.workload.simulated is not None:
        return _simulated(parsed, document, directory, path)
    return _described(parsed, document, directory, path, tables)


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
    except RecursionError:
        raise TargetError(f"{path}: its lists or tables are nested too deeply") from None


def _described(
    document: TargetDocument,
    raw: Mapping[str, Any],
    directory: Path,
    path: Path | None,
    tables: Collection[str] | None,
) -> Target:
    if not document.options:
        raise TargetError("options: is missing; there is nothing to choose")
    space = build_space(document)
    check_kinds(document)
    check_reach(document)
    objectives, events = build_objectives(document), build_events(document)
    check_columns(document, objectives, events)
    workload = build_source(document, space, directory, tables)
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
    remote = build_remote(document.device, section.kinds[0], directory)
    here = remote is None
    own = (*document.events.output, *document.events.columns)
    return Target(
        name=document.name,
        directory=directory,
        path=path,
        space=space,
        objectives=objectives,
        sources={o.name: _source_of(document, o.name) for o in objectives},
        columns=own or (events if isinstance(workload, Simulated) else ()),
        events=events,
        workload=workload,
        service=build_service(document, space),
        hooks=Hooks(*(tuple(map(tuple, hook)) for hook in (section.setup, section.prepare, section.cleanup))),
        policy=build_policy(document.run, document.guards.abort_if),
        timeout_s=section.timeout_s,
        workdir=build_workdir(directory, section.workdir) if here else directory / section.workdir,
        document=raw,
        flags=build_flags(document, space),
        variables=build_variables(document),
        settings=build_settings(document, space, directory) if here else (),
        properties=build_properties(document, space) if here else {},
        watched=build_watched(document),
        remote=remote,
    )


def _source_of(document: TargetDocument, objective: str) -> str:
    section = document.objectives.get(objective)
    return section.source if section is not None else f"output:{objective}"
