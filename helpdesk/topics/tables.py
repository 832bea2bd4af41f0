from piccolo.columns import Boolean, ForeignKey, Integer, Serial, Text, Varchar

from helpdesk.core.table import Table
from helpdesk.departments.tables import Department


class Topic(Table, tablename="request_topic"):
    """What a request may be about, and what follows from it."""

    id: Serial
    name_vi = Varchar(length=80)
    name_en = Varchar(length=80)
    about_vi = Varchar(length=300, default="", help_text="A word of help for customers.")
    about_en = Varchar(length=300, default="")
    department = ForeignKey(Department, null=False, help_text="Where its requests go.")
    priority = Varchar(length=8, default="", help_text="What its requests begin with; empty: as every request does.")
    tags = Text(default="[]", help_text="JSON list of the tags that its requests begin with.")
    skills = Text(default="[]", help_text="JSON list of the names of skills that whoever answers needs.")
    plus = Varchar(length=40, default="", help_text="What an address of ours says after its plus; empty for nothing.")
    position = Integer(default=0)
    is_public = Boolean(default=True, help_text="Whether customers choose it on the form.")
    is_active = Boolean(default=True, help_text="Whether new requests may be about it.")
