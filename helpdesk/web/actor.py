"""What the parameters of handlers are called."""

from typing import Any, TypeAlias

import litestar
from litestar._parsers import parse_url_encoded_form_data
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from helpdesk.core.actor import Actor
from helpdesk.web.visit import visiting

__all__ = ["CurrentActor", "FromPath", "FromQuery", "Page", "Request", "current_actor"]


class Request(litestar.Request[Any, Any, Any]):
    """Litestar's request, of whose forms nothing stays in memory."""

    async def form(self) -> FormMultiDict:
        """What was sent. Litestar would keep the last 1,024 of them, passwords and all, so as to read none twice."""
        try:
            return await super().form()
        finally:
            parse_url_encoded_form_data.cache_clear()


CurrentActor: TypeAlias = NamedDependency[Actor]
"""Who asks. Name the parameter `actor`."""

Page: TypeAlias = litestar.Request[Any, Any, Any]
"""The request, where a handler reads a form from it."""


async def current_actor() -> Actor:
    """Provides `CurrentActor`; joined in `app.py`."""
    return visiting.get().actor
