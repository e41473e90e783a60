"""Names that a target file gives, and its plain values: what paths, labels, command lines and numbers can carry."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cadet.device.target.document import NAME_PATTERN, TargetDocument
from cadet.device.target.refusal import place
from cadet.errors import TargetError

_ENDINGS = (".toml", ".db")  # with one, `cadet report NAME` would look for a file
_BOUND = 2**63  # TOML's whole numbers; larger ones have no place in a float, a database or a Parquet table
_BRACES = "{}"  # of placeholders
_LABEL = "@=,"  # of labels, such as latency@rows=1000,load=high
_COMPARISON = "<>"  # of goals, such as latency<=0.5

Location = tuple[int | str, ...]


def check_plain(document: Mapping[str, Any]) -> None:
    """Raise TargetError for text that no program can be given, and for numbers that no float can hold."""
    for where, value in _leaves(document, ()):
        if isinstance(value, str) and "\0" in value:
            raise TargetError(f"{place(where).replace(chr(0), '?')}: holds a NUL character; take it out")
        if isinstance(value, int) and not -_BOUND <= value < _BOUND:
            raise TargetError(f"{place(where)}: a whole number beyond 64 bits")


def check_names(document: TargetDocument) -> None:
    """Raise TargetError for a name that cannot be used everywhere names are: in files, labels and placeholders."""
    if not re.fullmatch(NAME_PATTERN, document.name) or document.name.endswith(_ENDINGS):
        raise TargetError(f"name: {document.name!r} cannot name a study; use up to 100 letters, digits, '.', '_' and "
                          f"'-', a letter or digit first, and no ending {' or '.join(_ENDINGS)}")  # fmt: skip
    for name in document.options:
        _check(name, f"options.{name}", _BRACES)
    for name, section in document.context.items():
        _check(name, f"context.{name}", _BRACES + _LABEL)
        for value in filter(lambda value: isinstance(value, str), section.values):
            _refuse_characters(str(value), f"context.{name}.values", _LABEL)
    for name in document.objectives:
        _check(name, f"objectives.{name}", _LABEL + _COMPARISON)
    for name in (*document.events.output, *document.events.columns):
        _check(name, "events", "")


def _check(name: str, where: str, refused: str) -> None:
    if not name or name != name.strip() or name.startswith("flag:"):
        raise TargetError(f"{_printable(where)}: {name!r} cannot be a name; "
                          "use letters, digits, '_', '.', '-' and ':', no blanks around them")  # fmt: skip
    _refuse_characters(name, where, refused)


def _refuse_characters(text: str, where: str, refused: str) -> None:
    for character in text:
        if character in refused or not character.isprintable():
            raise TargetError(f"{_printable(where)}: {text!r} holds {character!r}, which has a meaning of its own; "
                              "use letters, digits, '_', '.', '-' and ':'")  # fmt: skip


def _printable(where: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in where)


def _leaves(value: Any, where: Location) -> Iterator[tuple[Location, Any]]:
    inner: Iterable[tuple[int | str, Any]] = ()
    if isinstance(value, Mapping):
        yield from ((where, key) for key in value)
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    else:
        yield where, value
    for key, below in inner:
        yield from _leaves(below, (*where, key))
