"""`cadet report`: the story of a study as a file."""

from __future__ import annotations

from pathlib import Path

import click

from cadet.cli.arguments import STUDY

_SUFFIX = {"html": ".html", "markdown": ".md", "json": ".json", "dot": ".dot"}


@click.command("report", short_help="one self-contained HTML file; also markdown, JSON and DOT")
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
def command(study: str, format_: str, output: Path | None) -> None:
    """Write the last diagnosis of STUDY as one file that needs nothing else."""
    from cadet import plugins
    from cadet.cli.answer import writable, write
    from cadet.study import Study, last_diagnosis, story_of

    reporter = plugins.load("reporter", format_)
    output = output or Path(f"report{_SUFFIX.get(format_, '.' + format_)}")
    if str(output) != "-":
        writable(output)
    with Study.open(study) as opened:
        text = reporter(story_of(opened, last_diagnosis(opened)))
    if str(output) == "-":
        click.echo(text, nl=False)
        return
    write(output, text)
    click.echo(f"wrote {output}", err=True)
