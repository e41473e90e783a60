"""The study store and the Study that composes everything."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cadet.study.question import Asked
    from cadet.study.story import last_diagnosis, story_of
    from cadet.study.study import Study

__all__ = ["Asked", "Study", "last_diagnosis", "story_of"]

_HOME = {"Asked": "question", "Study": "study", "last_diagnosis": "story", "story_of": "story"}


def __getattr__(name: str) -> Any:
    """Import on first use: the store alone is light, what composes everything is not."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
