"""Pages of the site that are made of the code: commands, target file, Python API; and the case studies' own pages."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from cadet.cli import COMMANDS, cli
from cadet.device.target import json_schema

OUT = "_generated"
BESIDE = f"{OUT}/site"  # files that the site holds as they are: the reports of the case studies
MODULES = {
    "Studies": ("cadet.study.study", "cadet.study.question"),
    "Results": ("cadet.model.diagnosis", "cadet.model.comparison", "cadet.model.graph", "cadet.model.effect"),
    "Nouns": ("cadet.model.option", "cadet.model.domain", "cadet.model.space", "cadet.model.objective",
              "cadet.model.measurement", "cadet.model.dataset", "cadet.model.knowledge"),
    "Extension points": ("cadet.protocols", "cadet.plugins"),
    "Errors": ("cadet.errors",),
}  # fmt: skip
_REPORT = re.compile(r"\[([^\]]*)\]\(report\.html\)")
_LINK = re.compile(r"(\]\()(?!https?://|mailto:|#)([^)\s]+\))")


def write(docs: Path) -> None:
    """Write every generated page below `docs/_generated`; what is as it was is not touched."""
    out = docs / OUT
    pages = {"cli.md": commands(), "target-schema.md": target_file(), "python.md": python_api(),
             "notebook.md": notebook(docs / "notebooks" / "api.ipynb")}  # fmt: skip
    pages["contributing.md"] = _moved((docs.parent / "CONTRIBUTING.md").read_text(encoding="utf-8"), "../../")
    studies = dict(case_studies(docs.parent / "case_studies"))
    pages |= {f"case_studies/{name}.md": text for name, text in studies.items()}
    pages["case_studies/index.md"] = _index(sorted(studies))
    for name, text in pages.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    reports(docs.parent / "case_studies", docs / BESIDE / "reports")


def reports(folder: Path, out: Path) -> None:
    """Copy the report of every case study, which is a page of its own, to `out`."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    for report in folder.glob("*/report.html"):
        shutil.copy(report, out / f"{report.parent.name}.html")


def commands() -> str:
    """Return the page of every command with its arguments, as `--help` has them."""
    parts = [
        "# Every command and argument",
        "Made from the program itself: what `cadet COMMAND --help` says. The [overview](../commands.md) explains how "
        "they work together.",
    ]
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        parts += _command(f"cadet {name}", command)
    return "\n\n".join(parts) + "\n"


def _command(name: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=name)
    yield f"## {name}"
    yield f"```text\n{name} {' '.join(command.collect_usage_pieces(context))}\n```"
    yield from (" ".join(text.split()) for text in (command.help or "").split("\n\n"))
    records = [record for p in command.params if (record := p.get_help_record(context)) is not None]
    if records:
        yield "\n".join(["| | |", "| --- | --- |", *(f"| `{_cell(a)}` | {_cell(b)} |" for a, b in records)])
    if isinstance(command, click.Group):
        for child in command.commands.values():
            yield from _command(f"{name} {child.name}", child)


def target_file() -> str:
    """Return the page of every key of a target file, from the models that validate it."""
    schema = json_schema()
    parts = [
        "# Every key of the target file",
        "Made from the models that validate target files; `cadet init --schema` prints the same as JSON Schema, which "
        "editors understand. [The target file](../target-file.md) explains the keys.",
    ]
    parts += _keys("target file", schema)
    for name, model in sorted(schema.get("$defs", {}).items()):
        parts += _keys(name, model) if model.get("properties") else []
    return "\n\n".join(parts) + "\n"


def _keys(title: str, model: Mapping[str, object]) -> Iterator[str]:
    properties, required = model["properties"], set(model.get("required", ()))  # type: ignore[call-overload]
    yield f"## {title}"
    if "description" in model:
        yield " ".join(str(model["description"]).split())
    rows = [
        f"| `{key}` | {_cell(_type(value))} | {_default(value, key in required)} |" for key, value in properties.items()
    ]  # type: ignore[attr-defined]
    yield "\n".join(["| key | value | default |", "| --- | --- | --- |", *rows])


def _type(value: Mapping[str, object]) -> str:
    """Return a schema in words: `number`, `list of text`, one of the sections below."""
    if "$ref" in value:
        return f"`{str(value['$ref']).rpartition('/')[2]}`"
    for key in ("anyOf", "oneOf", "allOf"):
        if key in value:
            return " or ".join(dict.fromkeys(_type(v) for v in value[key]))  # type: ignore[attr-defined]
    if "enum" in value or "const" in value:
        return ", ".join(f"`{v}`" for v in value.get("enum", [value.get("const")]))  # type: ignore[attr-defined]
    kind = value.get("type", "anything")
    if kind == "array":
        return f"list of {_type(value.get('items', {}))}"  # type: ignore[arg-type]
    if kind == "object":
        more = value.get("additionalProperties")
        return f"table of {_type(more)}" if isinstance(more, dict) and more else "table"
    return {"string": "text", "integer": "whole number", "boolean": "true or false", "null": "nothing"}.get(
        str(kind), str(kind)
    )


def _default(value: Mapping[str, object], required: bool) -> str:
    if required:
        return "required"
    default = value.get("default")
    return "" if default in (None, {}, [], "") else f"`{_cell(str(default))}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def python_api() -> str:
    """Return the page of the modules that a Python program uses."""
    parts = [
        "# Python API",
        "`from cadet.study import Study, Asked` is all that most programs need: see "
        "[a study from Python](notebook.md).",
    ]
    for title, modules in MODULES.items():
        parts.append(f"## {title}")
        parts += [f"### {m}\n\n```{{eval-rst}}\n.. automodule:: {m}\n```" for m in modules]
    return "\n\n".join(parts) + "\n"


def notebook(path: Path) -> str:
    """Return the page of a notebook: text as it is, code as code."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    parts = [
        ("{}" if cell["cell_type"] == "markdown" else "```python\n{}\n```").format("".join(cell["source"]))
        for cell in cells
    ]
    parts.insert(1, f"This page is a notebook: [`{path.name}`](../notebooks/{path.name}).")
    return "\n\n".join(parts) + "\n"


def case_studies(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield name and page of every case study; its links lead to the files beside its README, and to its report."""
    for readme in sorted(folder.glob("*/README.md")):
        name = readme.parent.name
        text = _REPORT.sub(rf'<a href="../../reports/{name}.html">\1</a>', readme.read_text(encoding="utf-8"))
        yield name, _moved(text, f"../../../case_studies/{name}/")


def copy_of(page: Path) -> str:
    """Return the page of the site that is a copy of `page`, relative to the repository; empty where there is none."""
    if page == Path("CONTRIBUTING.md"):
        return f"{OUT}/contributing.md"
    if page == Path("case_studies/README.md"):
        return f"{OUT}/case_studies/index.md"
    if page.parts[0] == "case_studies" and page.name == "README.md":
        return f"{OUT}/case_studies/{page.parts[1]}.md"
    return ""


def _moved(text: str, back: str) -> str:
    """Return a page with `back`, the way to where it was, before each of its relative links."""
    return _LINK.sub(rf"\1{back}\2", text)


def _index(names: list[str]) -> str:
    listed = "\n".join(names)
    told = "Real systems, measured by us: what was slow, what was changed, what it brought."
    return f"# Case studies\n\n{told}\n\n```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n"
