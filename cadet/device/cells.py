"""What one cell of a foreign table means."""

from __future__ import annotations

import math
from collections.abc import Mapping

from cadet.errors import DomainError
from cadet.model.domain import Domain, Value
from cadet.model.option import Configuration
from cadet.model.space import Space

_MISSING = frozenset({"", "nan", "na", "n/a", "null", "none"})
_EXACT = 2**63  # whole numbers below stay whole; counters beyond do not exist


def missing(cell: object) -> bool:
    """Tell whether a cell holds nothing."""
    if isinstance(cell, str):
        return cell.strip().lower() in _MISSING
    return cell is None or (isinstance(cell, float) and math.isnan(cell))


def number(cell: object) -> float | None:
    """Return the number in a cell, infinite ones too, or None; whole numbers stay exact, booleans are 0 and 1."""
    try:
        if isinstance(cell, int) or (isinstance(cell, str) and cell.strip().lstrip("+-").isdigit()):
            whole = int(cell)
            return whole if abs(whole) < _EXACT else float(whole)
        return float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None


def canonical(domain: Domain, cell: object) -> Value:
    """Return the value of the domain that a cell spells, blanks around it allowed; raises DomainError."""
    try:
        return domain.canonical(cell)
    except DomainError:
        if isinstance(cell, str) and cell != cell.strip():
            return domain.canonical(cell.strip())
        raise


def option_value(domain: Domain, cell: object, may_be_empty: bool) -> tuple[Value | None, str]:
    """Return the value of a cell (None where it is empty and may be), and what is wrong with it, or ""."""
    try:
        return canonical(domain, cell), ""  # first, since "none" and "" may be values
    except DomainError as error:
        if not missing(cell):
            return None, str(error)
        return None, "" if may_be_empty else "the cell is empty"


def complete(space: Space, given: Mapping[str, Value]) -> Configuration:
    """Return the configuration of the values in a row; raises DomainError for an option that exists in it without one.

    An option whose condition is false in this configuration needs no value.
    """
    configuration = space.configuration(given)
    empty = sorted(space.active(configuration) - given.keys())
    if empty:
        when = space.by_name[empty[0]].when
        raise DomainError(f"option {empty[0]!r} is empty, but it exists in this configuration "
                          f"({when.text if when else 'always'})")  # fmt: skip
    return configuration
