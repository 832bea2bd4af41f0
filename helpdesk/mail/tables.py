from piccolo.columns import BigInt, Boolean, Bytea, ForeignKey, Integer, Serial, Text, Timestamptz, Varchar

from helpdesk.core.table import Table


class Inbound(Table):
    """A letter that came in: what we know of it. Its bytes are in `InboundRaw`, untouched."""

    id: Serial
    source = Varchar(length=100, help_text="The door: smtp, lmtp, pipe, imap:<mailbox id> or pop3:<mailbox id>.")
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
    reason = Text(default="", help_text="Why it is held or set aside: a phrase as i18n.kept keeps it.")
    correction = Text(default="", help_text="JSON of mail.reading.correction.Correction; empty for none.")
    about = Varchar(length=60, default="", help_text="What it became, such as ticket:7.")
    answer_to = Varchar(
        length=320, default="", help_text="Where an automatic answer goes when not to the sender's bare address."
    )
    flood = Varchar(
        length=321, default="", help_text="Of whom there were too many: an address, or a domain with its @."
    )
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
    lane = Varchar(length=60, default="", help_text="Letters of one lane leave in order, such as ticket:7; empty: any.")
    recipients = Text(help_text="JSON list of addresses; how each does is in OutboundRecipient.")
    subject = Text(default="")
    message_id = Varchar(length=998)
    content = Bytea(help_text="The whole message as RFC 5322 bytes.")
    state = Varchar(
        length=10,
        default="waiting",
        help_text="waiting, sent, kept (no SMTP server is set), unknown (perhaps sent), failed or bounced.",
    )
    attempts = Integer(default=0, help_text="Tries that the mail server answered, or broke off in the middle.")
    drops = Integer(default=0, help_text="How often the line broke after the whole letter, before the answer.")
    retries = Integer(default=0, help_text="How often somebody had it sent again.")
    answer = Text(default="", help_text="What the mail server said when it took the letter, mostly its queue id.")
    last_error = Text(default="")
    send_at = Timestamptz(default=None, help_text="Not before this moment.")
    sent_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz(default=None)


class OutboundRecipient(Table, tablename="outbound_recipient"):
    """How a letter of ours does with one of its recipients."""

    id: Serial
    outbound = ForeignKey(Outbound, null=False)
    email = Varchar(length=320)
    email_key = Varchar(length=320, help_text="Folded, to be compared (core.text.email_key).")
    state = Varchar(length=10, default="waiting", help_text="waiting, sent, delayed, unknown, failed or bounced.")
    code = Integer(default=0, help_text="The mail server's reply code (RFC 5321, 4.2); 0 for none.")
    status = Varchar(length=12, default="", help_text="Enhanced status code (RFC 3463), such as 5.1.1; empty for none.")
    reason = Text(default="", help_text="The mail server's own words, or ours where there are none.")
    changed_at = Timestamptz(default=None)


class Relay(Table):
    """The mail server that letters leave by: how it does, and which process sends now. One row."""

    id: Serial
    name = Varchar(length=20, unique=True, help_text="Always smtp.")
    failing_since = Timestamptz(null=True, default=None, help_text="NULL while it takes letters.")
    tries = Integer(default=0, help_text="How often it was tried in vain since then.")
    next_try_at = Timestamptz(null=True, default=None)
    last_error = Text(default="")
    sent_at = Timestamptz(null=True, default=None, help_text="When it took the last letter.")
    sender = Varchar(length=40, default="", help_text="The process that sends now; empty for none.")
    sends_until = Timestamptz(null=True, default=None, help_text="After it, that process is taken for dead.")
    refuses_null = Varchar(length=260, default="", help_text="The server that takes no letters from the null sender.")


class Trouble(Table):
    """Mail that stood still for minutes: administrators are told once, and once more when it is over."""

    id: Serial
    thing = Varchar(length=60, help_text="outbox, or a mailbox such as mailbox:3.")
    name = Varchar(length=100, default="", help_text="What people call it; empty for the outbox.")
    reason = Text(default="", help_text="Why, as i18n.kept keeps it.")
    began_at = Timestamptz(default=None)
    over_at = Timestamptz(null=True, default=None)


