"""What DNS says of our domains is told in words, and signatures are proved with the keys that stand there."""

import re
from collections.abc import Callable
from html import unescape

import dkim as others
import msgspec
import pytest

from helpdesk.core.config import Config, config
from helpdesk.mail.outgoing import dkim, dns, sending
from helpdesk.mail.outgoing.compose import compose
from helpdesk.mail.outgoing.dns import Facts, Resolver, judge, look, strings
from helpdesk.mail.tables import DomainCheck
from helpdesk.mailroom import domains
from tests.factories import Desk
from tests.mail_flow.dns_server import Zone, answering
from tests.mail_flow.test_compose import outgoing

DOMAIN = "lua.example"
GOOD: dict[tuple[str, str], list[str]] = {
    (DOMAIN, "MX"): ["10 mail.lua.example.", "20 spare.lua.example."],
    (DOMAIN, "TXT"): ['"some other text"', '"v=spf1 a:mail.lua.example -all"'],
    ("mail.lua.example", "A"): ["8.8.8.8"],
    ("_dmarc.lua.example", "TXT"): ['"v=DMARC1; p=reject"'],
}


def found(zone: Zone, *, keys: list[dkim.Key] | None = None, **more: list[str]) -> dict[str, tuple[str, str]]:
    with answering(zone, **more) as server:
        facts = look(DOMAIN, [key.selector for key in keys or []], "mail.lua.example", Resolver(server))
    return {one.name: (one.state, str(one.text)) for one in judge(facts, keys or [])}


@pytest.mark.once
def test_a_domain_that_is_well_set_up_is_right_in_all() -> None:
    states = found(GOOD)

    assert {name: state for name, (state, _) in states.items()} == {"MX": "right", "SPF": "right", "DMARC": "right"}
    assert "mail.lua.example, spare.lua.example" in states["MX"][1]
    assert "p=reject" in states["DMARC"][1]


@pytest.mark.once
def test_a_domain_that_says_nothing_lacks_everything() -> None:
    states = found({("else.example", "A"): ["8.8.8.8"]})

    assert {state for state, _ in states.values()} == {"missing"}


@pytest.mark.once
@pytest.mark.parametrize(
    ("spf", "state"),
    [
        (["v=spf1 ip4:8.8.8.0/24 -all"], "right"),
        (["v=spf1 mx -all"], "right"),
        (["v=spf1 a:mail.lua.example/30 ~all"], "right"),
        (["v=spf1 include:_spf.lua.example -all"], "right"),
        (["v=spf1 redirect=_spf.lua.example"], "right"),
        (["V=SPF1 IP4:8.8.8.8 -ALL"], "right"),
        (["v=spf1 ip4:9.9.9.9 -all"], "wrong"),
        (["v=spf1 -ip4:8.8.8.8 -all"], "wrong"),
        (["v=spf1 include:none.lua.example -all"], "wrong"),
        (["v=spf1 +all"], "wrong"),
        (["v=spf1 all"], "wrong"),
        (["v=spf1 -all"], "wrong"),
        (["v=spf1 mx -all", "v=spf1 a -all"], "wrong"),
        (["v=spf1 include:loop.lua.example -all"], "wrong"),
        (["v=spf1 exists:%{i}.x.example -all"], "unknown"),
        (["v=spf10 mx"], "missing"),
    ],
    ids=str,
)
def test_spf_is_read_as_receivers_do(spf: list[str], state: str) -> None:
    zone = {
        **GOOD,
        (DOMAIN, "TXT"): [f'"{text}"' for text in spf],
        ("_spf.lua.example", "TXT"): ['"v=spf1 ip4:8.8.8.8 -all"'],
        ("loop.lua.example", "TXT"): ['"v=spf1 include:loop.lua.example -all"'],
    }

    assert found(zone)["SPF"][0] == state


@pytest.mark.once
@pytest.mark.parametrize(
    ("dmarc", "state"),
    [
        (["v=DMARC1; p=none"], "right"),
        (["v=DMARC1;p=quarantine; pct=50"], "right"),
        (["v=DMARC1; rua=mailto:x@lua.example"], "wrong"),
        (["v=DMARC1; p=maybe"], "wrong"),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "wrong"),
        (["something else"], "missing"),
    ],
    ids=str,
)
def test_a_policy_is_read_as_receivers_do(dmarc: list[str], state: str) -> None:
    zone = {**GOOD, ("_dmarc.lua.example", "TXT"): [f'"{text}"' for text in dmarc]}

    assert found(zone)["DMARC"][0] == state


@pytest.mark.once
def test_a_name_server_that_is_silent_or_broken_makes_nothing_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns, "SECONDS", 0.2)
    silent = found(GOOD, silent=[DOMAIN, "_dmarc.lua.example"])
    broken = found(GOOD, failing=[DOMAIN, "_dmarc.lua.example"])

    for states in (silent, broken):
        assert {state for state, _ in states.values()} == {"unknown"}
        assert "Ask again later" in states["MX"][1]


