"""What may be said of departments, and how soon they answer in words for people. Pure."""

import re
from typing import Final
from urllib.parse import urlsplit

from helpdesk.i18n.catalogue import gettext, ngettext

LEAST_ANSWERED: Final = 5
"""First answers from which on a usual time is told."""
WORKING_DAY: Final = 480
"""Minutes; what takes more opening time than this is told in working days."""


def is_map(url: str) -> bool:
    """Whether this leads to a page of the web by https, to nobody's account there."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_clean = url.isprintable() and not re.search(r"[\s\"<>\\]", url)
    return is_clean and parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc


def usually_answers(minutes: int) -> str:
    """So many working minutes until the first answer, rounded up, in the reader's language."""
    if minutes > WORKING_DAY:
        days = -(-minutes // WORKING_DAY)
        return ngettext(
            "We usually answer within %(n)s working day.", "We usually answer within %(n)s working days.", days
        )
    if minutes > 45:
        hours = -(-minutes // 60)
        return ngettext(
            "We usually answer within %(n)s working hour.", "We usually answer within %(n)s working hours.", hours
        )
    quarters = max(15, -(-minutes // 15) * 15)
    return gettext("We usually answer within %(minutes)s minutes of working time.", minutes=quarters)
