"""
The coarse gates, hung on routers: a forgotten check still meets a gate.

Which rows and which acts is asked in each package's `access.py`.
"""

from typing import Any, Final

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from helpdesk.core.errors import Forbidden, NotFound, Refused
from helpdesk.web.visit import visiting

Connection = ASGIConnection[Any, Any, Any, Any]


LARGEST_NUMBER: Final = 2**31 - 1
"""What a column of ids holds on every database."""


class SignInFirst(Refused):
    """Nobody is signed in; the browser is sent to the sign-in page and comes back."""

    status = 401


async def thinkable(connection: Connection, handler: BaseRouteHandler) -> None:
    """Hung on the whole application: nothing has a number so large that no id can be it."""
    if any(isinstance(value, int) and value > LARGEST_NUMBER for value in connection.path_params.values()):
        raise NotFound()


async def signed_in(connection: Connection, handler: BaseRouteHandler) -> None:
    if not visiting.get().actor.is_signed_in:
        raise SignInFirst()


async def agents_only(connection: Connection, handler: BaseRouteHandler) -> None:
    await signed_in(connection, handler)
    if not visiting.get().actor.is_agent:
        raise Forbidden()


async def admins_only(connection: Connection, handler: BaseRouteHandler) -> None:
    await signed_in(connection, handler)
    if not visiting.get().actor.is_admin:
        raise Forbidden()
