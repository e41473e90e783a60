"""Every configuration one may ask for: options, conditions, constraints and consents."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from cadet.errors import DomainError, nearest
from cadet.model.domain import Value
from cadet.model.expression import Expression
from cadet.model.option import NO_CONTEXT, Configuration, Context, Level, Option


@dataclass(frozen=True)
class Constraint:
    """An expression that every configuration must satisfy, and why."""

    expression: Expression
    reason: str = ""


@dataclass(frozen=True)
class Consent:
    """A combination of values that costs something: never proposed or measured unless `cost` was accepted."""

    expression: Expression
    cost: str


@dataclass(frozen=True)
class Change:
    """One option of a fix: its value in the fault (None where it did not exist) and in the fix."""

    option: str
    before: Value | None
    after: Value


@dataclass(frozen=True)
class Space:
    """The options of a target and what may be combined.

    `recorded` lists the only configurations a recorded device can answer; None means that everything can be run.
    """

    options: tuple[Option, ...]
    constraints: tuple[Constraint, ...] = ()
    consents: tuple[Consent, ...] = ()
    context: tuple[Context, ...] = ()
    recorded: tuple[Configuration, ...] | None = field(default=None, repr=False)

    @cached_property
    def by_name(self) -> Mapping[str, Option]:
        """The options by name, in the order of the target file."""
        return {option.name: option for option in self.options}

    @property
    def names(self) -> tuple[str, ...]:
        """The option names, in the order of the target file."""
        return tuple(self.by_name)

    @cached_property
    def default(self) -> Configuration:
        """The configuration in which every option has its default."""
        return self.configuration({})

    @cached_property
    def _costly(self) -> tuple[Option, ...]:
        return tuple(option for option in self.options if option.consent)

    @cached_property
    def _conditional(self) -> bool:
        return any(option.when is not None for option in self.options)

    @cached_property
    def _always(self) -> frozenset[str]:
        return frozenset(self.by_name)

    @cached_property
    def _recorded(self) -> frozenset[Configuration]:
        return frozenset(self.recorded or ())

    def configuration(self, values: Mapping[str, object]) -> Configuration:
        """Complete `values` with defaults and bring each to canonical form; inactive options take their default.

        Raises DomainError for an unknown option (naming the nearest) or a value outside its domain.
        """
        for name in values:
            if name not in self.by_name:
                raise DomainError(f"unknown option {name!r}{nearest(name, self.by_name)}")
        chosen = {o.name: self._canonical(o, values.get(o.name, o.default)) for o in self.options}
        return Configuration(self._settle(chosen))

    def change(self, configuration: Configuration, changes: Mapping[str, object]) -> Configuration:
        """Return `configuration` with `changes` made."""
        if self._conditional or not changes.keys() <= self.by_name.keys():
            return self.configuration({**configuration, **changes})
        made = {name: self._canonical(self.by_name[name], value) for name, value in changes.items()}
        return Configuration(dict(configuration.items()) | made)

    def active(self, configuration: Mapping[str, Value]) -> frozenset[str]:
        """Return the names of the options that exist under this configuration (`when`)."""
        if not self._conditional:
            return self._always
        return frozenset(o.name for o in self.options if o.when is None or o.when.holds(configuration))

    def changes(self, before: Configuration, after: Configuration) -> tuple[Change, ...]:
        """Return what to set to get from `before` to `after`; options that do not exist in `after` are left out."""
        was, now = self.active(before), self.active(after)
        pairs = zip(before.items(), after.values(), strict=True)  # both are sorted by name
        unlike = {name for (name, old), new in pairs if old != new} & now
        differing = [name for name in self.names if name in unlike] if unlike else []
        return tuple(Change(n, before[n] if n in was else None, after[n]) for n in differing)

    def violations(self, configuration: Configuration) -> tuple[Constraint, ...]:
        """Return the constraints that the configuration breaks."""
        return tuple(c for c in self.constraints if not c.expression.holds(configuration))

    def surrenders(self, configuration: Configuration) -> Mapping[str, str]:
        """Return what the configuration gives up, by its source: `journal == 'off'` or the text of a consent."""
        active = self.active(configuration)
        by_value = {f"{o.name} == {configuration[o.name]!r}": o.consent[configuration[o.name]] for o in self._costly
                    if o.name in active and configuration[o.name] in o.consent}  # fmt: skip
        return by_value | {c.expression.text: c.cost for c in self.consents if c.expression.holds(configuration)}

    def consent(self, configuration: Configuration) -> frozenset[str]:
        """Return every cost of the configuration besides time."""
        return frozenset(self.surrenders(configuration).values())

    def given_up(self, configuration: Configuration) -> frozenset[str]:
        """Return the sources of what the configuration gives up already.

        Accepting them lets a fix keep what a fault has, and opens no other way to the same cost.
        """
        return frozenset(self.surrenders(configuration))

    def asks(self, configuration: Configuration, accepted: frozenset[str]) -> frozenset[str]:
        """Return the costs that still need a consent; `accepted` holds costs and sources."""
        given = self.surrenders(configuration).items()
        return frozenset(cost for source, cost in given if cost not in accepted and source not in accepted)

    def feasible(self, configuration: Configuration) -> bool:
        """Tell whether the configuration can be run: constraints hold and, on a recorded device, it was recorded."""
        if self.recorded is not None and configuration not in self._recorded:
            return False
        return not self.violations(configuration)

    def permits(self, configuration: Configuration, accepted: frozenset[str]) -> bool:
        """Tell whether the configuration is feasible and gives up nothing beyond `accepted` (costs and sources)."""
        return self.feasible(configuration) and not self.asks(configuration, accepted)

    def neighbours(self, configuration: Configuration, accepted: frozenset[str]) -> Iterator[Configuration]:
        """Yield every permitted configuration that differs in one active option."""
        for name in sorted(self.active(configuration)):
            for value in self.by_name[name].levels:
                neighbour = self.change(configuration, {name: value})
                if neighbour != configuration and self.permits(neighbour, accepted):
                    yield neighbour

    def level(self, values: Mapping[str, object]) -> Level:
        """Return the context level that `values` names; raises DomainError when a variable is missing or unknown."""
        wanted = {c.name for c in self.context}
        if set(values) != wanted:
            raise DomainError(f"context is {sorted(wanted)}, got {sorted(values)}")
        return Configuration({c.name: c.domain.canonical(values[c.name]) for c in self.context})

    def levels(self, fixed: Mapping[str, object] | None = None) -> tuple[Level, ...]:
        """Return every combination of context values, or those that agree with `fixed`."""
        if not self.context:
            return (NO_CONTEXT,)
        lists: Iterable[tuple[Value, ...]] = [
            (c.domain.canonical(fixed[c.name]),) if fixed and c.name in fixed else c.domain.levels()
            for c in self.context
        ]
        names = [c.name for c in self.context]
        return tuple(Configuration(dict(zip(names, combo, strict=True))) for combo in itertools.product(*lists))

    def _canonical(self, option: Option, value: object) -> Value:
        try:
            return option.domain.canonical(value)
        except DomainError as error:
            raise DomainError(f"option {option.name!r}: {error}") from None

    def _settle(self, chosen: dict[str, Value]) -> dict[str, Value]:
        for _ in self.options:  # a condition may hang on an option that is itself conditional
            active = self.active(chosen)
            settled = {n: v if n in active else self.by_name[n].default for n, v in chosen.items()}
            if settled == chosen:
                break
            chosen = settled
        return chosen
