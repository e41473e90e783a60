"""`values_from = "device"`: the values that the device offers, written into the document when a target file is read.

A study keeps them, so that opening it asks no device.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cadet.device.target.document import ActuatorSection
from cadet.device.target.remote import remote_in
from cadet.device.target.settings import offered


def asked(document: Mapping[str, Any], directory: Path) -> dict[str, Any]:
    """Return the document with the device's values in place of every `values_from`; raises TargetError.

    A target that lives on another machine has it asked, once for all options; relative paths start at `directory`.
    """
    options = document.get("options")
    if not isinstance(options, Mapping) or not any(map(_open, options.values())):
        return dict(document)
    remote = remote_in(document, directory)
    if remote is not None:
        from cadet.device.remote.board import Board

        return {**document, "options": Board(remote).offers(options)}
    return {**document, "options": offers(options)}


def offers(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options with the values that this machine offers; raises TargetError."""
    return {name: _asked(name, option) for name, option in options.items()}


def _open(option: Any) -> bool:
    return isinstance(option, Mapping) and option.get("values_from") == "device"


def _asked(name: str, option: Any) -> Any:
    if not _open(option):
        return option
    try:
        section = ActuatorSection.model_validate(option.get("actuator"))
    except ValidationError:  # told with its place when the whole document is validated
        return option
    if "values" in option or "range" in option or len(section.kinds) != 1:  # told likewise
        return option
    values = offered(section, f"options.{name}")
    return {**{key: value for key, value in option.items() if key != "values_from"}, "values": values}
