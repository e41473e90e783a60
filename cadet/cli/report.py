"""`cadet report`: the story of a study as a file, and its charts as pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cadet.cli.arguments import STUDY

if TYPE_CHECKING:
    from cadet.protocols import Story

_SUFFIX = {"html": ".html", "markdown": ".md", "json": ".json", "dot": ".dot"}


@click.command("report", short_help="one self-contained HTML file; also markdown, JSON, DOT and pictures")
@STUDY
@click.option(
    "--format",
    "format_",
    default="html",
    show_default=True,
    metavar="NAME",
    help="html, markdown, json, dot, or one that a plugin brings.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The file; - for stdout. [default: report.html]")
@click.option(
    "--figures",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Also write each chart to DIR as SVG and PNG; PNG needs the extra `figures`.",
)
def command(study: str, format_: str, output: Path | None, figures: Path | None) -> None:
    """Write the last diagnosis of STUDY as one file that needs nothing else."""
    from cadet import plugins
    from cadet.cli.answer import writable, write
    from cadet.report.visible import visible
    from cadet.study import Study, last_diagnosis, story_of

    reporter = plugins.load("reporter", format_)
    output = output or Path(f"report{_SUFFIX.get(format_, '.' + format_)}")
    if str(output) != "-":
        writable(output)
    with Study.open(study) as opened:
        story = story_of(opened, last_diagnosis(opened))
    text = visible(reporter(story))
    if str(output) == "-":
        click.echo(text, nl=False)
    else:
        write(output, text)
        click.echo(f"wrote {output}", err=True)
    if figures is not None:
        _pictures(story, figures)


def _pictures(story: Story, folder: Path) -> None:
    """Write every chart as SVG, then as PNG; raises CapabilityMissing, with the SVG files there, without the extra."""
    from cadet.cli.answer import write
    from cadet.errors import UsageError
    from cadet.report.figures import figures, png

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write to {folder}: {error.strerror}") from None
    drawn = figures(story)
    for name, drawing in drawn.items():
        write(folder / f"{name}.svg", drawing)
    click.echo(f"wrote {len(drawn)} SVG files to {folder}", err=True)
    for name, drawing in drawn.items():
        write(folder / f"{name}.png", png(drawing))
    click.echo(f"wrote {len(drawn)} PNG files to {folder}", err=True)
