"""`values_from = "device"`: the values that the device offers, written into the document when a target file is read.

A study keeps them, so that opening it asks no device.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from cadet.device.target.document import ActuatorSection
from cadet.device.target.settings import offered


def asked(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document with the device's values in place of every `values_from`; raises TargetError."""
    options = document.get("options")
    if not isinstance(options, Mapping):
        return dict(document)
    return {**document, "options": {name: _asked(name, option) for name, option in options.items()}}


def _asked(name: str, option: Any) -> Any:
    if not isinstance(option, Mapping) or option.get("values_from") != "device":
        return option
    try:
        section = ActuatorSection.model_validate(option.get("actuator"))
    except ValidationError:  # told with its place when the whole document is validated
        return option
    if "values" in option or "range" in option or len(section.kinds) != 1:  # told likewise
        return option
    values = offered(section, f"options.{name}")
    return {**{key: value for key, value in option.items() if key != "values_from"}, "values": values}
