"""How a diagnosis leaves the program: a story on the terminal or JSON on stdout, files where asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cadet.cli.console import note, stdout, telling

if TYPE_CHECKING:
    from cadet.protocols import Story


def tell(story: Story, format_: str, json_file: Path | None = None, report_file: Path | None = None) -> None:
    """Print the story; also write the JSON and the HTML report where a file is named."""
    from cadet.report.machine import to_json

    if json_file is not None:
        write(json_file, to_json(story))
    if report_file is not None:
        from cadet.report.html import html

        write(report_file, html(story))
        note(f"report: {report_file}")
    from cadet.report.terminal import render

    with telling():
        if format_ == "json":
            click.echo(to_json(story), nl=False)
        else:
            stdout().print(render(story))


def write(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all; raises UsageError when that is impossible."""
    import os

    from cadet.errors import UsageError

    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(content.encode() if isinstance(content, str) else content)
        draft.replace(path)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


def writable(path: Path | None) -> None:
    """Raise UsageError at once, not after an hour of measuring, when a file cannot be written."""
    import os

    from cadet.errors import UsageError

    if path is None:
        return
    folder = path.absolute().parent
    if path.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise UsageError(f"cannot write {path}: {'it is a directory' if path.is_dir() else f'no access to {folder}'}")
