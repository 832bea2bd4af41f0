"""
What happens when: the only list of who reacts to what, and of the work that comes round.

An action says what happened; these react, each in a job of its own, after the commit. A reaction
may run twice, so it does no harm when it does.
"""

from typing import Final

from helpdesk.events.record import Event, Reaction, connect
from helpdesk.settings.store import SettingsChanged

WIRING: Final[dict[type[Event], list[Reaction]]] = {
    SettingsChanged: [],
}


def wire() -> None:
    """Join events with their reactions and start the clocks of periodic work."""
    connect(WIRING)
