from piccolo.columns import BigInt, Boolean, Bytea, ForeignKey, Integer, Serial, Text, Timestamptz, Varchar
from piccolo.table import Table


class Inbound(Table):
    """A letter that came in: what we know of it. Its bytes are in `InboundRaw`, untouched."""

    id: Serial
    source = Varchar(length=100, help_text="The door: smtp, lmtp, pipe, or imap:<mailbox id>.")
    envelope_from = Varchar(length=320, default="", help_text="Empty: nobody told. <>: the null sender, of bounces.")
    envelope_to = Text(default="[]", help_text="JSON list of addresses from the envelope or --to; may be empty.")
    identity = Varchar(
        length=64, unique=True, help_text="Hash of Message-ID and content: the same letter comes in once."
    )
    message_id = Varchar(length=998, default="", help_text="Without angle brackets; empty when it has none.")
    sender = Varchar(length=320, default="", help_text="Whom From names, as it is read; for showing only.")
    subject = Text(default="", help_text="As it is read; for showing only.")
    size = BigInt(help_text="Bytes.")
    state = Varchar(length=10, default="owed", help_text="owed, sorted, held or set_aside.")
    verdict = Varchar(length=20, default="", help_text="guard.Verdict.kind, once sorted.")
    may_answer = Boolean(default=False, help_text="Whether a program may answer it (RFC 3834), once sorted.")
    reason = Text(default="", help_text="Why it is held or set aside, for the administrator.")
    about = Varchar(length=60, default="", help_text="What it became, such as ticket:7.")
    received_at = Timestamptz(default=None)
    sorted_at = Timestamptz(null=True, default=None)


class InboundRaw(Table, tablename="inbound_raw"):
    """The letter byte for byte, as it was handed to us."""

    id: Serial
    inbound = ForeignKey(Inbound, null=False, unique=True)
    content = Bytea()


class Outbound(Table):
    """A letter that goes out, from the moment it is owed until a mail server has it."""

    id: Serial
    about = Varchar(length=60, default="", help_text="Why it is sent, such as ticket:7.")
    key = Varchar(length=200, null=True, default=None, unique=True, help_text="The same letter is owed once.")
    envelope_from = Varchar(length=320, help_text="Where bounces go; empty for the null sender.")
    recipients = Text(help_text="JSON list of addresses.")
    subject = Text(default="")
    message_id = Varchar(length=998)
    content = Bytea(help_text="The whole message as RFC 5322 bytes.")
    state = Varchar(length=10, default="waiting", help_text="waiting, sent, kept (no SMTP server is set) or failed.")
    attempts = Integer(default=0)
    last_error = Text(default="")
    send_at = Timestamptz(default=None, help_text="Not before this moment.")
    sent_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz(default=None)


class Mailbox(Table):
    """An IMAP mailbox that letters are fetched from."""

    id: Serial
    name = Varchar(length=100)
    host = Varchar(length=253)
    port = Integer(default=993)
    security = Varchar(length=8, default="tls", help_text="tls, starttls or none.")
    username = Varchar(length=320)
    password = Text(help_text="Sealed with core.keys.seal.")
    folder = Varchar(length=200, default="INBOX")
    address = Varchar(length=320, default="", help_text="What letters in it were sent to when they do not say.")
    is_active = Boolean(default=True)
    uid_validity = BigInt(default=0)
    last_uid = BigInt(default=0)
    fetched_at = Timestamptz(null=True, default=None)
    last_error = Text(default="")
