from datetime import timedelta

import pytest

from helpdesk.core.clock import now
from helpdesk.core.paging import beyond, page_of, write_key
from helpdesk.jobs.tables import Job

SIZE = 3


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("ascending", [True, False])
async def test_every_row_stands_on_one_page_also_where_moments_are_the_same(ascending: bool) -> None:
    moment = now()
    for hours in (0, 1, 1, 1, 1, 2, 2, 0):
        await Job.insert(Job(name="x:y", payload="{}", run_at=moment + timedelta(hours=hours), created_at=moment))

    seen: list[tuple[object, int]] = []
    after: str | None = ""
    while after is not None:
        where = beyond(after, Job.run_at, Job.id, ascending=ascending)
        query = Job.select(Job.id, Job.run_at).where(where if where is not None else Job.id > 0)
        for column in (Job.run_at, Job.id):
            query = query.order_by(column, ascending=ascending)
        page = page_of(await query.limit(SIZE + 1), SIZE, lambda row: [row["run_at"].isoformat(), row["id"]])
        seen += [(row["run_at"], row["id"]) for row in page.items]
        after = page.next

    assert len(set(seen)) == 8
    assert seen == sorted(seen, reverse=not ascending)


@pytest.mark.once
@pytest.mark.parametrize(
    "after",
    [
        None,
        "",
        "nonsense",
        write_key([1]),
        write_key(["2026-11-20T03:24:00+00:00"]),
        write_key(["2026-11-20T03:24:00+00:00", "1"]),
        write_key(["2026-11-20T03:24:00+00:00", 1, 1]),
        write_key(["2026-11-20T03:24:00+00:00", 2**31]),
        write_key(["2026-11-20T03:24:00", 1]),
        write_key(["Lan", 1]),
        write_key([None, 1]),
    ],
)
def test_a_key_of_another_list_leads_to_the_beginning(after: str | None) -> None:
    assert beyond(after, Job.run_at, Job.id) is None
