"""Arguments with placeholders: `{option}` inside an argument, `{flag:option}` as a whole one, `{{` for a brace."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from cadet.errors import TargetError
from cadet.model.domain import Value

_TOKEN = re.compile(r"\{\{|\}\}|\{(?P<flag>flag:)?(?P<name>[^{}]+)\}|[{}]")

Flags = Mapping[str, Mapping[object, Sequence[str]]]


def names(argv: Sequence[str]) -> frozenset[str]:
    """Return the plain placeholders of `argv`."""
    return frozenset(m["name"] for argument in argv for m in _placeholders(argument) if not m["flag"])


def flag_names(argv: Sequence[str]) -> frozenset[str]:
    """Return the names inside `{flag:...}`."""
    return frozenset(m["name"] for argument in argv for m in _placeholders(argument) if m["flag"])


def check(argv: Sequence[str], place: str) -> None:
    """Raise TargetError for a lone brace, or a flag that is only part of an argument."""
    for index, argument in enumerate(argv):
        for match in _TOKEN.finditer(argument):
            if match[0] in "{}":
                raise TargetError(f"{place}[{index}]: lone {match[0]!r} in {argument!r}; write {match[0] * 2!r}")
            if match["flag"] and match[0] != argument:
                raise TargetError(
                    f"{place}[{index}]: {match[0]} must be an argument of its own, not part of {argument!r}"
                )


def render(argv: Sequence[str], values: Mapping[str, Value], flags: Flags, active: Collection[str]) -> list[str]:
    """Return `argv` with values filled in; the flags of an option that is not active vanish."""
    rendered: list[str] = []
    for argument in argv:
        whole = _TOKEN.fullmatch(argument)
        if whole and whole["flag"]:
            rendered += flags[whole["name"]][values[whole["name"]]] if whole["name"] in active else ()
        else:
            rendered.append(fill(argument, values))
    return rendered


def fill(text: str, values: Mapping[str, Value]) -> str:
    """Return `text` with its plain placeholders filled in."""

    def replace(match: re.Match[str]) -> str:
        return spell(values[match["name"]]) if match["name"] else match[0][0]

    return _TOKEN.sub(replace, text)


def spell(value: Value) -> str:
    """Return a value as programs read it: true/false in lower case, numbers in their shortest form."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _placeholders(argument: str) -> Iterator[re.Match[str]]:
    return (m for m in _TOKEN.finditer(argument) if m["name"])
