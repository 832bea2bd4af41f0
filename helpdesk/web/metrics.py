"""Counters of this process, in the text format that Prometheus reads (exposition format 0.0.4)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

_requests: Final[defaultdict[str, float]] = defaultdict(float)
_seconds: Final[defaultdict[str, float]] = defaultdict(float)


def count_request(status: int, seconds: float) -> None:
    kind = f"{status // 100}xx"
    _requests[kind] += 1
    _seconds[kind] += seconds


def exposition(gauges: Mapping[str, float]) -> str:
    """Everything counted so far, with the `gauges` that somebody measured just now."""
    lines = [*_series("helpdesk_requests_total", "counter", _requests)]
    lines += _series("helpdesk_request_seconds_total", "counter", _seconds)
    for name, value in gauges.items():
        lines += [f"# TYPE helpdesk_{name} gauge", f"helpdesk_{name} {value:g}"]
    return "\n".join(lines) + "\n"


def _series(name: str, kind: str, counts: Mapping[str, float]) -> Iterable[str]:
    yield f"# TYPE {name} {kind}"
    for status, count in sorted(counts.items()):
        yield f'{name}{{status="{status}"}} {count:g}'
