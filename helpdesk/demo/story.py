"""
The demo company's history: who does what when, told as steps that the loader plays in order.

Each step goes through the action that a person's click or letter would go through. Where a step needs what an
earlier one made, it finds it by its key in the content.
"""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import holidays
import msgspec
from msgspec import Struct

from helpdesk.assignment import actions as assignment
from helpdesk.assignment import handing
from helpdesk.assignment import queries as assignment_queries
from helpdesk.automation import actions as automation
from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.text import slug
from helpdesk.demo import company
from helpdesk.departments import actions as departments
from helpdesk.departments import queries as departments_queries
from helpdesk.departments.tables import Department
from helpdesk.people import actions as people
from helpdesk.people.queries import actor_of
from helpdesk.settings import store
from helpdesk.settings.site import SiteSettings
from helpdesk.sla import actions as sla
from helpdesk.sla import days, promise_actions
from helpdesk.sla.tables import CalendarRow, PolicyRow
from helpdesk.surveys import actions as surveys
from helpdesk.surveys.actions import Score
from helpdesk.tickets import access, answer_times
from helpdesk.tickets import actions as tickets
from helpdesk.tickets.canned import actions as canned
from helpdesk.tickets.fields import actions as fields
from helpdesk.tickets.fields import lines
from helpdesk.tickets.fields import queries as fields_queries
from helpdesk.tickets.named import actions as named
from helpdesk.tickets.named import queries as named_queries
from helpdesk.tickets.said import Mailbox, Said, typed
from helpdesk.topics import actions as request_topics
from helpdesk.topics import queries as topics_queries
from kb.articles import actions as articles
from kb.articles import rules as article_rules
from kb.articles.tables import Article
from kb.forum import actions as forum
from kb.forum import keeping
from kb.forum.tables import Post, Topic

DAY: Final = 24 * 60
"""Minutes."""
FOUNDED: Final = 730 * DAY
"""So many minutes before the moment of loading the company began."""
OUTLINED: Final = 80 * DAY
"""When the help centre was planned: every article has its title and its first words."""
READINGS_PER_RATING: Final = 9
BOARD_ICONS: Final = {"questions": "circle-help", "ideas": "lightbulb", "announcements": "megaphone"}

_LINK: Final = re.compile(r"\[([^\]]*)\]\(article:([^)]*)\)")


class Step(Struct, frozen=True):
    """Something that happens at a moment."""

    at: datetime
    act: Callable[[], Awaitable[None]]


def told(end: datetime) -> list[Step]:
    """The whole history up to `end`, the oldest step first."""
    story = _Story(end)
    story.tell_company()
    story.tell_articles()
    story.tell_forum()
    for number, ticket in enumerate(company.tickets()):
        story.tell_ticket(number, ticket)
    story.steps.append(Step(end, answer_times.reckon))
    return sorted(story.steps, key=lambda step: step.at)


