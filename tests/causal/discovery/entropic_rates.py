"""How often the entropic criterion is right on pairs with known truth.

    python -m tests.causal.discovery.entropic_rates [ROWS ...]

prints, by kind of pair and number of rows, how many of the pairs are read as X → Y, as Y → X and as X ↔ Y; then, for
worlds with a true PAG, how many of its circles each way of resolving them reads as they are.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from itertools import product

import numpy as np
import numpy.typing as npt

from cadet.causal.discovery import fci, resolve
from cadet.causal.discovery.entropic import CONFOUNDED, FORWARD, criterion, joint, readings
from cadet.causal.independence import Oracle
from cadet.model.graph import Mark
from cadet.model.knowledge import Knowledge
from tests.causal.discovery.graphs import Truth, confounded_truth, random_truth, true_mag

Floats = npt.NDArray[np.float64]
Pair = tuple[Floats, Floats]
Kind = Callable[[np.random.Generator, int], Pair]
Draw = Callable[[Truth, int, np.random.Generator], dict[str, Floats]]
ROWS = (50, 100, 300, 1_000)
PAIRS = 200
WORLDS = 60


def linear(rng: np.random.Generator, n: int) -> Pair:
    """As strong as `hidden_normal`: the two have one distribution, which no criterion can take apart."""
    a, b = rng.uniform(1.0, 2.0, 2)
    r = a * b / np.sqrt((a**2 + 1) * (b**2 + 1))
    x = rng.standard_normal(n)
    return x, r * x + np.sqrt(1 - r**2) * rng.standard_normal(n)


def skewed(rng: np.random.Generator, n: int) -> Pair:
    x = rng.exponential(size=n)
    return x, rng.uniform(0.8, 2.0) * x + rng.exponential(size=n)


def saturating(rng: np.random.Generator, n: int) -> Pair:
    x = rng.standard_normal(n)
    return x, np.tanh(2 * x) + rng.uniform(0.2, 0.5) * rng.standard_normal(n)


def u_shaped(rng: np.random.Generator, n: int) -> Pair:
    x = rng.uniform(-1, 1, n)
    return x, x**2 + 0.1 * rng.standard_normal(n)


def counter(rng: np.random.Generator, n: int) -> Pair:
    x = np.exp(0.7 * rng.standard_normal(n))
    return x, rng.poisson(5 * x).astype(float)


def heavy_tails(rng: np.random.Generator, n: int) -> Pair:
    x = rng.standard_t(2, n)
    return x, x * np.exp(0.5 * rng.standard_normal(n))


def categories(rng: np.random.Generator, n: int) -> Pair:
    """Y = f(X, E) with a random f of five levels and an E of about one bit: what the criterion was made for."""
    x = rng.choice(5, n, p=rng.dirichlet(np.ones(5)))
    noise = rng.choice(4, n, p=rng.permutation([0.8, 0.1, 0.07, 0.03]))
    return x.astype(float), rng.integers(0, 5, (5, 4))[x, noise].astype(float)


def steps(rng: np.random.Generator, n: int) -> Pair:
    """Y follows X over five ordered levels, and now and then is a level beside."""
    x = rng.choice(5, n, p=rng.dirichlet(np.ones(5)))
    return x.astype(float), np.clip(x + rng.choice(3, n, p=[0.15, 0.7, 0.15]) - 1, 0, 4).astype(float)


def hidden_normal(rng: np.random.Generator, n: int) -> Pair:
    z = rng.standard_normal(n)
    x, y = (rng.uniform(1.0, 2.0) * z + rng.standard_normal(n) for _ in range(2))
    return x, y


def hidden_load(rng: np.random.Generator, n: int) -> Pair:
    """A hidden log-normal load drives two counters."""
    z = np.exp(0.7 * rng.standard_normal(n))
    x, y = (rng.poisson(rate * z).astype(float) for rate in (5.0, 8.0))
    return x, y


def hidden_switch(rng: np.random.Generator, n: int) -> Pair:
    """A hidden mode, on or off, shifts two continuous variables."""
    z = rng.random(n) < 0.5
    x, y = (2.5 * z + rng.standard_normal(n) for _ in range(2))
    return x, y


def hidden_categories(rng: np.random.Generator, n: int) -> Pair:
    """A hidden cause of two states, two observed variables of five levels."""
    z = (rng.random(n) < rng.uniform(0.3, 0.7)).astype(int)
    table = rng.dirichlet(np.full(5, 0.5), (2, 2))
    x, y = (np.array([rng.choice(5, p=t[s]) for s in z], float) for t in table)
    return x, y


DIRECT: tuple[Kind, ...] = (linear, skewed, saturating, u_shaped, counter, heavy_tails, categories, steps)
HIDDEN: tuple[Kind, ...] = (hidden_normal, hidden_load, hidden_switch, hidden_categories)


def shares(kind: Kind, rows: int, pairs: int, rng: np.random.Generator) -> tuple[float, float, float]:
    """The shares of X → Y, Y → X and X ↔ Y; half of the pairs are swapped before they are read, and swapped back."""
    swapped = rng.random(pairs) < 0.5
    worlds = [kind(rng, rows) for _ in range(pairs)]
    joints = np.stack([joint(y, x) if s else joint(x, y) for (x, y), s in zip(worlds, swapped, strict=True)])
    read = readings(joints, rng)
    turned = [ends[::-1] if s else ends for ends, s in zip(read, swapped, strict=True)]
    count = Counter(turned)
    return count[FORWARD] / pairs, count[FORWARD[::-1]] / pairs, count[CONFOUNDED] / pairs


def sparse(rng: np.random.Generator) -> Truth:
    """Up to four hidden variables among a dozen."""
    return random_truth(rng, exogenous=False, tiers=False)


def right(
    world: Callable[[np.random.Generator], Truth], draw: Draw, rows: int, worlds: int
) -> dict[tuple[str, bool], float]:
    """The share of circles that are resolved as they are, by (what resolves them, whether an arrowhead faces them)."""
    seen: dict[tuple[str, bool], list[bool]] = {}
    for seed in range(worlds):
        rng = np.random.default_rng(seed)
        truth = world(rng)
        pag, mag = fci(Oracle(truth.dag, truth.observed), Knowledge(), 0.5), true_mag(truth)
        said = criterion(draw(truth, rows, rng), rng, as_published=True)
        for name, asked in (("guess", None), ("entropic criterion", said)):
            admg = resolve(pag, Knowledge(), criterion=asked).admg
            for (a, b), mark in pag.marks.items():
                if mark is Mark.CIRCLE:
                    tail = (b, a) in admg.directed  # the mark at b
                    faced = pag.marks[b, a] is Mark.ARROW
                    seen.setdefault((name, faced), []).append(tail == (mag.marks[a, b] is Mark.TAIL))
    return {key: float(np.mean(hits)) for key, hits in seen.items()}


def linear_rows(truth: Truth, rows: int, rng: np.random.Generator) -> dict[str, Floats]:
    """Linear effects, exponential noise: skewed, so that the direction is there to be found."""
    noise = {name: rng.exponential(size=rows) for name in truth.dag.nodes}
    for a, b in sorted(tuple(sorted(pair)) for pair in truth.dag.bidirected):
        hidden = rng.exponential(size=rows)
        noise[a], noise[b] = noise[a] + hidden, noise[b] + hidden
    values: dict[str, Floats] = {}
    for name in truth.dag.topological():
        weights = rng.uniform(0.5, 1.5, len(truth.dag.parents(name))) * rng.choice(
            [-1, 1], len(truth.dag.parents(name))
        )
        causes = (w * values[p] for w, p in zip(weights, truth.dag.parents(name), strict=True))
        values[name] = noise[name] + sum(causes, np.zeros(rows))
    return {name: values[name] for name in truth.observed}


def categorical_rows(truth: Truth, rows: int, rng: np.random.Generator) -> dict[str, Floats]:
    """Five levels, random functions of the causes, a noise of about one bit."""
    pairs = sorted(tuple(sorted(pair)) for pair in truth.dag.bidirected)
    hidden = {pair: rng.choice(5, rows, p=rng.dirichlet(np.ones(5))) for pair in pairs}
    values: dict[str, npt.NDArray[np.int64]] = {}
    for name in truth.dag.topological():
        causes = [values[p] for p in truth.dag.parents(name)] + [h for pair, h in hidden.items() if name in pair]
        noise = rng.choice(4, rows, p=rng.permutation([0.8, 0.1, 0.07, 0.03]))
        mixed = sum((rng.integers(0, 5, 5)[cause] for cause in causes), np.zeros(rows, int)) % 5
        made = rng.integers(0, 5, (5, 4))[mixed, noise]
        values[name] = made if causes else rng.choice(5, rows, p=rng.dirichlet(np.ones(5)))
    return {name: values[name].astype(float) for name in truth.observed}


DRAWS: tuple[Draw, ...] = (linear_rows, categorical_rows)


def main(rows: list[int]) -> None:
    print("| pair | rows | X → Y | Y → X | X ↔ Y |\n| --- | ---: | ---: | ---: | ---: |")
    for kind in (*DIRECT, *HIDDEN):
        for n in rows:
            forward, backward, both = shares(kind, n, PAIRS, np.random.default_rng([n, len(kind.__name__)]))
            print(
                f"| {kind.__name__.replace('_', ' ')} | {n} | {forward:.2f} | {backward:.2f} | {both:.2f} |", flush=True
            )
    print("\n| world | hidden causes | circle | rows | guess | entropic |\n| --- | --- | --- | ---: | ---: | ---: |")
    for draw, (name, world) in product(DRAWS, (("few", sparse), ("many", confounded_truth))):
        for n in rows:
            share = right(world, draw, n, WORLDS)
            for faced in (True, False):
                both = " | ".join(f"{share[how, faced]:.2f}" for how in ("guess", "entropic criterion"))
                kind = draw.__name__.removesuffix("_rows")
                print(f"| {kind} | {name} | {'o→' if faced else 'o–o'} | {n} | {both} |", flush=True)


if __name__ == "__main__":
    main([int(n) for n in sys.argv[1:]] or list(ROWS))
