"""Causal graphs to and from other people's tools: text, DOT, GraphML, networkx, causal-learn, pgmpy.

`to_X(graph)` writes a PAG or an ADMG; `from_X(what, PAG)` reads it back, and equals what was written.
"""

from cadet.causal.interop.causal_learn import from_causal_learn, to_causal_learn
from cadet.causal.interop.dot import from_dot, to_dot
from cadet.causal.interop.graphml import from_graphml, to_graphml
from cadet.causal.interop.networkx import from_networkx, to_networkx
from cadet.causal.interop.pgmpy import from_pgmpy, to_bayesian_network, to_pgmpy
from cadet.causal.interop.text import from_text, to_text

__all__ = [
    "from_causal_learn",
    "from_dot",
    "from_graphml",
    "from_networkx",
    "from_pgmpy",
    "from_text",
    "to_bayesian_network",
    "to_causal_learn",
    "to_dot",
    "to_graphml",
    "to_networkx",
    "to_pgmpy",
    "to_text",
]
