"""Why a letter of ours has not arrived, in words for people; the mail servers' own words stay one click away."""

import re
from typing import Final

from helpdesk.i18n.catalogue import Phrase, phrase
from helpdesk.mail.machines import reasons
from helpdesk.mail.machines.reasons import any_of

IN_WORDS: Final[dict[str, Phrase]] = {
    reasons.UNKNOWN_ADDRESS: phrase("There is no such address."),
    reasons.UNKNOWN_HOST: phrase("No mail server is known for the part after the @."),
    reasons.MAILBOX_FULL: phrase("The mailbox is full."),
    reasons.SUSPENDED: phrase("The mailbox is closed or not in use."),
    reasons.TOO_BIG: phrase("The letter is too large for the recipient."),
    reasons.CONTENT: phrase("The recipient's mail server takes our letter for unwanted."),
    reasons.OUR_SERVER: phrase("The recipient's mail server does not trust our mail server, or wants fewer letters."),
    reasons.REFUSED: phrase("The recipient's mail server refuses our letters by its rules."),
    reasons.UNREACHABLE: phrase("The recipient's mail server does not answer."),
}
GREYLISTED: Final = phrase("The recipient's mail server asks every new sender to come back later.")
LATER: Final = phrase("The mail server could not take it yet.")
NEVER: Final = phrase("The mail server refused it.")
NO_ADDRESS: Final = phrase("This is no address that a letter can be sent to.")
BROKEN_OFF: Final = phrase("The line to the mail server broke off before it had taken the letter.")
INTERNAL: Final = phrase("Something of ours went wrong while it was sent; the log says what.")
DOUBTFUL: Final = phrase(
    "Twice the line broke off after the whole letter and before the mail server confirmed it. It may have arrived."
)

OF_SERVER: Final[tuple[tuple[re.Pattern[str], Phrase], ...]] = (
    (
        any_of(r"^5(30|34|35|38)\b", "authentication (failed|credentials)", "no password is sent"),
        phrase("Our mail server does not let us in: the name, the password or the encryption is wrong."),
    ),
    (any_of("certificate", "ssl", "tls"), phrase("No safe line to our mail server can be made.")),
    (any_of("gaierror", "name or service", "name resolution"), phrase("The name of our mail server is not known.")),
    (any_of("refused"), phrase("Our mail server takes no calls.")),
    (any_of("timed? ?out"), phrase("Our mail server does not answer.")),
)
"""Trouble with our own mail server, by what broke."""

_GREY: Final = any_of("gr[ea]y.?list")


def in_words(state: str, code: int, status: str, words: str) -> Phrase:
    """Why a recipient has not got the letter (yet); the arguments are those of a row of OutboundRecipient."""
    if state == "unknown":
        return DOUBTFUL
    if words == INTERNAL.message:
        return INTERNAL
    if not code and not status:
        return BROKEN_OFF if state in {"waiting", "delayed"} else NO_ADDRESS
    if state == "delayed" and _GREY.search(words):
        return GREYLISTED
    return IN_WORDS.get(reasons.reason(f"{code or ''} {words}", status), LATER if state == "delayed" else NEVER)


def of_server(trouble: str) -> Phrase:
    """What keeps our own mail server from taking letters."""
    for pattern, words in OF_SERVER:
        if pattern.search(trouble):
            return words
    return phrase("Our mail server takes no letters.")
