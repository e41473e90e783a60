"""The colours of reports and charts, once for screens that are light and once for dark ones."""

from __future__ import annotations

import re
from collections.abc import Mapping

LIGHT: Mapping[str, str] = {
    "page": "#f6f7f9", "card": "#ffffff", "ink": "#16202c", "soft": "#556170", "line": "#e1e5ea", "code": "#f1f3f6",
    "accent": "#2458c5", "fault": "#b83c0b", "fix": "#0f766e", "good": "#0f766e", "warn": "#8a5203", "bad": "#b91c1c",
    "calm": "#3b5b8c", "option": "#e8effc", "event": "#f1f3f6", "objective": "#fdeee4", "joint": "#fdf6dc",
}  # fmt: skip
DARK: Mapping[str, str] = {
    "page": "#0f141a", "card": "#171e26", "ink": "#e6ebf1", "soft": "#9aa7b6", "line": "#2a343f", "code": "#10161d",
    "accent": "#7ba6ff", "fault": "#fb923c", "fix": "#34d3bf", "good": "#34d3bf", "warn": "#facc15", "bad": "#f87171",
    "calm": "#93b4e8", "option": "#1c2c4a", "event": "#222b35", "objective": "#45291a", "joint": "#3a3310",
}  # fmt: skip

_VARIABLE = re.compile(r"var\(--([a-z]+)\)")


def declared(colours: Mapping[str, str]) -> str:
    """Return the colours as custom properties of CSS."""
    return " ".join(f"--{name}: {value};" for name, value in colours.items())


def resolved(css: str, colours: Mapping[str, str] = LIGHT) -> str:
    """Return a style sheet in which every `var(--name)` is its colour, for programs that know no variables."""
    return _VARIABLE.sub(lambda match: colours[match[1]], css)
