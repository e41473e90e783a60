"""Graphs as GraphML, which Gephi, yEd, Cytoscape and igraph read; the marks are edge data."""

from __future__ import annotations

import re
import warnings
from xml.etree.ElementTree import ParseError

import networkx as nx

from cadet.causal.interop.mixed import G
from cadet.causal.interop.networkx import from_networkx, to_networkx
from cadet.errors import GraphError
from cadet.model.graph import ADMG, PAG

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2


def to_graphml(graph: PAG | ADMG) -> str:
    """Return the graph as GraphML, with the edge data `at_source` and `at_target` as in `to_networkx`.

    Raises GraphError for a name with a character that XML does not have.
    """
    for node in graph.nodes:
        if strange := _NOT_IN_XML.search(node):
            raise GraphError(f"XML cannot hold the character {strange[0]!r} of the node {node!r}; rename the node")
    return "\n".join(nx.generate_graphml(to_networkx(graph))) + "\n"


def from_graphml(text: str, kind: type[G]) -> G:
    """Read a PAG or an ADMG (`kind`) from GraphML; arcs without marks are causes and effects, node ids are names.

    Raises GraphError, with the line where the XML is broken.
    """
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "No key type", UserWarning)  # then it is text, as our marks are
            graph = nx.parse_graphml(text, node_type=str)
    except ParseError as error:
        raise GraphError(f"line {error.position[0]}: no well-formed GraphML: {error.msg}") from error
    except (nx.NetworkXError, KeyError, ValueError) as error:
        raise GraphError(f"no GraphML of a graph: {error}") from error
    return from_networkx(graph, kind)
