"""From what pydantic found wrong to a message with the place, the value and the way out."""

from __future__ import annotations

import types
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from cadet.device.target.document import TargetDocument
from cadet.errors import nearest

_SHOWN = 60  # characters of a wrong value that are repeated to the user
_TYPES = {
    "string_type": "is not text; write it in quotes",
    "int_type": "is not a whole number",
    "float_type": "is not a number",
    "bool_type": "is not true or false",
    "list_type": "is not a list; write [...]",
    "dict_type": "is not a table",
    "model_type": "is not a table",
    "model_attributes_type": "is not a table",
    "finite_number": "is not a finite number",
    "string_too_short": "must not be empty",
}
_SCALAR = "is neither true/false, a number nor text"

Location = tuple[int | str, ...]


def explain(error: ValidationError) -> str:
    """Return one line for each thing that is wrong."""
    lines: dict[str, str] = {}
    for detail in error.errors():
        location, scalar = _real(detail["loc"])
        lines.setdefault(place(location), _line(detail, location, scalar))
    return "\n".join(f"{where}: {what}" if where else what for where, what in lines.items())


def place(location: Sequence[int | str]) -> str:
    """Return `options.batch.range[0]` for its parts."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f"{'.' if text else ''}{part}"
    return text


def _line(detail: ErrorDetails, location: Location, scalar: bool) -> str:
    kind, value = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        return _unknown(location, value)
    if kind == "missing":
        return "is missing"
    if scalar and kind in _TYPES:
        return f"{_shown(value)} {_SCALAR}"
    what = _TYPES.get(kind)
    return f"{_shown(value)} {what}" if what else f"{_message(detail)}, got {_shown(value)}"


def _message(detail: ErrorDetails) -> str:
    text = detail["msg"]
    return text.removeprefix("Input ").replace("after validation, not", "not")


def _unknown(location: Location, value: object) -> str:
    known = set(_keys(location[:-1]))
    if len(location) == 3 and location[0] == "options" and isinstance(value, dict):
        return f'unknown key; an option name with a dot is quoted: [options."{location[1]}.{location[2]}"]'
    return f"unknown key{nearest(str(location[-1]), known)}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _real(location: Location) -> tuple[Location, bool]:
    """Drop the parts that name a member of a union, which are no place in the file."""
    kept: list[int | str] = []
    kinds: set[Any] = {TargetDocument}
    for part in location:
        inside = {below for kind in kinds for below in _below(kind, part)}
        if inside:
            kept.append(part)
            kinds = inside
        elif not any(isinstance(kind, type) and issubclass(kind, BaseModel) for kind in kinds):
            continue
        else:
            kept.append(part)  # an unknown key: the place that the user wrote
    return tuple(kept), len(kept) < len(location)


def _keys(location: Location) -> Iterator[str]:
    kinds: set[Any] = {TargetDocument}
    for part in location:
        kinds = {below for kind in kinds for below in _below(kind, part)}
    for kind in kinds:
        yield from _fields(kind)


def _below(kind: Any, part: int | str) -> Iterator[Any]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        if part in _fields(kind):
            yield from _members(_fields(kind)[str(part)])
    elif get_origin(kind) is list and isinstance(part, int):
        yield from _members(get_args(kind)[0])
    elif get_origin(kind) is dict:
        yield from _members(get_args(kind)[1])


def _fields(kind: Any) -> dict[str, Any]:
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return {}
    return {field.alias or name: field.annotation for name, field in kind.model_fields.items()}


def _members(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) is Annotated:
        yield from _members(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, types.UnionType):
        for member in get_args(annotation):
            yield from _members(member)
    else:
        yield annotation
