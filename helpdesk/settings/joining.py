"""How letters find their ticket, and who takes part in one."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Copies = Literal["everybody", "asked", "nobody"]
Requester = Literal["sender", "reply_to"]
Agents = Literal["verified", "mark", "never"]


class JoiningSettings(Struct, frozen=True):
    """
    `copies`: who in To and Cc takes part. `everybody`: whoever is named by somebody who takes part; `asked`: only
    whom the requester or an agent names; `nobody`: none of them.

    `requester`: whose a new ticket is when Reply-To names somebody else than From. `follow_up_days`: after so
    many days in the status closed a ticket is not opened again but goes on in a new one. `trusted_servers`:
    names (authserv-id, RFC 8601) of the mail servers whose word counts, separated by spaces; empty: none is asked.

    `agents`: when a letter acts as an agent. `verified`: when it bears their own mark and, where mail servers are
    trusted, one of those says that the sender is true; `mark`: when it bears the mark; `never`: it is only a note.
    """

    subject_tag: bool = True
    follow_up_days: Annotated[int, Meta(ge=0, le=3650)] = 14
    copies: Copies = "everybody"
    requester: Requester = "sender"
    trusted_servers: Annotated[str, Meta(max_length=300)] = ""
    agents: Agents = "verified"

    @property
    def servers(self) -> list[str]:
        return self.trusted_servers.replace(",", " ").split()
