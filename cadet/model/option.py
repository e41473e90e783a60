"""What can be set (`Option`), what is only given (`Context`), and one choice for every option (`Configuration`)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from dataclasses import dataclass, field
from functools import cached_property

from cadet.model.domain import Domain, Value
from cadet.model.expression import Expression

_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True)
class Option:
    """Something we can set. `consent` maps a value to what proposing it would give up (durability, quality, ...)."""

    name: str
    domain: Domain
    default: Value
    layer: str = "application"
    when: Expression | None = None
    consent: Mapping[Value, str] = field(default_factory=dict)
    cost_s: float = 0.0

    @cached_property
    def levels(self) -> tuple[Value, ...]:
        """The values that searches enumerate, the default among them."""
        levels = self.domain.levels()
        return levels if self.default in levels else (*levels, self.default)


@dataclass(frozen=True)
class Context:
    """A condition that is neither set to fix things nor caused by options (load, input size)."""

    name: str
    domain: Domain


class Configuration(Mapping[str, Value]):
    """One value for every option: immutable, hashable, equal when every value is.

    Make one with `Space.configuration`, which fills in defaults and canonical values.
    """

    __slots__ = ("_key", "_values")

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = dict(sorted(values.items()))
        self._key = ""  # written when it is first wanted: searches go through thousands that nobody names

    def __getitem__(self, name: str) -> Value:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def keys(self) -> KeysView[str]:
        """Return the option names, sorted."""
        return self._values.keys()

    def values(self) -> ValuesView[Value]:
        """Return the values in the order of the sorted names."""
        return self._values.values()

    def items(self) -> ItemsView[str, Value]:
        """Return names and values, sorted by name."""
        return self._values.items()

    def __hash__(self) -> int:
        return hash(tuple(self._values.values()))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Configuration) or self._values != other._values:
            return False
        return self.key == other.key  # 1, 1.0 and True are equal values, and not the same configuration

    def __repr__(self) -> str:
        return f"Configuration({self.key})"

    @property
    def key(self) -> str:
        """Canonical JSON: the identity of the configuration, also across processes."""
        if not self._key:
            self._key = _JSON.encode(self._values)
        return self._key

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits that name the configuration."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:12]


Level = Configuration
"""One value for every context variable; the empty level where there is no context."""

NO_CONTEXT: Level = Configuration({})
