from piccolo.columns import Date, ForeignKey, Serial, Text, Varchar

from helpdesk.core.table import Table


class CalendarRow(Table, tablename="calendar"):
    """When an office is open. The pure `calendar.Calendar` is built from it."""

    id: Serial
    name = Varchar(length=100)
    tz = Varchar(length=60, default="Asia/Ho_Chi_Minh", help_text="IANA time zone.")
    hours = Text(default="{}", help_text='JSON: {"mon": [["08:00", "12:00"], …], …}; 24:00 is allowed.')
    extra_days = Text(default="{}", help_text='JSON: {"2026-02-14": [["08:00", "12:00"]]}, working days out of line.')


class Holiday(Table):
    """A day on which an office is closed."""

    id: Serial
    calendar = ForeignKey(CalendarRow, null=False)
    closed_on = Date(default=None)
    name = Varchar(length=100, default="")


class PolicyRow(Table, tablename="policy"):
    """What is promised: working minutes for each target and priority."""

    id: Serial
    name = Varchar(length=100)
    targets = Text(default="{}", help_text='JSON: {"first_response": {"urgent": 30, …}, "next_response": …}; minutes.')
