"""What a sentence is about: the agents and outcomes that it names, and whether two sentences share one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from classifier.lexicons import find_names, load_groups

__all__ = ["Topics", "topics_of"]


@dataclass(frozen=True, slots=True)
class Topics:
    """The agents and outcomes of a text, each by the name of its group."""

    agents: frozenset[str]
    outcomes: frozenset[str]

    def shares_outcome(self, other: Topics) -> bool | None:
        """Whether both name one outcome; None where one of them names none."""
        if not self.outcomes or not other.outcomes:
            return None
        return not self.outcomes.isdisjoint(other.outcomes)

    def shares_agent(self, other: Topics) -> bool | None:
        """Whether both name one agent; None where one of them names none."""
        if not self.agents or not other.agents:
            return None
        return not self.agents.isdisjoint(other.agents)


def topics_of(text: str) -> Topics:
    """Return what a text names.

    >>> topics = topics_of("Ashwagandha (KSM-66) helps you sleep and eases worry.")
    >>> sorted(topics.agents), sorted(topics.outcomes)
    (['ashwagandha'], ['anxiety', 'sleep'])
    """
    found = find_names(text, ("agents", "outcomes"))
    agents, outcomes = _groups("agents"), _groups("outcomes")
    return Topics(
        frozenset(agents[name] for lexicon, name in found if lexicon == "agents"),
        frozenset(outcomes[name] for lexicon, name in found if lexicon == "outcomes"),
    )


@cache
def _groups(name: str) -> dict[str, str]:
    return dict(load_groups(name))
