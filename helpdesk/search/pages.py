"""Searching the help centre: results, suggestions while typing, answers while asking."""

from urllib.parse import urlencode

from litestar import Controller, get

from helpdesk.i18n.reader import reading
from helpdesk.search import queries
from helpdesk.web import render
from helpdesk.web.actor import CurrentActor, FromQuery
from helpdesk.web.render import Html, part

LONGEST = 500
"""Characters of a query that are read."""


class SearchPages(Controller):
    path = "/help"
    include_in_schema = False

    @get("/search")
    async def results(
        self,
        actor: CurrentActor,
        q: FromQuery[str] = "",
        kind: FromQuery[str] = "",
        page: FromQuery[int] = 1,
    ) -> Html:
        query = q[:LONGEST].strip()
        lang = reading.get().lang
        found = await queries.results(actor, query, lang=lang, kind=kind, page=page) if query else None
        return render.page("search/results.html", results=found, query=query, ask=_ask(query))

    @get("/suggest")
    async def suggest(self, actor: CurrentActor, q: FromQuery[str] = "") -> Html:
        """Options of a listbox; nothing when nothing fits."""
        found = await queries.suggestions(actor, q[:LONGEST], lang=reading.get().lang)
        return part("search/_suggestions.html", groups=_grouped(found))

    @get("/deflect")
    async def deflect(
        self, actor: CurrentActor, q: FromQuery[str] = "", subject: FromQuery[str] = "", title: FromQuery[str] = ""
    ) -> Html:
        """Up to three answers to what somebody is about to ask; nothing when there are none."""
        text = " ".join(words for words in (q, subject, title) if words)[:LONGEST].strip()
        found = await queries.answers(actor, text, lang=reading.get().lang) if len(text) > 3 else []
        return part("search/_deflect.html", found=found)


def _ask(query: str) -> str:
    """Where to ask a person, the words kept."""
    return "/help/requests/new?" + urlencode({"after": f"search:{query}"[:60], "q": query}) if query else ""


def _grouped(found: list[queries.Found]) -> dict[str, list[queries.Found]]:
    """By kind, each group where its best hit stands."""
    groups: dict[str, list[queries.Found]] = {}
    for row in found:
        groups.setdefault(row.kind_name, []).append(row)
    return groups
