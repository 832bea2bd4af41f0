"""How our letters look to those who get them."""

from typing import Literal

from msgspec import Struct

SenderForm = Literal["agent", "department", "both"]


class LetterSettings(Struct, frozen=True):
    """Whose name an answer bears, and whether it repeats what it answers."""

    sender: SenderForm = "agent"
    """`agent`: "Minh · Lúa", `department`: "Customer care · Lúa", `both`: "Minh · Customer care"."""
    quote: bool = True
    """The message that is answered stands below the answer, for clients that do not keep letters together."""
