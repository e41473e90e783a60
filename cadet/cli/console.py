"""Progress and results on a terminal; plain lines where there is none. Data to stdout, progress to stderr."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bars

    from cadet.protocols import Progress

_EVERY_S = 5.0  # a plain line at most this often


def note(message: str) -> None:
    """Say something that is not data."""
    from cadet.report.visible import visible

    click.echo(visible(message), err=True)


def stdout() -> Console:
    """Return a console for results; wide enough for tables when piped into a file. What others wrote is only shown."""
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment

    from cadet.report.visible import visible

    class Results(Console):
        def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
            for segment in super().render(renderable, options):
                yield segment if segment.control else Segment(visible(segment.text), segment.style)

        def on_broken_pipe(self) -> None:
            raise  # the BrokenPipeError that is being handled; rich would exit with a code of its own

    return Results(width=None if sys.stdout.isatty() else 100)


@contextmanager
def telling() -> Iterator[None]:
    """Print results in this block: when their reader goes, as `| head` does, the rest is dropped and the code kept."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def progress() -> Iterator[Progress]:
    """Yield a callback that shows stage, count, ETA and a remark for as long as the block runs."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    with _bars() as bars:
        yield _Bars(bars)


def _bars() -> Bars:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress

    columns = (
        TextColumn("{task.description:<10}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[remark]}", markup=False),
    )
    return RichProgress(*columns, console=Console(stderr=True))


class _Bars:
    """One rich bar for each stage."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._tasks: dict[str, int] = {}

    def __call__(self, stage: str, done: int, total: int, remark: str) -> None:
        from rich.progress import TaskID

        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=total, remark=remark)
        self._bars.update(TaskID(self._tasks[stage]), completed=done, total=total, remark=remark)


class _Lines:
    """One plain line at the start and the end of each stage and every few seconds in between."""

    def __init__(self) -> None:
        self._said: dict[str, float] = {}
        self._began: dict[str, tuple[float, int]] = {}

    def __call__(self, stage: str, done: int, total: int, remark: str) -> None:
        now = time.monotonic()
        began, first = self._began.setdefault(stage, (now, done))
        if stage in self._said and done < total and now - self._said[stage] < _EVERY_S:
            return
        self._said[stage] = now
        rate = (now - began) / (done - first) if done > first else None
        left = f", about {rate * (total - done):.0f} s left" if rate and done < total else ""
        note(f"{stage}: {done}/{total}{left}{'; ' + remark if remark else ''}")
