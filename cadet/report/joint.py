"""Option values that act only together, as a drawing shows them: a node between its options and what it acts on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from cadet.model.diagnosis import Diagnosis
from cadet.model.functional import FunctionalNode
from cadet.protocols import Story
from cadet.report import numbers, sentence


@dataclass(frozen=True)
class Joint:
    """A functional node between variables that are drawn; its links are no edges of the causal graph.

    lines: each option with its value in the fault. into: what it acts on.
    """

    node: FunctionalNode
    lines: tuple[str, ...]
    into: tuple[str, ...]

    @property
    def name(self) -> str:
        """The expression, which names the node."""
        return self.node.expression

    @property
    def ends(self) -> tuple[str, ...]:
        """The variables that it lies between."""
        return (*self.node.options, *self.into)

    @property
    def links(self) -> tuple[tuple[str, str], ...]:
        """The lines to draw, as (from, to)."""
        return (*((option, self.name) for option in self.node.options), *((self.name, after) for after in self.into))


def joints(story: Story, known: Collection[str]) -> tuple[Joint, ...]:
    """Return what acts only together, where its options are among the `known` variables of the graph."""
    nodes = (node for node in story.diagnosis.functional_nodes if {*node.options} <= {*known})
    return tuple(Joint(node, lines(story, node), tuple(n for n in node.into if n in known)) for node in nodes)


def lines(story: Story, node: FunctionalNode) -> tuple[str, ...]:
    """Return each option with its value in the fault: `batch = 1`."""
    fault = story.diagnosis.fault.configuration
    return tuple(f"{option} = {numbers.value(fault[option])}" for option in node.options)


def says(diagnosis: Diagnosis, node: FunctionalNode) -> str:
    """Return what its cause does where the other option has the fault's value, and where it has another."""
    cause, partner = node.options
    beside = numbers.value(diagnosis.fault.configuration[partner])
    together, apart = (sentence.ablation(diagnosis, node.label, e) for e in (node.together, node.apart))
    return (f"{cause} taken back where {partner} is {beside}: {together}; where {partner} is "
            f"{numbers.value(node.apart_at)}: {apart}")  # fmt: skip


def of_cause(diagnosis: Diagnosis, cause: str) -> tuple[FunctionalNode, ...]:
    """Return what an option is part of as the cause."""
    return tuple(node for node in diagnosis.functional_nodes if node.options[0] == cause)
