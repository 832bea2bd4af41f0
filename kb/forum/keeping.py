"""What administrators change: the boards."""

from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec.structs import asdict

from helpdesk.core.actor import Actor
from helpdesk.core.db import locked, transaction
from helpdesk.core.errors import Conflict, Invalid, NotFound
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from kb.forum import access, rules
from kb.forum.actions import must
from kb.forum.events import BoardChanged
from kb.forum.tables import Board, Topic


class BoardWords(Struct, frozen=True, kw_only=True):
    """A board as an administrator describes it; `icon` is one of rules.ICONS."""

    name_vi: Annotated[str, Meta(min_length=1, max_length=100)]
    name_en: Annotated[str, Meta(min_length=1, max_length=100)]
    about_vi: Annotated[str, Meta(max_length=300)] = ""
    about_en: Annotated[str, Meta(max_length=300)] = ""
    icon: str = "messages-square"
    staff_only: bool = False


async def add_board(actor: Actor, words: BoardWords) -> int:
    """A new board, the last in the order; its id. Raises Invalid for a picture that we do not have."""
    async with transaction():
        must(access.may_keep_boards(actor))
        board = Board(**_columns(words), position=await Board.count() + 1)
        await board.save()
        await record(BoardChanged(actor=actor.id, board=board.id))
    return int(board.id)


async def change_board(actor: Actor, board_id: int, words: BoardWords) -> None:
    async with transaction():
        must(access.may_keep_boards(actor))
        if not await Board.exists().where(Board.id == board_id):
            raise NotFound()
        await Board.update(_columns(words)).where(Board.id == board_id)
        await record(BoardChanged(actor=actor.id, board=board_id))


async def move_board(actor: Actor, board_id: int, *, up: bool) -> None:
    """One place up or down in the order."""
    async with transaction():
        must(access.may_keep_boards(actor))
        rows = await locked(Board.objects().order_by(Board.position).order_by(Board.id))
        ids = [row.id for row in rows]
        if board_id not in ids:
            raise NotFound()
        place = ids.index(board_id)
        ids.insert(max(0, place - 1) if up else place + 1, ids.pop(place))
        for row in rows:
            row.position = ids.index(row.id) + 1
            await row.save([Board.position])
        await record(BoardChanged(actor=actor.id, board=board_id))


async def remove_board(actor: Actor, board_id: int) -> None:
    """Take an empty board down. Raises Conflict while topics are in it."""
    async with transaction():
        must(access.may_keep_boards(actor))
        if not await Board.exists().where(Board.id == board_id):
            raise NotFound()
        if await Topic.exists().where(Topic.board == board_id):
            raise Conflict(phrase("There are topics in this board. Move them elsewhere first."))
        await Board.delete().where(Board.id == board_id)
        await record(BoardChanged(actor=actor.id, board=board_id))


def _columns(words: BoardWords) -> dict[Any, Any]:
    if words.icon not in rules.ICONS:
        raise Invalid({"icon": phrase("Choose one of the values offered.")})
    return asdict(words)
