"""Arguments that several commands share, and how their text is read."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

TARGET = click.argument("target", type=click.Path(path_type=Path))
STUDY = click.argument("study")
SEED = click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Seed of every random choice.")
FORMAT = click.option("--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True)
FRESH = click.option("--fresh", is_flag=True, help="Start a new study; the old one is moved aside, never deleted.")
FAULT = click.option(
    "--fault", metavar="JSON|@FILE|row:ID|worst|current",
    help="The slow configuration; options that are not named take their defaults. Without it, the defaults.",
)  # fmt: skip


ALLOW = click.option(
    "--allow-system-writes", is_flag=True, help="Set what others on this machine feel; all of it is put back."
)
DRY_RUN = click.option("--dry-run", is_flag=True, help="Show every write to the machine's settings, and do nothing.")


def question(command: F) -> F:
    """Add the options that say what is wrong and what would be right; the command gets them as one `asked`.

    `--budget` and `--initial`, where a command has them, are part of the question.
    """

    @wraps(command)
    def asking(*args: Any, fault: str | None, objectives: tuple[str, ...], goals: tuple[str, ...],
               slos: tuple[str, ...], accept: str, **others: Any) -> Any:  # fmt: skip
        from cadet.study import Asked

        sizes = {name: others.pop(name) for name in ("budget", "initial") if name in others}
        asked = Asked(fault, objectives, goals, slos, accepted(accept), **sizes)
        return command(*args, asked=asked, **others)

    options = (
        FAULT,
        click.option("--objective", "objectives", multiple=True, metavar="NAME", help="May repeat; else all of them."),
        click.option("--goal", "goals", multiple=True, metavar="'latency<=0.5'", help="May repeat, one per objective."),
        click.option("--slo", "slos", multiple=True, metavar="[NAME=]VALUE", help="Another SLO than the target's."),
        click.option("--accept", default="", metavar="COST,...", help="What a fix may give up: durability,quality,..."),
    )
    asking_too: Any = asking
    for option in reversed(options):
        asking_too = option(asking_too)
    told: F = asking_too
    return told


def accepted(text: str) -> frozenset[str]:
    """Return the consents of a comma-separated list."""
    return frozenset(part.strip() for part in text.split(",") if part.strip())


def assignments(pairs: tuple[str, ...], flag: str) -> dict[str, str]:
    """Read the `name=value` pairs given with `flag`; raises UsageError for one without `=`."""
    from cadet.errors import UsageError

    read = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"{flag} {pair!r} is not of the form name=value")
        read[name.strip()] = value.strip()
    return read
