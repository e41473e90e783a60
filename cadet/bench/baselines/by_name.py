"""Strategies by name: `forest`, `forest+dd` (its fix minimised), `forest+dd+verified`, `forest+verified`."""

from __future__ import annotations

from dataclasses import replace

from cadet.bench.baselines.baseline import Baseline
from cadet.bench.strategy import Strategy
from cadet.errors import UsageError, nearest
from cadet.plugins import load, names

MINIMISED = "dd"
VERIFIED = "verified"
FORMS = (MINIMISED, VERIFIED)


def named(name: str) -> Strategy:
    """Return the strategy that a name means; raises UsageError for an unknown one, or a form that it has not."""
    base, forms = parts(name)
    strategy: Strategy = load("strategy", base)
    if not forms:
        return strategy
    if not isinstance(strategy, Baseline):
        raise UsageError(f"{name!r}: {base!r} has no other forms, it minimises and verifies itself; name it alone")
    return replace(strategy, minimise=MINIMISED in forms, verify=VERIFIED in forms)


def parts(name: str) -> tuple[str, frozenset[str]]:
    """Return the registered name and the forms asked for; raises UsageError for those that nobody knows."""
    base, *forms = name.split("+")
    if base not in names("strategy"):
        raise UsageError(f"no strategy is called {base!r}{nearest(base, names('strategy'))}")
    for form in forms:
        if form not in FORMS:
            raise UsageError(f"{name!r}: no form is called {form!r}{nearest(form, FORMS)}")
    return base, frozenset(forms)
