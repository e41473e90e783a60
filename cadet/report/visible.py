"""Text that others wrote, without what a terminal would obey: an escape sequence renames windows, or worse."""

from __future__ import annotations

_OBEYED = {code: None for code in (*range(0x20), 0x7F, *range(0x80, 0xA0)) if chr(code) not in "\n\t"}


def visible(text: str) -> str:
    """Return the text without control characters; lines and tabs stay."""
    return text.translate(_OBEYED)
