"""What to measure first: a spread-out random sample of the space, the default, and what lies around the fault."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import overload

import numpy as np
from scipy.stats import qmc

from cadet.debugging.encoding import Encoding
from cadet.model.option import Configuration
from cadet.model.space import Space

NEAR = 0.2  # share of the design spent next to the fault; see docs/decisions/0003-verification.md
CROSSED = 0.5  # share of the sample that gives way to rows between the fault and the best; see 0011-search.md
LEAST = 8  # random configurations measured in any case: fewer say nothing about what they do not show
_ROUNDS = 40  # blocks of the sequence tried in a constrained space before it is declared used up
_POOL = 20  # recorded configurations drawn per configuration wanted, to spread the sample out


@dataclass(frozen=True)
class Design(Sequence[Configuration]):
    """The first configurations: `sample` is random over the whole space, `near` is chosen around the fault.

    crossed: how many more follow, between the fault and the best of the sample. later: further random configurations,
    for as long as nothing meets the goals.
    """

    sample: tuple[Configuration, ...]
    near: tuple[Configuration, ...]
    crossed: int = 0
    later: tuple[Configuration, ...] = ()

    def __len__(self) -> int:
        return len(self.sample) + len(self.near)

    def with_crossing(self) -> Design:
        """Return the same number of rows, of which some are only chosen when the sample was measured."""
        random = max(round((1 - CROSSED) * len(self.sample)), min(LEAST, len(self.sample)))
        return Design(self.sample[:random], self.near, len(self.sample) - random, self.sample[random:])

    @overload
    def __getitem__(self, index: int) -> Configuration: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Configuration]: ...
    def __getitem__(self, index: int | slice) -> Configuration | Sequence[Configuration]:
        return (*self.sample, *self.near)[index]


def initial_design(
    space: Space, fault: Configuration, n: int, rng: np.random.Generator, accepted: frozenset[str]
) -> Design:
    """Return up to `n` distinct permitted configurations besides the fault; fewer where the space has fewer.

    What the fault itself already gives up is permitted too. The default, where it is permitted, counts as near.
    """
    allowed = accepted | space.given_up(fault)
    near = list(islice(_around(space, fault, rng, allowed), round(NEAR * n)))
    sample = list(islice(random_configurations(space, rng, allowed, {fault, *near}), n - len(near)))
    return Design(tuple(sample), tuple(near))


def random_configurations(
    space: Space, rng: np.random.Generator, allowed: frozenset[str], known: Iterable[Configuration] = ()
) -> Iterator[Configuration]:
    """Yield distinct permitted configurations that fill the space; ends when none turns up any more."""
    source = _recorded(space, rng) if space.recorded is not None else _sobol(space, rng)
    seen = set(known)
    for configuration in source:
        if configuration not in seen and space.permits(configuration, allowed):
            seen.add(configuration)
            yield configuration


def _around(
    space: Space, fault: Configuration, rng: np.random.Generator, allowed: frozenset[str]
) -> Iterator[Configuration]:
    """Yield the default, then single changes of the fault, one option after the other in random order."""
    if space.default != fault and space.permits(space.default, allowed):
        yield space.default
    by_option: dict[str, list[Configuration]] = {}
    for neighbour in space.neighbours(fault, allowed):
        if neighbour != space.default:
            changed = next(c.option for c in space.changes(fault, neighbour))
            by_option.setdefault(changed, []).append(neighbour)
    order = [list(by_option)[i] for i in rng.permutation(len(by_option))]
    for turn in range(max(map(len, by_option.values()), default=0)):
        for name in order:
            if turn < len(by_option[name]):
                if turn == 0:
                    by_option[name] = [by_option[name][i] for i in rng.permutation(len(by_option[name]))]
                yield by_option[name][turn]


def _sobol(space: Space, rng: np.random.Generator) -> Iterator[Configuration]:
    """Yield a scrambled Sobol sequence in blocks of 64, mapped through the domains."""
    sequence = qmc.Sobol(d=max(len(space.options), 1), scramble=True, rng=rng)
    for _ in range(_ROUNDS):
        for point in sequence.random(64):
            yield space.configuration({o.name: o.domain.from_unit(float(u)) for o, u in zip(space.options, point,
                                                                                            strict=True)})  # fmt: skip


def _recorded(space: Space, rng: np.random.Generator) -> Iterator[Configuration]:
    """Yield recorded configurations, each the one of a random pool that is farthest from all before (maximin)."""
    assert space.recorded is not None
    rest = [space.recorded[i] for i in rng.permutation(len(space.recorded))]
    places = Encoding(space, space.recorded[0]).matrix(rest)
    distance = np.full(len(rest), np.inf)
    while rest:
        pool = min(_POOL, len(rest))
        chosen = int(np.argmax(distance[:pool]))
        yield rest[chosen]
        distance = np.minimum(distance, np.abs(places - places[chosen]).sum(1))
        keep = np.concatenate([np.arange(pool, len(rest)), np.delete(np.arange(pool), chosen)])
        rest, places, distance = [rest[i] for i in keep], places[keep], distance[keep]
