"""What both tuners need: an optional package, and an answer for whatever they propose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Any

import numpy as np

from cadet.bench.baselines.exploration import Exploration
from cadet.bench.baselines.seen import Floats
from cadet.debugging.encoding import Encoding
from cadet.errors import CapabilityMissing
from cadet.model.domain import Interval
from cadet.model.option import Configuration, Option

TURNS = 10  # proposals per measurement that is left: many may be forbidden or known


def extra(module: str) -> Any:
    """Import a module of the extra `bench`; raises CapabilityMissing saying how to install it."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise CapabilityMissing(f"{error.name} is not installed", remedy="pip install 'cadet[bench]'") from error


def told(options: Mapping[str, Option], configuration: Configuration) -> dict[str, object]:
    """Return a configuration as tuners see it: numbers as they are, everything else by its place in the list."""
    return {name: _place(option, configuration[name]) for name, option in options.items()}


def meant(options: Mapping[str, Option], proposed: Mapping[str, Any]) -> dict[str, object]:
    """Return the values that a tuner's numbers and places mean."""
    domains = {name: options[name].domain for name in proposed}
    return {n: v if isinstance(d := domains[n], Interval) else d.values[int(v)] for n, v in proposed.items()}


def _place(option: Option, value: object) -> object:
    if isinstance(option.domain, Interval):
        return value
    return next(i for i, v in enumerate(option.domain.values) if type(v) is type(value) and v == value)


@dataclass(frozen=True)
class Oracle:
    """Answers a tuner's proposals by measuring them, or what is nearest to them on a recorded device."""

    exploration: Exploration

    def __call__(self, proposed: Configuration) -> tuple[Configuration, float]:
        """Return what was measured and its shortfall; the worst one seen for what cannot be measured."""
        configuration = self._nearest(proposed)
        measured = self.exploration.measure(configuration)
        configurations, shortfall = self.exploration.table()
        answer = shortfall[configurations.index(configuration)] if measured else shortfall.max()
        return configuration, float(answer)

    @cached_property
    def _recorded(self) -> Sequence[Configuration]:
        search = self.exploration.search
        return [c for c in search.space.recorded or () if search.space.permits(c, search.allowed)]

    @cached_property
    def _encoding(self) -> Encoding:
        return Encoding(self.exploration.space, self.exploration.fault)

    @cached_property
    def _places(self) -> Floats:
        return self._encoding.matrix(self._recorded)

    def _nearest(self, proposed: Configuration) -> Configuration:
        """Return the recorded configuration that is nearest and was not measured; elsewhere what was proposed."""
        if self.exploration.space.recorded is None:
            return proposed
        distance = np.abs(self._places - self._encoding.matrix([proposed])).sum(axis=1)
        known = self.exploration.notebook.known()
        order = np.argsort(distance, kind="stable")
        return next((self._recorded[i] for i in order if self._recorded[i] not in known), proposed)
