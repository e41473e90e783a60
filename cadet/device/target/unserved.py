"""Keys of the target file that are known but that this version does not serve: said plainly, never ignored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cadet.errors import TargetError
from cadet.plugins import names

_ACTUATORS = ("nvml", "jetson")  # served where they are registered


def refuse_unserved(document: Mapping[str, Any]) -> None:
    """Raise TargetError when `document` uses a known key that is not served yet."""
    for place, what in _unserved(document):
        raise TargetError(f"{place}: {what} not served yet by this version; take it out to go on")


def _unserved(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from _options(_table(document.get("options")))


def _options(options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, option in options.items():
        for kind in _table(_table(option).get("actuator")):
            if kind in _ACTUATORS and kind not in names("actuator"):
                yield f"options.{name}.actuator.{kind}", f"the actuator {kind!r} is"


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
