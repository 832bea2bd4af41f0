"""A forum for the tests."""

from helpdesk.core.actor import SYSTEM, Actor
from kb.forum import actions, keeping, queries
from kb.forum.actions import Question
from kb.forum.keeping import BoardWords
from kb.forum.queries import TopicRead

BODY = "Máy in bếp và máy in quầy cùng một lúc, có được không?"


async def board(name_vi: str = "Hỏi đáp", name_en: str = "Questions", *, staff_only: bool = False) -> int:
    return await keeping.add_board(SYSTEM, BoardWords(name_vi=name_vi, name_en=name_en, staff_only=staff_only))


def question(board: int, title: str = "Hai máy in trên một quầy", body: str = BODY) -> Question:
    return Question(title=title, body=body, board=board)


async def asked(actor: Actor, title: str = "Hai máy in trên một quầy", body: str = BODY) -> int:
    """A topic in a board of its own."""
    return await actions.start(actor, question(await board(), title, body))


async def now_of(topic: int, actor: Actor = SYSTEM) -> TopicRead:
    return await queries.topic(actor, topic, "en")
