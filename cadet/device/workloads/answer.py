"""What a run answered, by where it comes from: `wall`, `cpu`, `output:KEY`, `regex:PATTERN`, `filesize:PATH`."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import cast

from cadet.device.target import Target
from cadet.device.target.placeholders import fill
from cadet.model.domain import Value

_SHOWN = 80  # characters of a wrong answer that are repeated to the user


class Unanswered(Exception):
    """The run ended, but an objective cannot be read from what it answered; the message says what was there."""


def last_object(stdout: str) -> Mapping[str, object] | None:
    """Return the JSON object that is the last line of `stdout`, None where there is none."""
    lines = stdout.rstrip().splitlines()
    try:
        found = json.loads(lines[-1]) if lines else None
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def read_stdout(target: Target, stdout: str) -> dict[str, float]:
    """Return the `output:` and `regex:` values that the target asks for; raises Unanswered."""
    found: dict[str, float] = {}
    if target.wanted:
        answer = last_object(stdout)
        if answer is None and _needed(target):
            raise Unanswered(f"the last line of stdout is no JSON object: {_last_line(stdout)}")
        found |= read_mapping(target, answer or {}, "the JSON object on the last line of stdout")
    for source in target.sources.values():
        if source.startswith("regex:"):
            found[source] = _matched(source.removeprefix("regex:"), stdout)
    return found


def read_mapping(target: Target, answer: Mapping[str, object], what: str) -> dict[str, float]:
    """Return the wanted keys as `output:KEY`; raises Unanswered for wrong numbers and for missing objectives.

    An event that this run did not report (absent or null) is missing, and no mistake.
    """
    needed = _needed(target)
    found: dict[str, float] = {}
    for key in target.wanted:
        if answer.get(key) is not None:
            found[f"output:{key}"] = _number(key, answer[key])
        elif key in needed:
            there = ", ".join(map(repr, answer)) or "nothing"
            raise Unanswered(f"{what} has no {key!r}; it has {there}")
    return found


def read_files(target: Target, values: Mapping[str, Value]) -> dict[str, float]:
    """Return the `filesize:` values in bytes; raises Unanswered when a file is not there."""
    found: dict[str, float] = {}
    for source in target.sources.values():
        if source.startswith("filesize:"):
            path = target.workdir / fill(source.removeprefix("filesize:"), values)
            if not path.is_file():
                raise Unanswered(f"{source}: no file {path} after the run")
            found[source] = float(path.stat().st_size)
    return found


def _needed(target: Target) -> frozenset[str]:
    return frozenset(s.removeprefix("output:") for s in target.sources.values() if s.startswith("output:"))


def _number(key: str, value: object) -> float:
    if not isinstance(value, bool | int | float):
        raise Unanswered(f"{key!r} is {_short(repr(value))}, not a number")
    number = float(value)
    if not math.isfinite(number):
        raise Unanswered(f"{key!r} is {number}, not a finite number")
    return number


def _matched(pattern: str, stdout: str) -> float:
    match = re.search(pattern, stdout, re.MULTILINE)
    text = cast("str | None", match.group(1)) if match else None
    if text is None:
        raise Unanswered(f"nothing on stdout matches {pattern!r}; its last line is {_last_line(stdout)}")
    try:
        return _number(f"regex:{pattern}", float(text))
    except ValueError:
        raise Unanswered(f"{pattern!r} found {text!r}, not a number") from None


def _last_line(stdout: str) -> str:
    lines = stdout.rstrip().splitlines()
    return _short(repr(lines[-1])) if lines else "empty"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
