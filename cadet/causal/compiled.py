"""Functions that numba compiles to machine code on their first call, and keeps for the next process.

What is compiled releases the interpreter lock, so subsamples are learned on all cores by threads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Return the compiled function; where no directory can be written it is compiled again in every process."""
    try:
        return cast(F, njit(function, cache=True, nogil=True, error_model="numpy"))
    except RuntimeError:  # numba: no place to keep it
        return cast(F, njit(function, nogil=True, error_model="numpy"))
