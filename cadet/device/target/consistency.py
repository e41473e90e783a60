"""What the sections of a target file demand of each other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cadet.device.target.document import ServiceSection, TargetDocument
from cadet.errors import TargetError

VERSION = 1
_ADDRESS = re.compile(r".+:(\d+|\{[^{}]+\})")


def check_version(document: Mapping[str, Any]) -> None:
    """Raise TargetError unless the file says that it is of a version that is read here."""
    if "cadet" not in document:
        raise TargetError(f"cadet: is missing; a target file starts with `cadet = {VERSION}`")
    if document["cadet"] != VERSION or isinstance(document["cadet"], bool):
        raise TargetError(f"cadet: {document['cadet']!r} is not a version that is read here; it reads {VERSION}")


def check_workload(document: TargetDocument) -> None:
    """Raise TargetError when the workload is not exactly one, or something beside it does not fit it."""
    kinds, workload = document.workload.kinds, document.workload
    if len(kinds) != 1:
        got = " and ".join(kinds) or "none"
        raise TargetError(f"workload: give exactly one of command, function, replay, simulated; got {got}")
    if workload.function is not None and not _is_reference(workload.function):
        raise TargetError(f"workload.function: {workload.function!r} is not of the form 'module:callable'")
    if workload.command is not None and not workload.command[0]:
        raise TargetError("workload.command[0]: the program must not be empty")
    if document.service is not None:
        _check_service(document.service, kinds[0])
    if kinds[0] in ("replay", "simulated"):
        for hook in ("setup", "prepare", "cleanup"):
            if getattr(workload, hook):
                raise TargetError(f"workload.{hook}: a {kinds[0]} runs nothing on this machine; take it out")


def _check_service(service: ServiceSection, kind: str) -> None:
    ready = service.ready
    if kind != "command":
        raise TargetError(f"service: needs workload.command as its load, not a {kind}")
    if sum(how is not None for how in (ready.tcp, ready.http, ready.command)) != 1:
        raise TargetError("service.ready: give exactly one of tcp, http, command")
    if ready.tcp is not None and not _ADDRESS.fullmatch(ready.tcp):
        raise TargetError(f"service.ready.tcp: {ready.tcp!r} is not of the form 'host:port'")
    if ready.http is not None and not ready.http.startswith(("http://", "https://")):
        raise TargetError(f"service.ready.http: {ready.http!r} is no http:// or https:// address")


def _is_reference(text: str) -> bool:
    module, colon, attribute = text.partition(":")
    parts = [*module.split("."), *attribute.split(".")]
    return bool(colon) and all(part.isidentifier() for part in parts)