class DeliveryReport(Table, tablename="delivery_report"):
    """What a machine told us later about a letter of ours: it bounced, is late, was read, was taken for spam."""

    id: Serial
    outbound = ForeignKey(Outbound, null=False)
    recipient = Varchar(length=320, help_text="Whom it is about; one of the letter's recipients.")
    kind = Varchar(length=10, help_text="bounced, delayed, delivered, read or complaint.")
    reason = Varchar(length=20, default="", help_text="One of mail.machines.reasons; empty where nothing went wrong.")
    status = Varchar(length=11, default="", help_text="Enhanced status code (RFC 3463), such as 5.1.1; empty for none.")
    words = Text(default="", help_text="The mail server's own words.")
    inbound = ForeignKey(Inbound, help_text="The letter that told it; empty when the server said it at once.")
    told_at = Timestamptz(default=None)


class AddressTrouble(Table, tablename="address_trouble"):
    """What stands against writing to an address. No row, no trouble."""

    id: Serial
    email = Varchar(length=320)
    email_key = Varchar(length=320, unique=True, help_text="Folded, to be compared (core.text.email_key).")
    is_dead = Boolean(default=False, help_text="Letters do not arrive there.")
    is_silent = Boolean(
        default=False, help_text="No automatic letters: somebody complained, or a machine answers them."
    )
    reason = Varchar(length=20, help_text="One of mail.machines.reasons, or complaint, or loop.")
    status = Varchar(length=11, default="", help_text="Enhanced status code (RFC 3463), such as 5.1.1; empty for none.")
    words = Text(default="", help_text="The mail server's own words.")
    failures = Integer(default=0, help_text="Letters in a row that did not arrive.")
    since = Timestamptz(default=None)
    last_at = Timestamptz(default=None)


class AutomaticLetter(Table, tablename="automatic_letter"):
    """That a program of ours wrote to an address: so many within an hour and a day, and no more."""

    id: Serial
    email_key = Varchar(length=320)
    about = Varchar(length=60, help_text="Why, such as ticket:7.")
    sent_at = Timestamptz(default=None)


class Mailbox(Table):
    """A mailbox of ours at a mail server, that letters are fetched from."""

    id: Serial
    name = Varchar(length=100)
    protocol = Varchar(length=4, default="imap", help_text="imap or pop3.")
    host = Varchar(length=253)
    port = Integer(default=993)
    security = Varchar(length=8, default="tls", help_text="tls, starttls or none.")
    username = Varchar(length=320)
    sign_in = Varchar(length=8, default="password", help_text="password or oauth.")
    password = Text(help_text="Sealed with core.keys.seal.")
    provider = Varchar(length=10, default="", help_text="Who gives permission by OAuth 2: a key of oauth.PROVIDERS.")
    tenant = Varchar(length=100, default="", help_text="The organisation at Microsoft; empty: any.")
    client_id = Varchar(length=320, default="", help_text="Who we are to the provider.")
    client_secret = Text(default="", help_text="Sealed; empty for a client without one.")
    authorize_url = Varchar(length=500, default="", help_text="Of a provider of one's own.")
    token_url = Varchar(length=500, default="", help_text="Of a provider of one's own.")
    scope = Varchar(length=500, default="", help_text="Of a provider of one's own.")
    permission = Text(default="", help_text="Sealed oauth.Permission; empty: not given, or withdrawn.")
    connected_at = Timestamptz(null=True, default=None, help_text="When somebody last gave permission.")
    folder = Varchar(length=200, default="INBOX")
    address = Varchar(length=320, default="", help_text="What letters in it were sent to when they do not say.")
    backfill = Varchar(length=6, default="unread", help_text="What is taken of old letters: new, unread, days or all.")
    backfill_days = Integer(default=30)
    after_fetch = Varchar(
        length=6, default="leave", help_text="leave, read, flag, move or delete, once a letter is kept."
    )
    move_to = Varchar(length=200, default="", help_text="The folder that kept letters are moved to.")
    is_active = Boolean(default=True)
    uid_validity = BigInt(default=0, help_text="0: never looked into.")
    last_uid = BigInt(default=0, help_text="Every letter up to this UID is done with, or stands in MailboxLetter.")
    backfill_to = BigInt(
        default=0, help_text="Letters up to this UID were there before us: the choice above is for them."
    )
    backfill_since = Timestamptz(null=True, default=None, help_text="Of those, only what came on this day or later.")
    fetched_at = Timestamptz(null=True, default=None)
    last_error = Text(default="", help_text="What is wrong now, as i18n.kept keeps it; empty while all is well.")
    failing_since = Timestamptz(null=True, default=None, help_text="Since when nothing can be fetched.")
    last_letter_at = Timestamptz(null=True, default=None, help_text="When a new letter last came from it.")
    fetching_until = Timestamptz(
        null=True, default=None, help_text="While a fetch runs: after it, it is taken for dead."
    )
    listening_until = Timestamptz(null=True, default=None, help_text="While a process listens; after it, for dead.")
    listener = Varchar(length=64, default="", help_text="Which process that is.")


