"""Phrases in the database: kept as they are, and said in the language of whoever reads them later."""

import msgspec

from helpdesk.i18n.catalogue import Phrase


def kept(said: object) -> str:
    """A phrase as one JSON object; what is plain text already stays as it is."""
    if not isinstance(said, Phrase):
        return str(said)
    values: dict[str, object] = {
        name: value if isinstance(value, int) else str(value) for name, value in said.values.items()
    }
    return msgspec.json.encode(Phrase(said.message, values)).decode()


def taken_up(text: str) -> Phrase | str:
    """What `kept` has kept, for a reader who is not known yet; text from before it as it stands."""
    if not text.startswith('{"message":'):
        return text
    try:
        said = msgspec.json.decode(text, type=Phrase)
        str(said)
    except (msgspec.DecodeError, KeyError, TypeError, ValueError):  # no phrase after all: somebody's own words
        return text
    return said


def spoken(text: str) -> str:
    """The same in the reader's language."""
    return str(taken_up(text))
