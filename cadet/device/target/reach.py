"""How options reach the workload: each must, and each placeholder must name something."""

from __future__ import annotations

from collections.abc import Iterator

from cadet.device.target import placeholders
from cadet.device.target.document import TargetDocument
from cadet.errors import TargetError, nearest

PORT = "port"  # in [service]: a free port, where no option is called so


def check_reach(document: TargetDocument) -> None:
    """Raise TargetError for a placeholder that names nothing and for an option that reaches the workload nowhere."""
    for place, argv, known in _argvs(document):
        placeholders.check(argv, place)
        _check_known(document, place, argv, known)
    if document.workload.command is not None:
        _check_reached(document)
    else:
        _check_unneeded(document)


def _argvs(document: TargetDocument) -> Iterator[tuple[str, list[str], frozenset[str]]]:
    variables = frozenset((*document.options, *document.context))
    served = variables | {PORT} if document.service else variables
    workload, service = document.workload, document.service
    for i, argv in enumerate(workload.setup):
        yield f"workload.setup[{i}]", argv, frozenset()
    for hook in ("prepare", "cleanup"):
        for i, argv in enumerate(getattr(workload, hook)):
            yield f"workload.{hook}[{i}]", argv, variables
    if workload.command is not None:
        yield "workload.command", workload.command, served
    if service is not None:
        ready = service.ready
        yield "service.start", service.start, served
        yield "service.stop", service.stop, served
        yield "service.ready", [*filter(None, (ready.tcp, ready.http)), *(ready.command or [])], served
    for name, objective in document.objectives.items():
        if objective.source.startswith("filesize:"):
            yield f"objectives.{name}.from", [objective.source], variables


def _check_known(document: TargetDocument, place: str, argv: list[str], known: frozenset[str]) -> None:
    for name in sorted(placeholders.names(argv)):
        if name not in known and place.startswith("workload.setup"):
            raise TargetError(f"{place}: {{{name}}}: setup runs once per study and knows no option; use prepare")
        if name not in known:
            raise TargetError(
                f"{place}: {{{name}}} names no option or context{nearest(name, known)} (a brace is '{{{{')"
            )
    for name in sorted(placeholders.flag_names(argv)):
        option = document.options.get(name)
        if option is None:
            raise TargetError(f"{place}: {{flag:{name}}} names no option{nearest(name, document.options)}")
        if option.flag is None:
            raise TargetError(f"{place}: {{flag:{name}}} needs a table: [options.{name}] flag = {{ ... }}")


def _check_reached(document: TargetDocument) -> None:
    argvs = [argv for place, argv, _ in _argvs(document) if not place.startswith("objectives.")]
    plain = {name for argv in argvs for name in placeholders.names(argv)}
    flags = {name for argv in argvs for name in placeholders.flag_names(argv)}
    for name, option in document.options.items():
        if option.flag is not None and name not in flags:
            raise TargetError(f"options.{name}.flag: no command holds {{flag:{name}}}")
        if name not in plain | flags and option.actuator is None:
            raise TargetError(f"options.{name}: reaches the workload nowhere; put {{{name}}} into workload.command, "
                              "or give it an actuator")  # fmt: skip
    for name in document.context:
        if name not in plain:
            raise TargetError(f"context.{name}: reaches the workload nowhere; put {{{name}}} into workload.command")


def _check_unneeded(document: TargetDocument) -> None:
    kind = document.workload.kinds[0]
    for name, option in document.options.items():
        started = option.actuator is not None and {"env", "process"} & set(option.actuator.kinds)
        foreign = option.actuator is not None and (kind != "function" or started)
        for key, wrong in (("flag", option.flag is not None), ("actuator", foreign)):
            if wrong:
                raise TargetError(f"options.{name}.{key}: belongs to a command; a {kind} gets every option by name")
