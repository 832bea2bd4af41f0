from piccolo.columns import Integer, Serial, Text, Timestamptz, Varchar

from helpdesk.core.table import Table


class LetterWording(Table, tablename="letter_wording"):
    """How one kind of letter is worded instead of its original. No row: the original."""

    id: Serial
    kind = Varchar(length=20, help_text="A key of mailroom.wording.KINDS.")
    lang = Varchar(length=2, help_text="vi or en")
    department = Integer(default=0, help_text="Department.id; 0 for all that have none of their own.")
    subject = Varchar(length=500)
    body = Text(help_text="helpdesk.mail.outgoing.wording: Markdown with placeholders.")
    trouble = Text(default="", help_text="Why the original was sent in its place; empty while it works.")
    changed_at = Timestamptz(default=None)


class LetterTicket(Table, tablename="letter_ticket"):
    """That a letter has opened a ticket: so many of one sender within an hour, and further letters are held."""

    id: Serial
    email_key = Varchar(length=320, help_text="Folded, to be compared (core.text.email_key).")
    domain = Varchar(length=255, help_text="Whose domain that is; empty where it belongs to everybody.")
    opened_at = Timestamptz(default=None)
