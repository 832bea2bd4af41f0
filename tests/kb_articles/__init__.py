"""Articles for the tests."""

from helpdesk.core.actor import SYSTEM, Actor
from kb.articles import actions
from kb.articles.actions import Draft, Shelf
from kb.articles.queries import Manuscript, manuscript

BODY = """Tiền về đúng thẻ khách đã dùng. Chúng tôi không thu phí hoàn.

# Trước khi hoàn

- Bạn cần quyền **Hoàn tiền**.

# Các bước

1. Mở **Đơn hàng**.
2. Bấm **Trả hàng**.
"""


def draft(title: str = "Hoàn tiền cho khách trả bằng thẻ", body: str = BODY, **more: object) -> Draft:
    return Draft(**{"title": title, "body": body, "lang": "vi", **more})  # type: ignore[arg-type]


async def written(title: str = "Hoàn tiền cho khách trả bằng thẻ", body: str = BODY, **more: object) -> int:
    """An article, published unless `more` says otherwise; its id."""
    return await actions.create(SYSTEM, draft(title, body, **{"status": "published", **more}))


async def shelf(name_vi: str = "Bán tại quầy", name_en: str = "At the counter", **more: object) -> int:
    return await actions.add_category(SYSTEM, Shelf(name_vi=name_vi, name_en=name_en, **more))  # type: ignore[arg-type]


async def now_of(article_id: int, actor: Actor = SYSTEM) -> Manuscript:
    return await manuscript(actor, article_id)
