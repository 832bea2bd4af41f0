"""What the parameters of handlers are called."""

from typing import Any, TypeAlias

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from helpdesk.core.actor import Actor
from helpdesk.web.visit import visiting

__all__ = ["CurrentActor", "FromPath", "FromQuery", "Page", "current_actor"]

CurrentActor: TypeAlias = NamedDependency[Actor]
"""Who asks. Name the parameter `actor`."""

Page: TypeAlias = Request[Any, Any, Any]
"""The request, where a handler reads a form from it."""


async def current_actor() -> Actor:
    """Provides `CurrentActor`; joined in `app.py`."""
    return visiting.get().actor
