"""Functions that numba compiles to machine code on their first call, and keeps for the next process.

What is compiled releases the interpreter lock, so subsamples are learned on all cores by threads.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Return the compiled function; where no directory can be written it is compiled again in every process."""
    try:
        dispatcher = njit(function, cache=True, nogil=True, error_model="numpy")
    except RuntimeError:  # numba: no place to keep it
        return cast(F, njit(function, nogil=True, error_model="numpy"))
    _stamp(dispatcher)
    return cast(F, dispatcher)


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
