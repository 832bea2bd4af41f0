"""How much one sender may open by mail before somebody looks."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from helpdesk.core.text import email_key

LONGEST: Final = 5000
"""Characters of `never_held`."""

Most = Annotated[int, Meta(ge=0, le=100_000)]


class IntakeSettings(Struct, frozen=True):
    """
    `most_of_sender`, `most_of_domain`: tickets that letters of one address, or of one domain, open within an hour;
    further letters are held. 0: any number, as it is at first, since a form on a company's own website writes
    from one address for all of its customers. `never_held`: addresses and domains of which none is ever too
    many, separated by spaces.
    """

    most_of_sender: Most = 0
    most_of_domain: Most = 0
    never_held: Annotated[str, Meta(max_length=LONGEST)] = ""

    @property
    def excepted(self) -> frozenset[str]:
        """What is never held, as it is compared (core.text.email_key); domains without their @."""
        return frozenset(email_key(one.strip("@,;")) for one in self.never_held.replace(",", " ").split())