class MailboxLetter(Table, tablename="mailbox_letter"):
    """A letter at the mail server of which something must be remembered."""

    id: Serial
    mailbox = ForeignKey(Mailbox, null=False)
    uid_validity = BigInt(help_text="0 for POP3.")
    uid = Varchar(length=200, help_text="IMAP's UID or POP3's unique-id.")
    state = Varchar(
        length=8,
        help_text="known (POP3: done with), marking (kept; what is done afterwards is owed), trying (the server failed "
        "at it), aside (it failed too often) or large (above the limit).",
    )
    tries = Integer(default=0)
    reason = Text(default="")
    size = BigInt(default=0, help_text="Bytes, as the server says.")
    sender = Varchar(length=320, default="", help_text="For showing only.")
    subject = Text(default="", help_text="For showing only.")
    seen_at = Timestamptz(default=None)
    try_at = Timestamptz(null=True, default=None, help_text="When it is tried again.")


class MailboxFetch(Table, tablename="mailbox_fetch"):
    """The ledger: a fetch that saw something or failed. seen = stored + duplicates + held, as the database checks."""

    id: Serial
    mailbox = ForeignKey(Mailbox, null=False)
    began_at = Timestamptz(default=None)
    ended_at = Timestamptz(null=True, default=None, help_text="Empty while it runs, and for one that was killed.")
    times = Integer(default=1, help_text="How many fetches in a row failed alike.")
    seen = Integer(default=0, help_text="Letters that were dealt with.")
    stored = Integer(default=0, help_text="New ones.")
    duplicates = Integer(default=0, help_text="Those that had come in before, by whichever door.")
    held = Integer(default=0, help_text="Those left in the mailbox: too large, or the server fails at them.")
    error = Text(default="", help_text="As i18n.kept keeps it.")


class DkimKey(Table, tablename="dkim_key"):
    """A key that letters of a domain are signed with, or were until lately (RFC 6376)."""

    id: Serial
    domain = Varchar(length=253, help_text="As it stands in DNS: lower case, ASCII.")
    selector = Varchar(length=63)
    algorithm = Varchar(length=7, help_text="rsa or ed25519.")
    private = Text(help_text="Sealed with core.keys.seal: PEM for rsa, 32 bytes in base64 for ed25519.")
    public = Text(help_text="What the record says after p=, in base64.")
    is_active = Boolean(default=False, help_text="Whether letters are signed with it now.")
    created_at = Timestamptz(default=None)


class DomainCheck(Table, tablename="domain_check"):
    """What DNS said of a domain of ours when it was last asked."""

    id: Serial
    domain = Varchar(length=253, unique=True)
    facts = Text(help_text="mail.outgoing.dns.Facts as JSON.")
    checked_at = Timestamptz(default=None)
