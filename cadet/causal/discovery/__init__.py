"""From independence tests and knowledge to a PAG, and from a PAG to the ADMGs it permits."""

from cadet.causal.discovery.fci import fci
from cadet.causal.discovery.knowledge import knowledge_of
from cadet.causal.discovery.learning import learn
from cadet.causal.discovery.members import Members, members
from cadet.causal.discovery.resolve import resolve

__all__ = ["Members", "fci", "knowledge_of", "learn", "members", "resolve"]
