"""On which machine a target lives: this one, or one behind ssh."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, ValidationError

from cadet.device.target.document import DESTINATION_PATTERN, DeviceSection, Section
from cadet.device.target.refusal import explain
from cadet.device.target.target import Remote
from cadet.errors import TargetError

_DESTINATION = re.compile(DESTINATION_PATTERN)


class _DeviceAlone(Section):
    model_config = ConfigDict(extra="ignore", strict=True)

    device: DeviceSection


def remote_in(document: Mapping[str, Any], directory: Path) -> Remote | None:
    """Return the machine that a target file names, looking at nothing else of it; raises TargetError."""
    if document.get("device") is None:
        return None
    try:
        return _remote(_DeviceAlone.model_validate(document).device, directory)
    except ValidationError as error:
        raise TargetError(explain(error)) from None


def build_remote(section: DeviceSection | None, workload: str, directory: Path) -> Remote | None:
    """Return the machine on which the target lives, None where that is this one; raises TargetError."""
    if section is None:
        return None
    if workload in ("replay", "simulated"):
        raise TargetError(f"device: a {workload} runs on no device; take it out")
    return _remote(section, directory)


def _remote(section: DeviceSection, directory: Path) -> Remote:
    if not _DESTINATION.fullmatch(section.ssh):
        raise TargetError(f"device.ssh: {section.ssh!r} is not of the form user@host; what else ssh shall do for "
                          "this board belongs into its own configuration, ~/.ssh/config")  # fmt: skip
    identity = directory / Path(section.identity).expanduser() if section.identity is not None else None
    for key, text in (("python", section.python), ("workdir", section.workdir or "")):
        if not text.isprintable() or text.startswith("-"):
            raise TargetError(f"device.{key}: {text!r} is no path")
    return Remote(section.ssh, section.port, identity, section.python, section.workdir, tuple(section.exclude))
