"""From the sections of a target file to its space: options, conditions, constraints, consents and context."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import cast

from cadet.device.target.document import OptionSection, TargetDocument
from cadet.device.target.domains import by_value, canonical, context_domain, option_domain
from cadet.errors import ExpressionError, TargetError, nearest
from cadet.model.domain import Choice, Domain
from cadet.model.expression import Expression
from cadet.model.option import Context, Option
from cadet.model.space import Consent, Constraint, Space


def build_space(document: TargetDocument) -> Space:
    """Return the space that the file describes; raises TargetError naming the place."""
    names = tuple(document.options)
    options = tuple(_option(name, section, names) for name, section in document.options.items())
    _refuse_cycles(options)
    space = Space(
        options=options,
        constraints=tuple(
            Constraint(expression(c.expr, names, f"constraints[{i}].expr"), c.reason)
            for i, c in enumerate(document.constraints)
        ),
        consents=tuple(
            Consent(expression(c.expr, names, f"consent[{i}].expr"), c.cost) for i, c in enumerate(document.consent)
        ),
        context=tuple(Context(n, context_domain(c, f"context.{n}")) for n, c in document.context.items()),
    )
    _check_expressions(space)
    return space


def build_flags(document: TargetDocument, space: Space) -> dict[str, dict[object, tuple[str, ...]]]:
    """Return the arguments of each option with a `flag` table, by value; every value must be there."""
    flags: dict[str, dict[object, tuple[str, ...]]] = {}
    for name, section in document.options.items():
        if section.flag is not None:
            flags[name] = _flag(section.flag, space.by_name[name].domain, f"options.{name}.flag")
    return flags


def expression(text: str, names: Collection[str], place: str) -> Expression:
    """Read an expression over options; raises TargetError for bad syntax and unknown names (with the nearest)."""
    try:
        parsed = Expression(text)
    except ExpressionError as error:
        raise TargetError(f"{place}: {error}") from None
    for name in sorted(parsed.names):
        if name not in names:
            raise TargetError(f"{place}: {text!r} names {name!r}, which is no option{nearest(name, names)}")
    return parsed


def _option(name: str, section: OptionSection, names: Collection[str]) -> Option:
    place = f"options.{name}"
    domain = option_domain(section, place)
    return Option(
        name,
        domain,
        canonical(domain, section.default, f"{place}.default"),
        layer=section.layer,
        when=expression(section.when, names, f"{place}.when") if section.when is not None else None,
        consent=cast("Mapping[bool | int | float | str, str]", by_value(section.consent, domain, f"{place}.consent")),
        cost_s=section.cost_s,
    )


def _flag(section: Mapping[str, list[str]], domain: Domain, place: str) -> dict[object, tuple[str, ...]]:
    if not isinstance(domain, Choice):
        raise TargetError(f"{place}: needs listed values; a range goes into the command as a placeholder")
    arguments = by_value(section, domain, place)
    missing = [value for value in domain.values if value not in arguments]
    if missing:
        raise TargetError(f"{place}: no arguments for {', '.join(map(repr, missing))}; write [] for none")
    return {value: tuple(cast("list[str]", given)) for value, given in arguments.items()}


def _refuse_cycles(options: tuple[Option, ...]) -> None:
    needs = {o.name: o.when.names if o.when else frozenset[str]() for o in options}

    def visit(name: str, trail: tuple[str, ...]) -> None:
        if name in trail:
            circle = " -> ".join((*trail[trail.index(name) :], name))
            raise TargetError(f"options.{name}.when: exists only if it exists: {circle}")
        for other in sorted(needs[name]):
            visit(other, (*trail, name))

    for name in needs:
        visit(name, ())


def _check_expressions(space: Space) -> None:
    try:
        broken = space.violations(space.default)
        space.surrenders(space.default)
    except ExpressionError as error:
        raise TargetError(f"expressions on the default configuration: {error}") from None
    if broken:
        reason = f" ({broken[0].reason})" if broken[0].reason else ""
        raise TargetError(f"constraints: the defaults break {broken[0].expression.text!r}{reason}")
