"""EnCore: rules that good configurations obey, and which of them the fault breaks.

Zhang et al., EnCore: Exploiting system environment and correlation information for misconfiguration detection, ASPLOS
2014. From sample configurations it learns rules by templates with support and confidence, filters attributes of low
entropy, and warns of broken correlations first, then of values never seen, those of attributes with few values first.

How far it applies to performance: the samples are the measured configurations that meet the goals (the paper has no
objective). Of the templates those about values apply, A = a implies B = b, A = B and A <= B; those about users, paths
and ports of the environment do not, and types are what the target file checks. Left open: how to fix. A broken rule
names its options and the value that would obey it; suspects are changed one by one, then together. In its favour: what
is rarer among the good than a random design would make it counts as suspicious, not only what was never seen, and
everything is learned again after each measurement.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from operator import eq, le

import numpy as np

from cadet.bench.baselines.baseline import Baseline
from cadet.bench.baselines.escape import tried
from cadet.bench.baselines.exploration import Exploration
from cadet.bench.baselines.finding import Finding, fewest_changes
from cadet.bench.baselines.options import level_of, promising_values
from cadet.model.domain import Value, number
from cadet.model.option import Configuration
from cadet.model.space import Space

SUPPORT = 0.10  # of the samples, in which a rule applies
CONFIDENCE = 0.90  # of those in which it applies, in which it holds
ENTROPY = 0.325  # nats: less than one value in nine of ten samples leaves, and an attribute correlates with everything
_SUSPECTS = 8


@dataclass(frozen=True)
class Broken:
    """A rule that the fault breaks: which option to change, the values that would obey the rule, and how sure it is."""

    option: str
    obey: tuple[Value, ...]
    confidence: float
    support: float


def entropy(values: Sequence[Value]) -> float:
    """Return the entropy of a sample in nats."""
    shares = [n / len(values) for n in Counter(map(repr, values)).values()]
    return -sum(p * math.log(p) for p in shares)


def broken(space: Space, good: Sequence[Configuration], fault: Configuration) -> list[Broken]:
    """Return the correlations of the good configurations that the fault breaks, the surest first."""
    levels = [{n: level_of(space.by_name[n], c[n]) for n in space.names} for c in good]
    now = {n: level_of(space.by_name[n], fault[n]) for n in space.names}
    varied = [n for n in space.names if n in space.active(fault) and entropy([c[n] for c in levels]) >= ENTROPY]
    found = [*_implications(levels, now, varied), *_orders(space, good, fault, varied)] if good else []
    return sorted(found, key=lambda b: (-b.confidence, -b.support, b.option))


def _implications(
    levels: Sequence[Mapping[str, Value]], now: Mapping[str, Value], varied: Sequence[str]
) -> Iterator[Broken]:
    """Yield A = a implies B = b, where the fault has A = a and another value of B."""
    for a in varied:
        applies = [c for c in levels if c[a] == now[a]]
        if len(applies) < max(SUPPORT * len(levels), 2):
            continue
        for b in varied:
            value, n = Counter(c[b] for c in applies).most_common(1)[0]
            if b != a and value != now[b] and n / len(applies) >= CONFIDENCE:
                yield Broken(b, (value,), n / len(applies), len(applies) / len(levels))


def _orders(
    space: Space, good: Sequence[Configuration], fault: Configuration, varied: Sequence[str]
) -> Iterator[Broken]:
    """Yield A <= B and A = B between options with the same numbers, where the fault breaks them."""
    numeric = [n for n in varied if all(number(v) is not None for v in space.by_name[n].levels)]
    for a, b in permutations(numeric, 2):
        if space.by_name[a].domain != space.by_name[b].domain:
            continue
        place, levels = space.by_name[a].domain.position, space.by_name[a].levels
        for holds in (le, eq) if a < b else (le,):  # A = B says the same as B = A
            share = sum(holds(place(c[a]), place(c[b])) for c in good) / len(good)
            if share >= CONFIDENCE and not holds(place(fault[a]), place(fault[b])):
                yield Broken(a, tuple(v for v in levels if holds(place(v), place(fault[b]))), share, 1.0)
                yield Broken(b, tuple(v for v in levels if holds(place(fault[a]), place(v))), share, 1.0)


def suspicious(space: Space, good: Sequence[Configuration], fault: Configuration) -> list[str]:
    """Return the options whose value in the fault is rarer among the good than chance has it, the rarest first.

    Of equals those with few different values come first (inverse change frequency).
    """
    scored = []
    for name in sorted(space.active(fault)):
        option = space.by_name[name]
        taken = [level_of(option, c[name]) for c in good]
        share = sum(v == level_of(option, fault[name]) for v in taken) / max(len(taken), 1)
        lift = share * len(option.levels)
        if taken and lift < 1 and len(option.levels) > 1:
            scored.append((lift, len(set(map(repr, taken))), name))
    return [name for _, _, name in sorted(scored)]


def find(exploration: Exploration, rng: np.random.Generator) -> Finding:
    """Change what breaks a rule or is suspicious, until the goals are met."""
    while exploration.left > 0:
        met = tried(exploration, _suspects(exploration))
        if met is None or met:
            break
    return fewest_changes(exploration)


def _suspects(exploration: Exploration) -> list[tuple[str, list[Value]]]:
    space, fault, good = exploration.space, exploration.fault, exploration.good
    suspects: dict[str, list[Value]] = {}
    for rule in broken(space, good, fault):
        if rule.option not in suspects:
            suspects[rule.option] = [v for v in promising_values(exploration, rule.option) if v in rule.obey]
    for name in suspicious(space, good, fault):
        if name in suspects:
            continue
        seen = Counter(level_of(space.by_name[name], c[name]) for c in good)
        values = sorted(promising_values(exploration, name), key=lambda v: -seen[v])
        suspects[name] = values
    return [(name, values) for name, values in suspects.items() if values][:_SUSPECTS]


strategy = Baseline(find)
