"""The domains that our letters are sent from: their keys, the records they need, and what DNS says of them."""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

import msgspec
from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Meta, Struct

from helpdesk.core.clock import now
from helpdesk.core.config import config
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.departments.queries import all_departments
from helpdesk.i18n.catalogue import gettext, phrase
from helpdesk.jobs.queue import enqueue
from helpdesk.mail.outgoing import dkim, dns
from helpdesk.mail.outgoing.compose import checked
from helpdesk.mail.outgoing.dkim import Algorithm, Key
from helpdesk.mail.outgoing.dns import Facts, Finding
from helpdesk.mail.tables import DomainCheck
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery, Page
from helpdesk.web.forms import Form, read
from helpdesk.web.render import Html, go, page, part

STALE: Final = timedelta(hours=12)
"""How old an answer of DNS may be before it is asked for again by itself."""


class Record(Struct, frozen=True):
    """A record to be set in DNS; `strings` are its parts where a text is too long for one."""

    name: str
    kind: Literal["TXT", "MX"]
    strings: list[str]

    @property
    def text(self) -> str:
        return "".join(self.strings)


class Looked(Struct, frozen=True):
    """What DNS said of a domain, and when; no moment for never."""

    findings: list[Finding]
    checked_at: datetime | None


class NewKey(Struct):
    domain: Annotated[str, Meta(max_length=253)]
    algorithm: Algorithm = "rsa"


class Choice(Struct):
    is_active: bool = False


class DomainAdmin(Controller):
    path = "/domains"

    @get()
    async def domains(self) -> Html:
        return page("mailroom/domains.html", domains=[(name, await looked(name)) for name in await ours()], form=None)

    @post("/keys")
    async def make(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        form = await read(request, NewKey)
        if form.data is not None:
            try:
                name = _in_dns(form.data.domain)
                await dkim.make(actor, name, form.data.algorithm)
            except Invalid as refusal:
                form = form.refused(refusal)
            else:
                await ask(name)
                return go(
                    f"/admin/domains/{name}", tell=gettext("The key is made. Publish its record, then sign with it.")
                )
        return page(
            "mailroom/domains.html",
            status=422,
            domains=[(name, await looked(name)) for name in await ours()],
            form=form,
        )

    @post("/keys/{key_id:int}/choose")
    async def choose(self, actor: CurrentActor, key_id: FromPath[int], request: Page) -> Redirect:
        form: Form[Choice] = await read(request, Choice)
        key = await _key(key_id)
        assert form.data is not None
        await dkim.choose(actor, key_id, is_active=form.data.is_active)
        told = (
            gettext("Letters are signed with it now.") if form.data.is_active else gettext("It signs no more letters.")
        )
        return go(f"/admin/domains/{key.domain}", tell=told)

    @post("/keys/{key_id:int}/remove")
    async def remove(self, actor: CurrentActor, key_id: FromPath[int]) -> Redirect:
        key = await _key(key_id)
        try:
            await dkim.remove(actor, key_id)
        except Invalid as refusal:
            return go(f"/admin/domains/{key.domain}", tell=refusal.reason, kind="warn")
        return go(
            f"/admin/domains/{key.domain}", tell=gettext("Removed. Its record can be taken out of DNS in a week.")
        )

    @get("/{domain:str}")
    async def domain(self, domain: FromPath[str], asked: FromQuery[bool] = False) -> Html:
        name = await _of_ours(domain)
        keys = await dkim.keys(name)
        found = await looked(name)
        return page(
            "mailroom/domain.html",
            domain=name,
            keys=keys,
            records={key.id: Record(key.host, "TXT", dns.strings(key.text)) for key in keys},
            others=_others(name),
            looked=found,
            is_asked=asked,
        )

    @get("/{domain:str}/findings")
    async def findings(self, domain: FromPath[str]) -> Html:
        name = await _of_ours(domain)
        return part("mailroom/_findings.html", domain=name, looked=await looked(name), is_asked=True)

    @post("/{domain:str}/look")
    async def look(self, domain: FromPath[str]) -> Redirect:
        name = await _of_ours(domain)
        await ask(name)
        return go(
            f"/admin/domains/{name}?asked=true",
            tell=gettext("The name servers are being asked. It takes some seconds."),
        )


async def ours() -> list[str]:
    """The domains of departments' addresses and those that have a key, by name."""
    written = {_in_dns(address.rpartition("@")[2]) for one in await all_departments() for address in one.addresses}
    return sorted(written | {key.domain for key in await dkim.keys()})


async def looked(domain: str) -> Looked:
    """What DNS said when it was last asked, in words."""
    row = (
        await DomainCheck.select(DomainCheck.facts, DomainCheck.checked_at).where(DomainCheck.domain == domain).first()
    )
    if row is None:
        return Looked([], None)
    facts = msgspec.json.decode(row["facts"], type=Facts)
    return Looked(dns.judge(facts, await dkim.keys(domain)), row["checked_at"])


async def ask(domain: str) -> None:
    """Owe a look at what DNS says of a domain."""
    await enqueue(check, {"domain": domain}, key=f"dns:{domain}")


async def check(domain: str) -> None:
    """The job: ask, and keep what was said. Waits for name servers in a thread of its own."""
    selectors = [key.selector for key in await dkim.keys(domain)]
    server = urlsplit(config().smtp_url).hostname or ""
    facts = await asyncio.to_thread(dns.look, domain, selectors, server, dns.Resolver(config().dns_server))
    row = DomainCheck(domain=domain, facts=msgspec.json.encode(facts).decode(), checked_at=now())
    await DomainCheck.insert(row).on_conflict(
        target=DomainCheck.domain, action="DO UPDATE", values=[DomainCheck.facts, DomainCheck.checked_at]
    )


async def check_all() -> None:
    """Comes round: ask about each domain of ours once its last answer is stale."""
    fresh = await DomainCheck.select(DomainCheck.domain).where(DomainCheck.checked_at > now() - STALE)
    for domain in set(await ours()) - {row["domain"] for row in fresh}:
        await ask(domain)


def _others(domain: str) -> list[Record]:
    """Records that a domain needs besides its keys, as a start where it has none."""
    server = urlsplit(config().smtp_url).hostname or f"mail.{domain}"
    return [
        Record(domain, "TXT", [f"v=spf1 mx a:{server} ~all"]),
        Record(f"_dmarc.{domain}", "TXT", [f"v=DMARC1; p=none; rua=mailto:postmaster@{domain}"]),
    ]


def _in_dns(domain: str) -> str:
    """A domain as it stands in DNS. Raises Invalid for what is none."""
    try:
        return checked(f"x@{domain.strip().rstrip('.')}").rpartition("@")[2].lower()
    except ValueError:
        raise Invalid({"domain": phrase("Write a domain such as example.vn.")}) from None


async def _of_ours(domain: str) -> str:
    if domain not in await ours():
        raise NotFound()
    return domain


async def _key(key_id: int) -> Key:
    for key in await dkim.keys():
        if key.id == key_id:
            return key
    raise NotFound()
