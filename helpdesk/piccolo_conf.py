"""What Piccolo's own commands and its table classes look for: the engine, and the list of apps."""

from piccolo.conf.apps import AppRegistry

from helpdesk.core.db import DB

__all__ = ["APP_REGISTRY", "DB"]

APP_REGISTRY = AppRegistry(apps=[])
