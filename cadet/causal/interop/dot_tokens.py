"""The words of a DOT file, with their lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cadet.errors import GraphError

_WORDS = re.compile(
    r"""(?P<space>[ \t\r\f\v\ufeff]+|//[^\n]*|/\*.*?\*/|\#[^\n]*)
      | (?P<newline>\n)
      | "(?P<quoted>(?:[^"\\]|\\.)*)"
      | (?P<sign>->|--|[{}\[\];,=:])
      | (?P<bare>-?(?:\.\d+|\d+(?:\.\d*)?)|[A-Za-z_\u0080-\U0010ffff][A-Za-z0-9_\u0080-\U0010ffff]*)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_MEANINGS = {"\\": "\\", '"': '"', "n": "\n", "\n": ""}  # others, such as \N, belong to labels and stay


@dataclass(frozen=True)
class Token:
    """A word; `sign` tells punctuation and keywords from names in quotes."""

    text: str
    line: int
    kind: str


class Tokens:
    """The words that are not read yet."""

    def __init__(self, text: str):
        """Split the text; raises GraphError with the line for what is no DOT."""
        self._left = list(_split(text))[::-1]
        self._last = text.count("\n") + 1

    def ahead(self, word: str) -> bool:
        """Tell whether the next word is this sign or keyword."""
        token = self._left[-1] if self._left else None
        return token is not None and token.kind != "quoted" and token.text.lower() == word

    def skip(self, word: str) -> bool:
        """Go past this sign or keyword where it is next, and tell whether it was."""
        found = self.ahead(word)
        if found:
            self._left.pop()
        return found

    def require(self, word: str) -> None:
        """Go past this sign; raises GraphError where something else comes."""
        if not self.skip(word):
            raise self.unexpected(word)

    def require_end(self) -> None:
        """Raise GraphError where anything follows."""
        if self._left:
            raise self.unexpected("nothing more: one file is one graph")

    def next(self) -> Token:
        """Return the next word and go past it."""
        return self._left.pop()

    def name(self) -> Token:
        """Return the next word, a name, and go past it; the port of a node is dropped."""
        if not self._left or self._left[-1].kind == "sign":
            raise self.unexpected("a name")
        name = self._left.pop()
        while self.skip(":"):
            self.name()
        return name

    def unexpected(self, expected: str) -> GraphError:
        """Return the error that says what comes instead of what is expected."""
        if not self._left:
            return GraphError(f"line {self._last}: the text ends, expected {expected}")
        return GraphError(f"line {self._left[-1].line}: {self._left[-1].text!r}, expected {expected}")


def _split(text: str) -> Iterator[Token]:
    at, line = 0, 1
    while at < len(text):
        match = _WORDS.match(text, at)
        if match is None or match.lastgroup is None:
            raise GraphError(
                f"line {line}: no DOT from {text[at : at + 20]!r} on; names with such characters are quoted"
            )
        word, kind = match[match.lastgroup], match.lastgroup
        if kind not in ("space", "newline"):
            yield Token(_unescaped(word) if kind == "quoted" else word, line, kind)
        line += match[0].count("\n")
        at = match.end()


def _unescaped(quoted: str) -> str:
    return _ESCAPED.sub(lambda match: _MEANINGS.get(match[1], match[0]), quoted)