@pytest.mark.once
def test_a_server_within_our_own_network_cannot_be_judged() -> None:
    with answering({**GOOD, ("mail.lua.example", "A"): ["10.0.0.7"]}) as server:
        facts = look(DOMAIN, [], "mail.lua.example", Resolver(server))

    assert facts.covered == "unknown"
    assert judge(facts, [])[1].state == "unknown"


@pytest.mark.once
def test_a_record_of_a_key_is_split_as_dns_holds_it() -> None:
    _, public = dkim.new_pair("rsa")
    key = dkim.Key(1, DOMAIN, "desk1", "rsa", public, is_active=True)

    parts = strings(key.text)

    assert [len(part) <= 255 for part in parts] == [True, True]
    zone = {**GOOD, ("desk1._domainkey.lua.example", "TXT"): [" ".join(f'"{part}"' for part in parts)]}
    assert found(zone, keys=[key])["DKIM desk1"][0] == "right"
    other = {**zone, ("desk1._domainkey.lua.example", "TXT"): [f'"v=DKIM1; k=rsa; p={public[:200]}"']}
    assert found(other, keys=[key])["DKIM desk1"][0] == "wrong"
    assert found(GOOD, keys=[key])["DKIM desk1"][0] == "missing"
    assert judge(Facts(troubles={"dkim desk1": "Timeout"}), [key])[2].state == "unknown"


@pytest.fixture
def settle(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Config]:
    """Run with other settings."""

    def changed(**settings: object) -> Config:
        new = msgspec.structs.replace(config(), **settings)
        for module in (domains, sending):
            monkeypatch.setattr(module, "config", lambda: new)
        return new

    return changed


async def test_a_key_is_made_published_checked_and_signs(desk: Desk, settle: Callable[..., Config]) -> None:
    await desk.department()
    an = await desk.admin(lang="en")
    browser = await desk.browser(an)
    assert DOMAIN in await browser.text("/admin/domains")

    await browser.post("/admin/domains/keys", data={"domain": "Lua.Example.", "algorithm": "rsa"})
    (key,) = await dkim.keys()
    page = await browser.get(f"/admin/domains/{DOMAIN}")
    assert key.host in page.text
    assert key.text in unescape(page.text)
    assert re.search(r'"v=DKIM1; k=rsa; p=[^"]+"\s+"[^"]+"', unescape(page.text)), "in parts, too"

    zone = {**GOOD, (key.host, "TXT"): [" ".join(f'"{part}"' for part in strings(key.text))]}
    with answering(zone) as server:
        settle(dns_server=server, smtp_url="smtp://mail.lua.example:25")
        await browser.post(f"/admin/domains/{DOMAIN}/look")
        await desk.work()
        told = await browser.text(f"/admin/domains/{DOMAIN}")
        assert "The key is published. Letters can be signed with it now." in told
        assert told.count("right ") >= 4

        await browser.post(f"/admin/domains/keys/{key.id}/choose", data={"is_active": "true"})
        (active,) = await dkim.keys()
        assert active.is_active
        resolver = Resolver(server)
        raw = await dkim.signed(compose(outgoing()))
        assert others.verify(
            raw, dnsfunc=lambda name, timeout=5: "".join(resolver.ask(name.decode(), "TXT")).encode()
        ), "proved with the key that stands in DNS"
    refused = await browser.post(f"/admin/domains/keys/{key.id}/remove")
    assert "Choose another one first" in unescape(refused.text)
    await browser.post(f"/admin/domains/keys/{key.id}/choose", data={})
    await browser.post(f"/admin/domains/keys/{key.id}/remove")
    assert await dkim.keys() == []


async def test_domains_are_asked_about_by_themselves_when_the_last_answer_is_stale(
    desk: Desk, settle: Callable[..., Config]
) -> None:
    await desk.department()
    with answering(GOOD) as server:
        settle(dns_server=server)
        await domains.check_all()
        await desk.work()
        first = await DomainCheck.select(DomainCheck.checked_at)
        desk.clock.go(hours=1)
        await domains.check_all()
        await desk.work()
        assert await DomainCheck.select(DomainCheck.checked_at) == first
        desk.clock.go(hours=12)
        await domains.check_all()
        await desk.work()
        assert await DomainCheck.select(DomainCheck.checked_at) != first


async def test_what_is_no_domain_of_ours_has_no_page(desk: Desk) -> None:
    await desk.department()
    browser = await desk.browser(await desk.admin(lang="en"))

    assert (await browser.get("/admin/domains/khach.example")).status_code == 404
    assert (await browser.post("/admin/domains/keys/99/remove")).status_code == 404
    wrong = await browser.post("/admin/domains/keys", data={"domain": "not a domain"})
    assert wrong.status_code == 422
    assert "Write a domain such as example.vn." in wrong.text
    minh = await desk.agent("Minh")
    assert (await (await desk.browser(minh)).get("/admin/domains")).status_code == 403
