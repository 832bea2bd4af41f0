"""How much customers are to us: a short list of names, such as VIP. What a name means, rules say elsewhere."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from helpdesk.core.text import nfc
from helpdesk.settings import store

LONGEST: Final = 40


class TierSettings(Struct, frozen=True):
    """`names` has one on each line."""

    names: Annotated[str, Meta(max_length=2000)] = "VIP"

    @property
    def tiers(self) -> list[str]:
        """The names, each once."""
        lines = (" ".join(nfc(line).split())[:LONGEST].strip() for line in self.names.splitlines())
        return list(dict.fromkeys(line for line in lines if line))


async def tiers() -> list[str]:
    """Every tier that somebody may have, in the order in which they were written."""
    return (await store.get(TierSettings)).tiers
