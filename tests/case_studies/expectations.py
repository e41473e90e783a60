"""What a case study says is to be found: `expected.toml` beside its target file."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cadet.model.domain import Value
from cadet.study.question import Asked

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = Path(__file__).parents[2] / "case_studies"


@dataclass(frozen=True)
class Expectation:
    """A question and its answer.

    where: `recorded` for what follows from the measurements beside the target file, `live` for what a session finds,
    `board` for what one finds on a simulated board, `report` for what only the report beside it is held to.
    causes: options that are to blame; the most accused is one of them. innocent: options that are not.
    changes: the fix that a live session confirmed. together: the values that act only together, as the report has it.
    arguments: of `cadet debug`, as a reader would type them.
    """

    study: str
    name: str
    asked: Asked
    verdict: str = ""
    where: Sequence[str] = ("recorded", "live")
    causes: Sequence[str] = ()
    innocent: Sequence[str] = ()
    changes: Mapping[str, Value] = field(default_factory=dict)
    together: str = ""
    arguments: Sequence[str] = ()

    @property
    def folder(self) -> Path:
        """Where the case study lies."""
        return FOLDER / self.study

    @property
    def told(self) -> str:
        """A name for the test."""
        return f"{self.study}-{self.name}"


def expectations(where: str) -> list[Expectation]:
    """Return every question, of all case studies that have some, that is asked of `recorded` or `live` measurements."""
    questions = [
        _read(path.parent.name, question)
        for path in sorted(FOLDER.glob("*/expected.toml"))
        for question in tomllib.loads(path.read_text())["question"]
    ]
    return [question for question in questions if where in question.where]


def _read(study: str, question: Mapping[str, Any]) -> Expectation:
    given = dict(question)
    asked = Asked(
        fault=given.pop("fault", None),
        objectives=tuple(given.pop("objectives", ())),
        goals=tuple(given.pop("goals", ())),
        accepted=frozenset(given.pop("accept", ())),
    )
    return Expectation(study, given.pop("name"), asked, arguments=_arguments(asked), **given)


def _arguments(asked: Asked) -> list[str]:
    words = ["--fault", asked.fault] if asked.fault else []
    words += [word for name in asked.objectives for word in ("--objective", name)]
    words += [word for goal in asked.goals for word in ("--goal", goal)]
    return words + (["--accept", ",".join(sorted(asked.accepted))] if asked.accepted else [])
