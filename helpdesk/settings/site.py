"""The settings that every page needs."""

from typing import Annotated

from msgspec import Meta, Struct

from helpdesk.i18n.reader import Lang


class SiteSettings(Struct, frozen=True):
    """Who and where we are, in which language and time zone we speak when nothing else is known."""

    name: Annotated[str, Meta(min_length=1, max_length=60)] = "Help desk"
    language: Lang = "vi"
    timezone: str = "Asia/Ho_Chi_Minh"
    country: Annotated[str, Meta(max_length=2)] = "VN"
    """Whose telephone numbers are written without the country's code (ISO 3166-1, two letters)."""
