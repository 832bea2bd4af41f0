from typing import ClassVar

from helpdesk.events.record import Event


class WebhookFailed(Event, frozen=True, kw_only=True):
    """
    Another program did not take what it was to be told, however often it was tried; `owed_by` such as rule:7.

    `is_news`: for the first time in a day.
    """

    ABOUT: ClassVar[str] = "webhook"
    INTERNAL: ClassVar[bool] = True

    webhook: int
    ticket: int
    owed_by: str
    is_news: bool
