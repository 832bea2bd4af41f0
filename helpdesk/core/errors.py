"""How the house says no. Raised where the rule is known, answered once in `web/failures.py`."""

from collections.abc import Mapping


class Refused(Exception):
    """
    A request that is understood and not granted.

    `reason` is a sentence for the reader: text, or anything whose `str()` is the text in the
    reader's language at the time it is shown (a `Phrase`).
    """

    status = 400

    def __init__(self, reason: object = "") -> None:
        super().__init__(reason)
        self.reason = reason


class Forbidden(Refused):
    """The actor sees the thing but may not do this to it."""

    status = 403


class NotFound(Refused):
    """There is no such thing, or the actor may not know that there is."""

    status = 404


class Conflict(Refused):
    """Somebody else was faster; what the actor saw is no longer so."""

    status = 409


class Invalid(Refused):
    """What was sent cannot be used. `errors` names each field and what is wrong with it."""

    status = 422

    def __init__(self, errors: Mapping[str, object], reason: object = "") -> None:
        super().__init__(reason or next(iter(errors.values()), ""))
        self.errors = dict(errors)


class TooMany(Refused):
    """Too many tries; `wait` is the number of seconds after which another one is welcome."""

    status = 429

    def __init__(self, reason: object, wait: int) -> None:
        super().__init__(reason)
        self.wait = wait
