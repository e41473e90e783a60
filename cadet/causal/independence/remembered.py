"""Results of slow tests, remembered by the bytes of the data they came from."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from threading import Lock

import numpy as np
import numpy.typing as npt

from cadet.protocols import Independence, IndependenceTest

LIMIT = 200_000  # results; some 100 bytes each

Question = tuple[bytes, str, str, tuple[str, ...]]


class Memory:
    """The latest results by question, at most `limit`; the one not asked for longest goes first."""

    def __init__(self, limit: int = LIMIT):
        """Start empty."""
        self.limit = limit
        self._results: OrderedDict[Question, Independence | None] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._results)

    def recall(self, question: Question) -> tuple[bool, Independence | None]:
        """Tell whether the question was answered, and the answer; a refusal is an answer too."""
        with self._lock:
            if question not in self._results:
                return False, None
            self._results.move_to_end(question)
            return True, self._results[question]

    def keep(self, question: Question, result: Independence | None) -> None:
        """Remember a result."""
        with self._lock:
            self._results[question] = result
            self._results.move_to_end(question)
            while len(self._results) > self.limit:
                self._results.popitem(last=False)


RESULTS = Memory()


class Remembered:
    """A test that asks its memory first; symmetric in x and y and blind to the order of the conditions."""

    def __init__(self, test: IndependenceTest, data: bytes, memory: Memory):
        """`data` is the digest of all that decides the results of `test`."""
        self.names = test.names
        self._test, self._data, self._memory = test, data, memory

    def __call__(self, x: str, y: str, given: Sequence[str]) -> Independence | None:
        """Test x independent of y given `given`, once."""
        x, y = sorted((x, y))
        question = (self._data, x, y, tuple(sorted(given)))
        known, result = self._memory.recall(question)
        if not known:
            result = self._test(*question[1:])
            self._memory.keep(question, result)
        return result


def digest(test: str, parameters: Mapping[str, object], arrays: Mapping[str, npt.NDArray[np.generic]]) -> bytes:
    """Return 32 bytes that stand for a test, its parameters, and every byte, type, shape and name of its data."""
    state = blake2b(digest_size=32)
    _add(state, test.encode())
    for name in sorted(parameters):
        _add(state, name.encode(), repr(parameters[name]).encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        if array.dtype.hasobject:
            raise TypeError(f"{name} holds objects; their bytes are addresses and say nothing of the values")
        _add(state, name.encode(), array.dtype.str.encode(), repr(array.shape).encode(), array.tobytes())
    return state.digest()


def _add(state: blake2b, *parts: bytes) -> None:
    """Add parts with their lengths, so that no two sequences of parts read the same."""
    for part in parts:
        state.update(len(part).to_bytes(8, "little"))
        state.update(part)
