from piccolo.columns import Integer, Serial, Text, Timestamptz, Varchar

from helpdesk.core.table import Table


class WebhookDelivery(Table, tablename="webhook_delivery"):
    """One request to another program, and whether it took it."""

    id: Serial
    about = Varchar(length=60, help_text="What owes it, such as rule:7.")
    ticket = Integer(help_text="The number of the ticket that it tells of.")
    url = Varchar(length=500)
    body = Text(help_text="JSON, as it is signed and sent.")
    state = Varchar(length=8, default="waiting", help_text="waiting, taken or failed.")
    attempts = Integer(default=0)
    status = Integer(default=0, help_text="What was answered last (HTTP); 0 for no answer.")
    error = Text(default="", help_text="Why it was not taken the last time: a phrase as i18n.kept keeps it.")
    owed_at = Timestamptz(default=None)
    ended_at = Timestamptz(null=True, default=None)