class _Story:
    """Collects the steps, and knows by their keys the things that those played so far have made."""

    def __init__(self, end: datetime) -> None:
        self.steps: list[Step] = []
        self._end = end
        self._departments: dict[str, int] = {}
        self._fields: dict[str, int] = {}
        self._requests: dict[str, int] = {}
        self._people: dict[str, Actor] = {}
        self._categories: dict[str, int] = {}
        self._articles: dict[str, int] = {}
        self._boards: dict[str, int] = {}
        self._topics: dict[str, int] = {}
        self._posts: dict[tuple[str, int], int] = {}
        self._tickets: dict[int, int] = {}

    def _then(self, minutes_ago: float, act: Callable[..., Awaitable[None]], *about: object) -> None:
        self.steps.append(Step(self._end - timedelta(minutes=minutes_ago), partial(act, *about)))

    # The company

    def tell_company(self) -> None:
        self._then(FOUNDED, self._found)
        for place, customer in enumerate(company.people().customers):
            self._then(customer.joined_days_ago * DAY + place * 13, self._join, customer)
        self._then(0, self._hand_out)
        self._then(0, self._rule)

    async def _found(self) -> None:
        for table in (Department, PolicyRow, CalendarRow):  # what every new desk begins with
            await table.delete(force=True)
        await store.save(SYSTEM, SiteSettings(name="Lúa", language="vi"))
        calendars = {calendar.key: await self._calendar(calendar) for calendar in company.calendars()}
        policies = {policy.key: await _policy(policy) for policy in company.policies()}
        for policy in company.policies():
            if policy.tier:
                await promise_actions.add_rule(SYSTEM, policies[policy.key], {"tier": [policy.tier]})
        for department in company.departments():
            wanted = departments.Wanted(
                name_vi=department.name_vi,
                name_en=department.name_en,
                about_vi=department.blurb_vi,
                about_en=department.blurb_en,
                phone=department.phone,
                address_vi=department.place_vi,
                address_en=department.place_en,
                map_url=department.map,
                calendar=calendars[department.calendar],
                policy=policies[department.policy],
                addresses=(department.address,),
            )
            self._departments[department.key] = await departments.add(SYSTEM, wanted)
        departments_queries.forget_all()
        for status in company.statuses():
            wanted_status = named.WantedStatus(
                category=status.category,
                name_vi=status.name_vi,
                name_en=status.name_en,
                public_vi=status.public_vi,
                public_en=status.public_en,
                colour=status.colour,
            )
            await named.add_status(SYSTEM, wanted_status)
        for one in company.priorities():
            wanted_priority = named.WantedPriority(name_vi=one.name_vi, name_en=one.name_en, colour=one.colour)
            await named.add_priority(SYSTEM, wanted_priority)
        named_queries.forget_all()
        for field in company.fields():
            wanted_field = fields.Wanted(
                kind=field.kind,
                name_vi=field.name_vi,
                name_en=field.name_en,
                help_vi=field.help_vi,
                help_en=field.help_en,
                choices=field.choices,
                is_of_topics=field.is_of_topics,
                is_public=True,
            )
            self._fields[field.key] = await fields.add(SYSTEM, wanted_field)
        fields_queries.forget_all()
        for topic in company.request_topics():
            self._requests[topic.key] = await self._topic(topic)
        fields_queries.forget_all()
        topics_queries.forget_all()
        await self._hire(company.people().administrator, "admin")
        for agent in company.people().agents:
            await self._hire(agent, "agent")
        for reply in company.canned_replies():
            wanted_reply = canned.Wanted(
                name=reply.name,
                folder=reply.folder,
                department=self._departments[reply.department] if reply.department else None,
                body_vi=reply.body_vi,
                body_en=reply.body_en,
                status=reply.status,
                priority=reply.priority,
                tags=reply.tags,
                move_to=self._departments[reply.move_to] if reply.move_to else None,
            )
            await canned.add(SYSTEM, wanted_reply)

    async def _hand_out(self) -> None:
        """From now on tickets find their agents as the content says; the past was handed out by hand."""
        told = company.assignment()
        skills = {one.key: await assignment.add_skill(SYSTEM, one.name_vi, one.name_en) for one in told.skills}
        for plan in told.plans:
            wanted = assignment.WantedPlan(
                way=plan.way,
                sticky_days=plan.sticky_days,
                away=plan.away,
                hands_to=[self._departments[key] for key in plan.hands_to],
                needs_note=plan.needs_note,
            )
            await assignment.plan(SYSTEM, self._departments[plan.department], wanted)
        for work in told.works:
            how = assignment.WantedWork(
                capacity=work.capacity,
                cover=self._people[work.cover].id if work.cover else None,
                skills=[skills[key] for key in work.skills],
            )
            await assignment.set_work(SYSTEM, self._people[work.agent].id or 0, how)
        assignment_queries.forget_all()
        await handing.hand_out_waiting()

    async def _rule(self) -> None:
        """From now on the desk does by itself what the content says."""
        for told in company.rules():
            wanted = automation.Wanted(
                title=told.title,
                is_active=True,
                whens=told.whens,
                conditions=told.conditions,
                acts=[msgspec.structs.replace(act, article=self._article(act.article)) for act in told.acts],
            )
            await automation.add(SYSTEM, wanted)

    def _article(self, key: str) -> str:
        return str(self._articles[key]) if key else ""

    async def _topic(self, topic: company.RequestTopic) -> int:
        """What requests may be about, and its form."""
        number = await request_topics.create(
            SYSTEM,
            request_topics.Wanted(
                name_vi=topic.name_vi,
                name_en=topic.name_en,
                about_vi=topic.about_vi,
                about_en=topic.about_en,
                department=self._departments[topic.department],
                priority=topic.priority,
                tags=topic.tags,
                skills=topic.skills,
                plus=topic.plus,
            ),
        )
        for line in topic.form:
            field = self._fields[line.field]
            wanted = lines.Wanted(is_asked=line.is_asked, only=self._fields.get(line.only), value=line.value)
            await lines.add(SYSTEM, number, field)
            await lines.change(SYSTEM, number, field, wanted)
        return number

    async def _calendar(self, calendar: company.Calendar) -> int:
        number = await sla.add_calendar(
            SYSTEM, name=_both(calendar.name_vi, calendar.name_en), tz=calendar.tz, hours=calendar.hours
        )
        for year in range(self._end.year - 1, self._end.year + 2):
            if calendar.holidays == "all":
                await days.fill_holidays(SYSTEM, number, year, country="VN")
            elif calendar.holidays == "tet":
                for day, name in holidays.country_holidays("VN", years=year, language="vi").items():
                    if "Nguyên Đán" in name:
                        await days.add_holiday(SYSTEM, number, day, name)
        return number

    async def _hire(self, staff: company.Staff, role: str) -> None:
        number = await people.add_person(
            SYSTEM,
            name=staff.name,
            email=staff.email,
            role=role,
            lang=staff.language,
            phone=staff.phone,
            departments=[self._departments[key] for key in staff.departments],
        )
        actor = await actor_of(number)
        # colleagues of other departments are called into a ticket now and then
        may = actor.permissions | {access.SEE_ALL}
        self._people[staff.key] = msgspec.structs.replace(actor, permissions=may)

    async def _join(self, customer: company.Customer) -> None:
        shop = {shop.key: shop for shop in company.people().organisations}.get(customer.organisation or "")
        about_shop = " ".join(part for part in (f"{shop.name}, {shop.city}.", shop.note) if part) if shop else ""
        number = await people.add_person(
            SYSTEM,
            name=customer.name,
            email=customer.email,
            lang=customer.language,
            phone=customer.phone,
            organisation=shop.name if shop else "",
            notes="\n\n".join(part for part in (customer.note, about_shop) if part),
        )
        if shop and shop.tier:
            await people.change_person(SYSTEM, number, organisation_tier=shop.tier)
        self._people[customer.key] = await actor_of(number)

    # The help centre

    def tell_articles(self) -> None:
        self._then(OUTLINED, self._outline)
        for place, article in enumerate(company.articles()):
            self._then(article.updated_days_ago * DAY + place * 11, self._write, article)

    async def _outline(self) -> None:
        """Shelves, and every article as a draft of a few words, so that each can be linked to."""
        for place, shelf in enumerate(company.categories()):
            self._categories[shelf.key] = await articles.add_category(
                SYSTEM,
                articles.Shelf(
                    name_vi=shelf.name_vi,
                    name_en=shelf.name_en,
                    about_vi=shelf.description_vi,
                    about_en=shelf.description_en,
                    icon=shelf.icon,
                    position=place,
                ),
            )
        for article in sorted(company.articles(), key=lambda article: article.translation_of is not None):
            first_words = _LINK.sub(r"\1", article.body.partition("\n\n")[0])
            draft = self._draft(article, first_words, "draft")
            self._articles[article.key] = await articles.create(self._people[article.author], draft)

    async def _write(self, article: company.Article) -> None:
        number = self._articles[article.key]
        draft = self._draft(article, self._linked(article.body), article.status)
        await articles.change(self._people[article.author], number, draft, seen=None)
        await Article.update(
            {
                Article.helpful: article.helpful,
                Article.unhelpful: article.unhelpful,
                Article.views: READINGS_PER_RATING * (article.helpful + article.unhelpful),
            }
        ).where(Article.id == number)

    def _draft(self, article: company.Article, body: str, status: article_rules.Status) -> articles.Draft:
        return articles.Draft(
            title=article.title,
            body=body,
            lang=article.language,
            category=self._categories[article.category],
            translation_of=self._articles[article.translation_of] if article.translation_of else None,
            status=status,
        )

    def _linked(self, text: str) -> str:
        """`[text](article:key)` with the address that the article got."""
        return _LINK.sub(lambda link: f"[{link[1]}]({self._address(link[2])})", text)

    def _address(self, key: str) -> str:
        article = next(article for article in company.articles() if article.key == key)
        return f"/{article.language}{article_rules.path(self._articles[key], slug(article.title, 80))}"

    # The forum

    def tell_forum(self) -> None:
        self._then(OUTLINED, self._open_boards)
        for topic in company.forum().topics:
            self._then(topic.posts[0].minutes_ago, self._begin, topic)
            for place, post in enumerate(topic.posts[1:], start=1):
                self._then(post.minutes_ago, self._answer, topic, place)
                if post.accepted:
                    self._then(max(post.minutes_ago - 25, 0), self._accept, topic, place)

    async def _open_boards(self) -> None:
        for board in company.forum().boards:
            words = keeping.BoardWords(
                name_vi=board.name_vi,
                name_en=board.name_en,
                about_vi=board.description_vi,
                about_en=board.description_en,
                icon=BOARD_ICONS[board.key],
                staff_only=board.staff_only,
            )
            self._boards[board.key] = await keeping.add_board(SYSTEM, words)

    async def _begin(self, topic: company.Topic) -> None:
        question = topic.posts[0]
        words = forum.Question(
            title=topic.title, body=self._linked(question.body), board=self._boards[topic.board], lang=topic.language
        )
        number = await forum.start(self._people[question.author], words)
        self._topics[topic.key] = number
        await Topic.update({Topic.votes: topic.votes, Topic.views: topic.views}).where(Topic.id == number)
        await Post.update({Post.votes: topic.votes}).where(Post.topic == number)

    async def _answer(self, topic: company.Topic, place: int) -> None:
        post = topic.posts[place]
        number = await forum.post(self._people[post.author], self._topics[topic.key], self._linked(post.body))
        self._posts[topic.key, place] = number
        await Post.update({Post.votes: post.votes}).where(Post.id == number)

    async def _accept(self, topic: company.Topic, place: int) -> None:
        await forum.accept(self._people[topic.posts[0].author], self._posts[topic.key, place])

    # The desk

    def tell_ticket(self, number: int, ticket: company.Ticket) -> None:
        """From the first word to the last, and what the customer thought of it."""
        first, *others = ticket.messages
        self._then(first.minutes_ago, self._open, number, ticket)
        ours = [message for message in others if message.author in company.people().staff]
        if ours:
            self._then(min(first.minutes_ago, ours[0].minutes_ago + 1), self._take, number, ticket, ours[0].author)
        for message in others:
            self._then(message.minutes_ago, self._say, number, ticket, message)
        if ours:
            last = ticket.messages[-1].minutes_ago
            self._then(last, self._settle, number, ticket, ticket.assignee or ours[-1].author)
        if ticket.rating:
            self._then(ticket.rating.minutes_ago, self._rate, number, ticket.requester, ticket.rating)

    async def _open(self, number: int, ticket: company.Ticket) -> None:
        self._tickets[number] = await tickets.open(
            self._people[ticket.requester],
            self._said(number, ticket, ticket.messages[0]),
            subject=ticket.subject,
            department=self._departments[ticket.department],
            topic=self._requests.get(ticket.topic),
            priority=ticket.priority,
            mailbox=_department(ticket).address if ticket.channel == "email" else "",
            lang=ticket.language,
        )
        if ticket.status == "new":
            await self._tag(SYSTEM, number, ticket)

    async def _take(self, number: int, ticket: company.Ticket, author: str) -> None:
        """Whoever looks first gives the ticket to somebody and says what it is about."""
        await self._tag(self._people[author], number, ticket)
        if ticket.fields:
            said = {self._fields[key]: [text] for key, text in ticket.fields.items()}
            await tickets.set_fields(self._people[author], self._tickets[number], said)
        if ticket.assignee:
            await tickets.assign(self._people[author], self._tickets[number], self._people[ticket.assignee].id)

    async def _tag(self, actor: Actor, number: int, ticket: company.Ticket) -> None:
        for tag in ticket.tags:
            await tickets.tag(actor, self._tickets[number], tag)

    async def _say(self, number: int, ticket: company.Ticket, message: company.Message) -> None:
        actor = self._people[message.author]
        said = self._said(number, ticket, message)
        if message.kind == "note":
            await tickets.note(actor, self._tickets[number], said)
            return
        if not actor.is_staff and message.author != ticket.requester:
            asker, colleague = self._people[ticket.requester], actor.id or 0
            await tickets.add_participant(asker, self._tickets[number], colleague)
        is_last = message is ticket.messages[-1]
        then = (ticket.called or ticket.status) if is_last else None
        await tickets.reply(actor, self._tickets[number], said, then=then)

    async def _settle(self, number: int, ticket: company.Ticket, author: str) -> None:
        """Leave it as the content says; mostly the last message has done so."""
        await tickets.set_status(self._people[author], self._tickets[number], ticket.called or ticket.status)

    async def _rate(self, number: int, requester: str, rating: company.Rating) -> None:
        score: Score = rating.score
        await surveys.rate(self._people[requester], self._tickets[number], score, rating.comment)

    def _said(self, number: int, ticket: company.Ticket, message: company.Message) -> Said:
        """A customer's letter, or what was typed on the web."""
        words = self._linked(message.body)
        if ticket.channel == "web" or message.author in company.people().staff:
            return typed(words, channel="web")
        department = _department(ticket)
        name = department.name_vi if ticket.language == "vi" else department.name_en
        domain = self._people[message.author].email.partition("@")[2]
        return msgspec.structs.replace(
            typed(words, channel="email", subject=ticket.subject),
            body="",
            to=(Mailbox(name, department.address),),
            message_id=f"{number}.{message.minutes_ago}@{domain}",
        )


async def _policy(policy: company.Policy) -> int:
    targets = {
        kind: msgspec.convert(getattr(policy, kind), dict[str, int])
        for kind in ("first_response", "next_response", "resolution")
    }
    return await sla.add_policy(SYSTEM, name=_both(policy.name_vi, policy.name_en), targets=targets)


def _both(vietnamese: str, english: str) -> str:
    """A name for a thing that has only one, for readers of either language."""
    return f"{vietnamese} · {english}"


def _department(ticket: company.Ticket) -> company.Department:
    return next(department for department in company.departments() if department.key == ticket.department)
