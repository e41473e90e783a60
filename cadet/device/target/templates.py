"""Configuration files of the deployment that options are filled into."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cadet.device.actuators import actuator
from cadet.device.target import placeholders
from cadet.device.target.document import TargetDocument
from cadet.device.target.setting import Setting, checked
from cadet.errors import TargetError, nearest
from cadet.model.space import Space
from cadet.protocols import Knob

_MOST_BYTES = 2**20


def build_files(document: TargetDocument, space: Space, directory: Path) -> Iterator[Setting]:
    """Yield one setting for each file, with its template; raises TargetError naming the place."""
    for file, options in _by_file(document).items():
        template = _template(document, file, options)
        text = _text(directory / template, f"options.{options[0]}.actuator.template")
        _check_names(text, template, options, space)
        knob = Knob("file", f"{directory.resolve()}//{file}")
        checked(f"options.{options[0]}.actuator.file", actuator("file").check, knob.address)
        yield Setting(knob, tuple(options), text)


def _by_file(document: TargetDocument) -> dict[str, list[str]]:
    options: dict[str, list[str]] = {}
    for name, option in document.options.items():
        if option.actuator is not None and option.actuator.file is not None:
            options.setdefault(option.actuator.file, []).append(name)
    return options


def _template(document: TargetDocument, file: str, options: list[str]) -> str:
    """Return the template of a file, by default the file's name with `.in`."""
    sections = [document.options[name].actuator for name in options]
    named = {section.template for section in sections if section is not None and section.template}
    if len(named) > 1:
        raise TargetError(f"options.{options[-1]}.actuator.template: {file!r} has more than one template: "
                          f"{', '.join(sorted(named))}")  # fmt: skip
    return next(iter(named), f"{file}.in")


def _check_names(text: str, template: str, options: list[str], space: Space) -> None:
    placeholders.check([text], template)
    there = placeholders.names([text])
    for name in sorted(there):
        if name not in space.by_name:
            raise TargetError(f"{template}: {{{name}}} names no option{nearest(name, space.names)}")
    for name in options:
        if name not in there:
            raise TargetError(f"options.{name}.actuator.file: the template {template!r} does not hold {{{name}}}")


def _text(path: Path, place: str) -> str:
    try:
        if path.exists() and not path.is_file():  # a device or a pipe would never end
            raise TargetError(f"{place}: {path} is no regular file")
        if path.stat().st_size > _MOST_BYTES:
            raise TargetError(f"{place}: {path} is too large for a template")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TargetError(f"{place}: cannot read {path}: {error}") from None
