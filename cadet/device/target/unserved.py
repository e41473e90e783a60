"""Keys of the target file that are known but that this version does not serve: said plainly, never ignored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cadet.errors import TargetError
from cadet.plugins import names

_ACTUATORS = ("nvml", "jetson")  # served where they are registered
_SECTIONS = {
    ("guards",): "guards",
    ("events", "perf"): "perf events",
    ("run", "settle"): "settling before a run",
}


def refuse_unserved(document: Mapping[str, Any]) -> None:
    """Raise TargetError when `document` uses a known key that is not served yet."""
    for place, what in _unserved(document):
        raise TargetError(f"{place}: {what} not served yet by this version; take it out to go on")


def _unserved(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for path, what in _SECTIONS.items():
        if _at(document, *path) is not None:
            yield ".".join(path), f"{what} {'is' if what.startswith('settling') else 'are'}"
    if _at(document, "run", "isolation") == "fifo":
        yield "run.isolation", "'fifo' is"
    yield from _options(_table(document.get("options")))
    for name, objective in _table(document.get("objectives")).items():
        if str(_table(objective).get("from", "")).startswith("energy:"):
            yield f"objectives.{name}.from", "measuring energy is"


def _options(options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, option in options.items():
        for kind in _table(_table(option).get("actuator")):
            if kind in _ACTUATORS and kind not in names("actuator"):
                yield f"options.{name}.actuator.{kind}", f"the actuator {kind!r} is"


def _at(document: Mapping[str, Any], *path: str) -> Any:
    here: Any = document
    for key in path:
        here = _table(here).get(key)
    return here


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
