"""
How much longer does it take to open a ticket where many rules are in use?

    .venv/bin/python bench/speed_rules.py [--database sqlite|postgresql|both] [--rules 200]

Printed as Markdown: processor time to open a ticket without rules and with them, and of the job that asks all of them
afterwards, of which none fits. The goal is that all of it adds at most 5 ms.
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
| database | rules | opened without, ms | opened with, ms | all rules asked, ms | added, ms |
| --- | --: | --: | --: | --: | --: |"""


def main() -> None:
    parser = argparse.ArgumentParser(description="How much do rules add to the opening of a ticket?")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--rules", type=int, default=200)
    options = parser.parse_args()
    kinds: list[Kind] = ["sqlite", "postgresql"] if options.database == "both" else [options.database]
    print(f"Load {os.getloadavg()[0]:.1f} before.\n\n{HEAD}", flush=True)
    for kind in kinds:
        with place(kind) as where:
            where.run("tools.measure.company", '{"tickets": 100, "customers": 100, "articles": 30, "topics": 30}')
            said = msgspec.json.decode(
                where.run("tools.measure.rules", f'{{"rules": {options.rules}}}'), type=dict[str, float]
            )
            added = said["opened with"] - said["opened without"] + said["rules asked"]
            cells = (said["opened without"], said["opened with"], said["rules asked"], added)
            print(f"| {kind} | {options.rules} | {' | '.join(f'{one:.2f}' for one in cells)} |", flush=True)


if __name__ == "__main__":
    main()
