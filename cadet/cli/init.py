"""`cadet init`: a target file to start from."""

from __future__ import annotations

from pathlib import Path

import click

_TEMPLATES = Path(__file__).parent / "templates"


@click.command("init", short_help="write a target file to start from")
@click.argument("template", required=False)
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("target.toml"), show_default=True)
@click.option("--schema", is_flag=True, help="Print the JSON Schema of target files and stop.")
@click.option("--list", "list_", is_flag=True, help="List the templates and stop.")
def command(template: str | None, output: Path, schema: bool, list_: bool) -> None:
    """Write a commented target file. TEMPLATE is one of `cadet init --list`; without it, command."""
    if schema:
        _print_schema()
        return
    if list_:
        click.echo("\n".join(sorted(path.stem for path in _TEMPLATES.glob("*.toml"))))
        return
    _write(template or "command", output)


def _print_schema() -> None:
    import json

    from cadet.device.target import json_schema

    click.echo(json.dumps(json_schema(), indent=2))


def _write(template: str, output: Path) -> None:
    from cadet.errors import UsageError, nearest

    known = {path.stem: path for path in _TEMPLATES.glob("*.toml")}
    if template not in known:
        raise UsageError(f"no template {template!r}{nearest(template, known)}")
    if output.exists():
        raise UsageError(f"{output} is there already; choose another name with --output")
    try:
        output.write_text(known[template].read_text(encoding="utf-8"), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror}") from None
    click.echo(f"wrote {output}; fill it in, then run: cadet debug {output}")
