"""Every registered test keeps the laws of the conformance suite, and the suite sees a test that does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from cadet.causal.discovery import learn
from cadet.causal.independence.rows import averaged
from cadet.model.dataset import Dataset
from cadet.plugins import load, names
from cadet.protocols import Independence, IndependenceTest
from cadet.testing.independence import LAWS, Make, conforms, table
from tests.causal.independence.peers import needs_peers

PEERS = ("kci", "rcit")


def named(name: str) -> Make:
    def make(data: Dataset) -> IndependenceTest:
        test: IndependenceTest = load("independence", name)(data, averaged(data))
        return test

    return make


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
@pytest.mark.parametrize("name", names("independence"))
def test_every_registered_test_conforms(name: str, law: Callable[[Make], None]) -> None:
    if name in PEERS:
        needs_peers()
    law(named(name))


@pytest.mark.parametrize("name", names("independence"))
def test_learn_takes_every_registered_test_by_name(name: str) -> None:
    if name in PEERS:
        needs_peers()
    graph = learn(table(1, 300, 1.5), np.random.default_rng(0), test=name, subsamples=2)
    edges = {frozenset((a, b)) for a, b, _, _ in graph.pag.edges()}
    assert {frozenset(("mode", "faults")), frozenset(("faults", "latency"))} <= edges
    assert not any(edge & {"codec", "idle"} for edge in edges)


class Broken:
    """A sound test, spoilt in one place."""

    def __init__(self, data: Dataset, spoil: Callable[..., Independence | None]):
        self.sound, self.spoil, self.data = named("degenerate-gaussian")(data), spoil, data
        self.names = self.sound.names

    def __call__(self, x: str, y: str, given: Sequence[str]) -> Independence | None:
        return self.spoil(self, x, y, given)


def asymmetric(test: Broken, x: str, y: str, given: Sequence[str]) -> Independence | None:
    result = test.sound(x, y, given)
    return result if result is None or x < y else replace(result, p_value=result.p_value / 2)


def liberal(test: Broken, x: str, y: str, given: Sequence[str]) -> Independence | None:
    result = test.sound(x, y, given)
    return result and replace(result, p_value=result.p_value**2)


def blind(test: Broken, x: str, y: str, given: Sequence[str]) -> Independence | None:
    result = test.sound(x, y, given)
    return result and replace(result, p_value=float(np.random.default_rng(len(test.data.frame)).random()))


def bold(test: Broken, x: str, y: str, given: Sequence[str]) -> Independence | None:
    return test.sound(x, y, given) or Independence(0.0, 1.0, 1)


def beyond(test: Broken, x: str, y: str, given: Sequence[str]) -> Independence | None:
    result = test.sound(x, y, given)
    return result and replace(result, p_value=1 + result.p_value)


def meddling(test: Broken, x: str, y: str, given: Sequence[str]) -> Independence | None:
    test.data.frame.loc[0, y] = 0.5
    return test.sound(x, y, given)


@pytest.mark.parametrize("spoil", [asymmetric, liberal, blind, bold, beyond, meddling])
def test_the_suite_sees_a_test_that_breaks_a_law(spoil: Callable[..., Independence | None]) -> None:
    with pytest.raises(AssertionError):
        conforms(lambda data: Broken(data, spoil))
