from piccolo.columns import Serial, Text, Timestamptz, Varchar

from helpdesk.core.table import Table


class Setting(Table):
    """One group of settings, as its Struct in JSON. A group without a row has its defaults."""

    id: Serial
    name = Varchar(length=60, unique=True, help_text="The group's class, such as SiteSettings.")
    value = Text(help_text="JSON object.")
    changed_at = Timestamptz(default=None)
