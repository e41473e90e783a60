"""Functions that numba compiles to machine code on their first call, and keeps for the next process.

What is compiled releases the interpreter lock, so subsamples are learned on all cores by threads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit, types

F = TypeVar("F", bound=Callable[..., object])

PLAIN = {"no_cfunc_wrapper": True}  # nothing calls by address
INTERNAL = PLAIN | {"no_cpython_wrapper": True}  # no call from Python
INNER = INTERNAL | {"_nrt": False}  # no counting


def compiled(function: F) -> F:
    """Return the compiled function; where no directory can be written it is compiled again in every process."""
    return _kept(function, PLAIN)


def summing(function: F) -> F:
    """Return a compiled function whose sums may be taken in another order, so several terms at a time."""
    return _kept(function, PLAIN | {"fastmath": {"reassoc"}})


def internal(function: F) -> F:
    """Return a compiled function for other compiled functions, which may make arrays; cheaper to compile."""
    return _kept(function, INTERNAL)


def arithmetic(function: F) -> F:
    """Return a function of a few operations for other compiled functions, which becomes a part of each caller.

    It makes no arrays (numba refuses to compile it else), so nothing counts who uses them; counting, and handing on
    tuples of arrays, is most of what such a call costs.
    """
    return _kept(function, INNER | {"forceinline": True})


def subroutine(function: F) -> F:
    """Return a function like those of `arithmetic` that is called: for what is seldom needed, or long."""
    return _kept(function, INNER)


def _kept(function: F, flags: Mapping[str, object]) -> F:
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", **flags}
    try:
        dispatcher = njit(function, cache=True, **options)
    except RuntimeError:  # numba: no place to keep it
        dispatcher = njit(function, **options)
        _one_version(dispatcher)
        return cast(F, dispatcher)
    except KeyError:  # a numba that does not know a flag: it compiles the same, with more work in each call
        if not flags:
            raise
        return _kept(function, {})
    _one_version(dispatcher)
    _stamp(dispatcher)
    return cast(F, dispatcher)


def _one_version(dispatcher: Any) -> None:
    """Let a constant among the arguments of a call not be a type of its own, for which all is compiled once more.

    This replaces an inner step of numba. Where there is none (NUMBA_DISABLE_JIT), or it is asked otherwise, everything
    stays as numba has it: the same results after more compiling.
    """
    compiling, plain = getattr(dispatcher, "compile", None), getattr(types, "unliteral", None)
    if compiling is None or plain is None:
        return

    def compile_plain(kinds: Any, *more: Any, **named: Any) -> Any:
        return compiling(tuple(map(plain, kinds)) if isinstance(kinds, tuple) else kinds, *more, **named)

    with suppress(AttributeError):  # the attribute cannot be set
        dispatcher.compile = compile_plain


def _stamp(dispatcher: object) -> None:
    """Let what is kept be stale when any source of this room changed.

    numba looks at the function's own file alone, but the machine code holds what other files' functions did.
    """
    kept = getattr(getattr(dispatcher, "_cache", None), "_cache_file", None)
    if kept is not None and hasattr(kept, "_source_stamp"):
        kept._source_stamp = (kept._source_stamp, sources(Path(__file__).parent))


@lru_cache
def sources(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Return name, time of the last change and size of every source below `folder`, sorted."""
    files = sorted((str(path.relative_to(folder)), path.stat()) for path in folder.rglob("*.py"))
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in files)
