"""What to change, ready to copy: the commands, what takes them back, and the difference line by line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cadet.model.diagnosis import Fix
from cadet.model.domain import Value
from cadet.model.instruction import Instruction
from cadet.protocols import Story
from cadet.report import numbers


@dataclass(frozen=True)
class Line:
    """A line of the difference: `sign` is `-` before, `+` after, a space where nothing changes."""

    sign: str
    text: str

    def __str__(self) -> str:
        return f"{self.sign} {self.text}"


def script(steps: Sequence[Instruction]) -> str:
    """Return what to type to make the change, empty where there is nothing to type."""
    return "\n".join(_typed((step, step.command) for step in steps))


def undo(steps: Sequence[Instruction]) -> str:
    """Return what to type to take the change back, in the reverse order."""
    return "\n".join(_typed((step, step.undo) for step in reversed(steps)))


def notes(steps: Sequence[Instruction]) -> tuple[str, ...]:
    """Return what a change needs beside typing."""
    return tuple(f"{', '.join(step.options)} ({step.way}): {step.note}" for step in steps if step.note)


def difference(story: Story, fix: Fix) -> tuple[Line, ...]:
    """Return the diagnosed configuration and the fix as one list of options, changed ones twice."""
    return tuple(_difference(story, fix))


def _difference(story: Story, fix: Fix) -> Iterator[Line]:
    before, after = story.diagnosis.fault.configuration, fix.configuration
    there = (story.space.active(before) if set(before) == set(story.space.names) else frozenset(before),
             story.space.active(after) if set(after) == set(story.space.names) else frozenset(after))  # fmt: skip
    for name in after:
        old = [spelled(name, before[name])] if name in there[0] else []
        new = [spelled(name, after[name])] if name in there[1] else []
        if old == new:
            yield from (Line(" ", text) for text in old)
        else:
            yield from (Line("-", text) for text in old)
            yield from (Line("+", text) for text in new)


def spelled(name: str, value: Value) -> str:
    """Return `journal_mode = "wal"`, as TOML and Python spell it."""
    return f"{name} = {json.dumps(value, ensure_ascii=False) if isinstance(value, str) else numbers.value(value)}"


def _typed(steps: Iterator[tuple[Instruction, str]]) -> Iterator[str]:
    for step, typed in steps:
        if typed:
            about = " ".join(f"{', '.join(step.options)} ({step.way}){': ' + step.note if step.note else ''}".split())
            yield f"# {about}\n{typed}"
