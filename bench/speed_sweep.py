"""
What does it cost to watch over the promises of many open tickets, and to reckon when they are due?

    .venv/bin/python bench/speed_sweep.py [--database sqlite|postgresql|both] [--open 1000 100000]

The sweep runs each 15 seconds. Printed as Markdown: how long it takes while nothing is due, when a hundred promises are
missed at once, and when all of them are, as after days in which nothing ran; and due moments a second in one process.
"""

import argparse
import os
import sys
from pathlib import Path
from typing import Final

import msgspec

sys.path.insert(0, str(Path(__file__).parents[1]))

from tools.measure.places import Kind, place

HEAD: Final = """\
| database | open tickets | nothing due, ms | 100 missed, ms | all missed, s | noticed a second | due moments a second |
| --- | --: | --: | --: | --: | --: | --: |"""


def main() -> None:
    parser = argparse.ArgumentParser(description="What does it cost to watch over promises?")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--open", type=int, nargs="+", default=[1000, 100_000])
    options = parser.parse_args()
    kinds: list[Kind] = ["sqlite", "postgresql"] if options.database == "both" else [options.database]
    print(f"Load {os.getloadavg()[0]:.1f} before.\n\n{HEAD}", flush=True)
    for kind in kinds:
        for count in options.open:
            with place(kind) as where:
                told = where.run("tools.measure.sweeping", _asked(count, options.open))
            found = msgspec.json.decode(told, type=dict[str, float])
            cells = [
                "SQLite" if kind == "sqlite" else "PostgreSQL",
                f"{count:,}",
                f"{found['idle'] * 1000:.2f}",
                f"{found['few'] * 1000:.0f}",
                *_of_everything(found),
                f"{found['due_a_second']:,.0f}",
            ]
            print(f"| {' | '.join(cells)} |", flush=True)


def _asked(count: int, counts: list[int]) -> str:
    """All at once are measured with the fewest tickets: the time grows with them, and nothing else does."""
    return msgspec.json.encode({"open": count, "all": int(count == min(counts))}).decode()


def _of_everything(found: dict[str, float]) -> list[str]:
    if not found["everything"]:
        return ["–", "–"]
    later = found["missed"] - found["noticed"]
    return [f"{found['everything']:.1f}", f"{later / found['everything']:,.0f}"]


if __name__ == "__main__":
    main()
