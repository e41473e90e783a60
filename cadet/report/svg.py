"""Scalable vector graphics as text: elements whose attributes and content are escaped."""

from __future__ import annotations

from html import escape

Attribute = str | int | float


def element(tag: str, *children: str, **attributes: Attribute | None) -> str:
    """Return `<tag …>children</tag>`; `_` in attribute names is `-`, `class_` is `class`, None is left out.

    Children are markup already: text goes through `text`, `title` or `escape` first.
    """
    given = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items() if value is not None}
    written = "".join(f' {name}="{escape(_number(value))}"' for name, value in given.items())
    return f"<{tag}{written}>{''.join(children)}</{tag}>" if children else f"<{tag}{written}/>"


def text(content: str, x: Attribute, y: Attribute, class_: str = "", anchor: str | None = None) -> str:
    """Return a line of text."""
    return element("text", escape(content), x=x, y=y, class_=class_ or None, text_anchor=anchor)


def title(content: str) -> str:
    """Return the tooltip of the element that it is the first child of."""
    return element("title", escape(content))


def _number(value: Attribute) -> str:
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return str(value)
