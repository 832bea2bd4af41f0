from piccolo.columns import Boolean, ForeignKey, Integer, Serial, Text, Timestamptz, Varchar

from helpdesk.core.table import Table


class Role(Table):
    """A named set of permissions. admin, agent and customer are built in."""

    id: Serial
    key = Varchar(length=30, unique=True, help_text="Used in code and API: admin, agent, customer, own ones.")
    name = Varchar(length=60)
    is_staff = Boolean(default=False, help_text="Whether its people work at the desk.")
    permissions = Text(default="[]", help_text="JSON list of permission strings.")


class Organisation(Table):
    """A customer's company, shop or school."""

    id: Serial
    name = Varchar(length=200)
    name_key = Varchar(length=200, unique=True, help_text="core.text.fold(name): one row for each organisation.")
    tier = Varchar(length=40, default="", help_text="How much it is to us, such as VIP; one of tiers.TierSettings.")
    created_at = Timestamptz(default=None)


class Person(Table):
    """Anyone we know: a customer who wrote once, an agent, an administrator."""

    id: Serial
    name = Varchar(length=200, default="")
    email = Varchar(length=320, null=True, default=None, help_text="As the person writes it.")
    email_key = Varchar(length=320, null=True, default=None, unique=True, help_text="core.text.email_key(email).")
    phone = Varchar(length=40, default="")
    words = Varchar(length=600, default="", help_text="rules.words_of(…): what a search finds them by, name first.")
    role = Varchar(length=30, default="customer", help_text="Role.key")
    organisation = ForeignKey(Organisation, null=True, default=None)
    tier = Varchar(length=40, default="", help_text="Their own; empty: that of their organisation.")
    lang = Varchar(length=2, default="vi", help_text="vi or en")
    theme = Varchar(length=6, default="system", help_text="light, dark or system")
    notes = Text(default="", help_text="What agents know about this person. Never shown to customers.")
    password = Varchar(length=200, default="", help_text="Argon2id hash; empty: cannot sign in with a password.")
    is_active = Boolean(default=True)
    email_confirmed_at = Timestamptz(null=True, default=None, help_text="When they proved that the address is theirs.")
    created_at = Timestamptz(default=None)
    seen_at = Timestamptz(null=True, default=None, help_text="When they last signed in.")
    link_version = Integer(default=0, help_text="Rises when links sent before must stop working; see links.py.")


class SignUp(Table, tablename="sign_up"):
    """A password that somebody chose who is new here; theirs once they followed the link in their letter."""

    id: Serial
    person = ForeignKey(Person, null=False)
    name = Varchar(length=200, help_text="As they call themselves; empty when they did not say.")
    password = Varchar(length=200, help_text="Argon2id hash.")
    asked_at = Timestamptz(default=None)


class PersonPhone(Table, tablename="person_phone"):
    """A telephone number somebody has; several people may share one, as in a shop."""

    id: Serial
    person = ForeignKey(Person, null=False)
    number = Varchar(length=16, help_text="E.164, such as +84901234567.")


class Member(Table, tablename="department_member"):
    """An agent works in a department."""

    id: Serial
    person = ForeignKey(Person, null=False)
    department = Integer(help_text="Department.id; departments are one floor up.")


class Session(Table, tablename="session"):
    """One browser that is signed in. Only the hash of its cookie is kept."""

    id: Serial
    person = ForeignKey(Person, null=False)
    token_hash = Varchar(length=64, unique=True)
    browser = Varchar(length=200, default="")
    address = Varchar(length=45, default="", help_text="IP address at sign-in.")
    created_at = Timestamptz(default=None)
    expires_at = Timestamptz(default=None)


class ApiToken(Table, tablename="api_token"):
    """A key for a machine that acts as this person. Only its hash is kept."""

    id: Serial
    person = ForeignKey(Person, null=False)
    name = Varchar(length=100)
    token_hash = Varchar(length=64, unique=True)
    created_at = Timestamptz(default=None)
    used_at = Timestamptz(null=True, default=None)


class AgentMail(Table, tablename="agent_mail"):
    """How an agent signs letters, and what they are told by mail. No row: nothing was chosen yet."""

    id: Serial
    person = ForeignKey(Person, null=False, unique=True)
    signature_vi = Text(default="", help_text="Markdown with placeholders.")
    signature_en = Text(default="")
    hears_new = Varchar(length=3, default="", help_text="Of new tickets: yes, no; empty: where the team is small.")
    hears_assigned = Boolean(default=True)
    hears_replies = Boolean(default=True, help_text="Of customers' answers to tickets of theirs.")
