"""
When a lease has ended: a moment until which somebody who is alive keeps something to himself.

One that reaches further than leases do was taken before the clock was set back; it counts as ended, so that nothing
stands still until that moment comes round again.
"""

from datetime import datetime, timedelta

from piccolo.columns import Timestamptz
from piccolo.columns.combination import Or

from helpdesk.core.clock import now


def has_ended(until: datetime | None, lease: timedelta) -> bool:
    """Whether nobody keeps it now; `lease` is how far ahead leases of this kind reach."""
    return until is None or not now() <= until <= now() + lease


def is_free(until: Timestamptz, lease: timedelta) -> Or:
    """The same as a condition."""
    moment = now()
    return until.is_null() | (until < moment) | (until > moment + lease)
