"""Who asks for which pages: requests as bytes, many different ones of each page, in turn."""

from collections.abc import Sequence
from itertools import cycle, islice
from typing import Final
from urllib.parse import quote_plus, urlencode

from msgspec import Struct

from tools.measure.company import Company

HOST: Final = "127.0.0.1"
MOST: Final = 2000
"""Different new tickets."""
POPULAR: Final = 30
"""Articles and topics that guests look at: each was looked at just before, as those that everybody reads are."""


class Visit(Struct, frozen=True):
    """One request. `address` is the browser's, as a proxy would tell it; `form` makes it a POST."""

    path: str
    cookie: str = ""
    form: str = ""
    address: str = "10.0.0.1"

    @property
    def status(self) -> int:
        """What answers it when all is well."""
        return 303 if self.form else 200

    @property
    def headers(self) -> dict[str, str]:
        named = {"host": HOST, "user-agent": "bench", "accept-language": "vi", "x-forwarded-for": self.address}
        if self.cookie:
            named["cookie"] = f"session={self.cookie}"
        if self.form:
            named |= {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}
            named["content-length"] = str(len(self.form))
        return named

    @property
    def raw(self) -> bytes:
        method = "POST" if self.form else "GET"
        headers = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        return f"{method} {self.path} HTTP/1.1\r\n{headers}\r\n{self.form}".encode()


def visits(company: Company) -> dict[str, list[Visit]]:
    """Page → requests for it; the first is the route of constant bytes that the others are compared with."""
    return {
        "constant bytes": [Visit("/livez")],
        "help centre": [Visit("/vi/help"), Visit("/en/help")],
        "article": _by_guests(company.articles[:POPULAR]),
        "article, signed in": _by_customers(company.articles, company),
        "search": [Visit(f"/{lang}/help/search?q={quote_plus(words)}") for lang, words in company.queries],
        "community": [Visit("/vi/community"), Visit("/en/community")],
        "topic": _by_guests(company.topics[:POPULAR]),
        "topic, signed in": _by_customers(company.topics, company),
        "queue": [Visit("/desk/queues/active", agent.cookie) for agent in company.agents],
        "queue, page 500": [Visit(f"/desk/queues/all?after={agent.late}", agent.cookie) for agent in company.agents],
        "ticket": _turns(
            [[Visit(f"/desk/tickets/{number}", who.cookie) for number in who.tickets] for who in company.agents]
        ),
        "ticket, 50 messages": [Visit(f"/desk/tickets/{company.long}", company.agents[0].cookie)],
        "my requests": [Visit("/vi/help/requests", cookie) for cookie in company.customers],
        "new ticket": [_new(number, company) for number in range(MOST)],
    }


def _by_guests(pages: Sequence[tuple[str, str]]) -> list[Visit]:
    return [Visit(f"/{lang}{path}") for lang, path in pages]


def _by_customers(pages: Sequence[tuple[str, str]], company: Company) -> list[Visit]:
    """Each page looked at by one of those who are signed in."""
    return [Visit(f"/{lang}{path}", who) for (lang, path), who in zip(pages, cycle(company.customers), strict=False)]


def _new(number: int, company: Company) -> Visit:
    """A request by somebody who is signed in. Every one comes from another address, for each may ask so often only."""
    form = {
        "subject": f"Máy in số {number} không in hoá đơn",
        "body": "Chào shop,\n\ntừ sáng nay máy in báo lỗi **E-07**. Mình đã tắt và bật lại.\n\nCảm ơn shop.",
        "department": company.departments[number % len(company.departments)],
        "impact": "slow",
    }
    address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
    cookie = company.customers[number % len(company.customers)]
    return Visit("/vi/help/requests/new", cookie, urlencode(form), address)


def _turns(of_each: Sequence[Sequence[Visit]]) -> list[Visit]:
    """One of each in turn, as long as the longest lasts."""
    longest = max(map(len, of_each))
    return [visit for row in zip(*(islice(cycle(one), longest) for one in of_each), strict=True) for visit in row]
