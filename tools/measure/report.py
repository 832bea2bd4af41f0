"""Figures as Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from tools.measure.acts import Acts, middle
from tools.measure.letters import Result as Letters
from tools.measure.load import Result


class Memory(Struct, frozen=True):
    """Bytes of the server (PSS): after its first page, after the pages, after the letters."""

    rest: int
    pages: int
    letters: int


def pages(results: Sequence[Result], questions: Mapping[str, tuple[int, int]]) -> str:
    """A line for each page; `of constant` is its share of what the route of constant bytes does in the same run."""
    constant = next((row.per_second for row in results if row.page == "constant bytes"), 0.0)
    return _table(
        ("page", "requests/s", "of constant", "p50 ms", "p95 ms", "CPU ms", "database CPU ms", "queries", "KB"),
        (
            (
                row.page,
                f"{row.per_second:,.0f}",
                f"{row.per_second / constant:.1%}" if constant else "–",
                f"{row.p50:.1f}",
                f"{row.p95:.1f}",
                f"{row.cpu:.2f}",
                f"{row.database_cpu:.2f}",
                "{} / {}".format(*questions.get(row.page, ("–", "–"))),
                f"{row.bytes / 1024:.1f}",
            )
            for row in results
        ),
    )


def acts(done: Acts) -> str:
    middle_seen, late_seen = middle(done.seen)
    return (
        f"{done.tickets} tickets tagged at once: {done.seconds:.1f} s, {done.cpu / done.tickets * 1000:.2f} ms of the"
        f" server for each. A change until another's open page shows it: {middle_seen:.0f} ms (p50),"
        f" {late_seen:.0f} ms (p95)."
    )


GROWTH: Final = ("tickets", "page", "p50 ms", "p95 ms", "CPU ms", "database CPU ms", "queries")


def heading_of_growth() -> str:
    return _table(GROWTH, ())


def growth(
    tickets: int, results: Sequence[Result], questions: Mapping[str, tuple[int, int]], acts: Acts, seconds: float
) -> str:
    """Lines below that heading, for one size, and what the acts took as two more."""
    middle_seen, late_seen = middle(acts.seen)
    rows: list[Sequence[object]] = [
        (
            *(f"{tickets:,}", row.page, f"{row.p50:.1f}", f"{row.p95:.1f}", f"{row.cpu:.2f}"),
            *(f"{row.database_cpu:.2f}", "{} / {}".format(*questions.get(row.page, ("–", "–")))),
        )
        for row in results
    ]
    rows.append((f"{tickets:,}", "a change, until seen", f"{middle_seen:.1f}", f"{late_seen:.1f}", "–", "–", "–"))
    each = acts.cpu / acts.tickets * 1000
    what = f"{acts.tickets} tickets tagged: {acts.seconds:.1f} s"
    rows.append((f"{tickets:,}", what, "–", "–", f"{each:.2f} each", "–", "–"))
    rows.append((f"{tickets:,}", f"written in {seconds:.0f} s", "–", "–", "–", "–", "–"))
    return "\n".join(_line(row) for row in rows)


def letters(results: Sequence[Letters]) -> str:
    return _table(
        ("letters by", "how many", "kept/s", "sorted/s", "CPU ms of the server", "CPU ms at the door"),
        (
            (
                row.door,
                row.letters,
                f"{row.kept:.0f}",
                f"{row.sorted:.0f}",
                f"{row.cpu:.1f}",
                f"{row.door_cpu:.0f}" if row.door_cpu else "–",
            )
            for row in results
        ),
    )


def memory(used: Memory) -> str:
    rest, after, last = (f"{size / 1024 / 1024:.0f} MB" for size in (used.rest, used.pages, used.letters))
    return (
        f"Memory of the server (PSS): {rest} after its first page, {after} after all pages, {last} after the letters."
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] + ["--:"] * (len(head) - 1), *rows]
    return "\n".join(_line(line) for line in lines)


def _line(cells: Sequence[object]) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"
