"""What the kernel knows of a process and its children: processor time and memory (Linux, proc(5))."""

import contextlib
import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(process: int) -> float:
    """Processor time of a process and all below it, those that have ended among them."""
    return sum(sum(map(int, _stat(one)[11:15])) for one in _family(process)) / _TICKS


def memory_bytes(process: int, kind: str = "Pss") -> int:
    """
    Proportional set size of a process and all below it: what each holds, and its share of what several hold.

    `kind` is Pss_Anon for what is not a file's: without the pages of a database that are mapped, and the programs.
    """
    total = 0
    for one in _family(process):
        for line in Path(f"/proc/{one}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith(f"{kind}:"):
                total += int(line.split()[1]) * 1024
    return total


def _family(process: int) -> list[int]:
    """A process, its children, and theirs."""
    found = [process]
    for one in found:
        for children in Path(f"/proc/{one}/task").glob("*/children"):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it ended while we looked
                found += map(int, children.read_text("ascii").split())
    return found


def _stat(process: int) -> list[str]:
    """The fields of /proc/PID/stat after the name, of which the twelfth to fifteenth are processor time in ticks."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return ["0"] * 50
