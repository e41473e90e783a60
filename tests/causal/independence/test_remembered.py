"""Remembered results are the computed ones, computed once, and never another data's."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadet.causal.discovery import learn
from cadet.causal.independence import DegenerateGaussian, remembered
from cadet.causal.independence.kernel import RCIT
from cadet.causal.independence.remembered import Memory, Remembered, digest
from cadet.protocols import Independence
from tests.causal.independence.peers import needs_peers
from tests.causal.independence.worlds import dataset

Floats = npt.NDArray[np.float64]


class Counting:
    """A test that counts its questions; it refuses every test of `c`."""

    names = ("a", "b", "c")

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    def __call__(self, x: str, y: str, given: Sequence[str]) -> Independence | None:
        self.asked.append((x, y, *given))
        return None if "c" in (x, y) else Independence(float(len(self.asked)), 0.5, 9)


def test_the_same_question_is_computed_once_whatever_its_order() -> None:
    inner = Counting()
    test = Remembered(inner, b"data", Memory())
    first = test("a", "b", ("c", "d"))
    assert test("b", "a", ("d", "c")) is first
    assert len(inner.asked) == 1


def test_a_refusal_is_remembered_too() -> None:
    inner = Counting()
    test = Remembered(inner, b"data", Memory())
    assert test("a", "c", ()) is None and test("c", "a", ()) is None
    assert len(inner.asked) == 1


def test_another_test_on_the_same_data_finds_the_results() -> None:
    memory, first, second = Memory(), Counting(), Counting()
    Remembered(first, b"data", memory)("a", "b", ())
    Remembered(second, b"data", memory)("a", "b", ())
    Remembered(second, b"other", memory)("a", "b", ())
    assert (len(first.asked), len(second.asked)) == (1, 1)


def test_the_memory_is_bounded_and_forgets_what_was_not_asked_for_longest() -> None:
    inner, memory = Counting(), Memory(limit=2)
    test = Remembered(inner, b"data", memory)
    for given_ in ((), ("d",), (), ("e",), ()):
        test("a", "b", given_)
    assert len(memory) == 2 and len(inner.asked) == 3
    test("a", "b", ("d",))
    assert len(inner.asked) == 4


def test_results_equal_those_of_the_test_itself() -> None:
    rng = np.random.default_rng(1)
    data = dataset({n: rng.normal(size=40) for n in "abcde"}, {})
    plain, wrapped = DegenerateGaussian.of(data), Remembered(DegenerateGaussian.of(data), b"data", Memory())
    for _ in range(2):
        for x, y in combinations("abcde", 2):
            for z in sorted(set("abcde") - {x, y}):
                assert wrapped(x, y, (z,)) == plain(x, y, (z,))
    assert wrapped.names == plain.names


def arrays(seed: int, rows: int) -> dict[str, Floats]:
    return {name: np.random.default_rng((seed, i)).normal(size=(rows, 2)) for i, name in enumerate("abc")}


@settings(max_examples=60, deadline=None)
@given(bit=st.integers(0, 63), row=st.integers(0, 49_999), name=st.sampled_from("abc"))
def test_one_bit_makes_other_data_even_in_a_large_table(bit: int, row: int, name: str) -> None:
    """Printing would shorten such a table to six rows."""
    data = arrays(2, 50_000)
    before = digest("t", {}, data)
    data[name].view(np.uint64)[row, 1] ^= np.uint64(1 << bit)
    assert digest("t", {}, data) != before


def test_all_that_decides_the_result_is_in_the_digest() -> None:
    data = arrays(3, 20)
    flat = {name: column.reshape(-1) for name, column in data.items()}
    swapped = {"a": data["b"], "b": data["a"], "c": data["c"]}
    shifted = {"a": flat["a"][:-1], "b": np.r_[flat["a"][-1:], flat["b"]], "c": flat["c"]}
    kinds = [
        digest("t", {}, data),
        digest("u", {}, data),
        digest("t", {"rows": 1}, data),
        digest("t", {"rows": 2}, data),
        digest("t", {}, swapped),
        digest("t", {}, flat),
        digest("t", {}, shifted),
        digest("t", {}, {name: column.view(np.int64) for name, column in data.items()}),
        digest("t", {}, {name + "x": column for name, column in data.items()}),
        digest("t", {}, {"a": data["a"], "b": data["b"]}),
    ]
    assert len(set(kinds)) == len(kinds)


def test_the_same_data_is_the_same_wherever_it_lies_and_in_whatever_order() -> None:
    data = arrays(4, 20)
    elsewhere = {name: np.asfortranarray(data[name]) for name in sorted(data, reverse=True)}
    assert digest("t", {"a": 1, "b": 2}, data) == digest("t", {"b": 2, "a": 1}, elsewhere)


def test_objects_have_no_bytes_to_compare() -> None:
    with pytest.raises(TypeError, match="names"):
        digest("t", {}, {"names": np.array(["a", None], dtype=object)})


def test_learning_twice_computes_once(monkeypatch: pytest.MonkeyPatch) -> None:
    needs_peers()
    asked = []
    plain = RCIT.test
    monkeypatch.setattr(RCIT, "test", lambda *arguments: asked.append(1) or plain(*arguments))
    monkeypatch.setattr("cadet.causal.independence.by_name.RESULTS", Memory())
    rng = np.random.default_rng(5)
    data = dataset({n: rng.normal(size=100) for n in ("a", "b", "latency")}, {})
    graphs = [learn(data, np.random.default_rng(0), test="rcit", subsamples=0) for _ in range(2)]
    assert graphs[0].pag == graphs[1].pag
    assert 0 < len(asked) <= 3 * 2 and len(asked) < remembered.LIMIT
    once = len(asked)
    learn(data, np.random.default_rng(0), test="rcit", subsamples=0)
    assert len(asked) == once
