"""Logs: lines for people or JSON for machines, on standard error, without secrets."""

import json
import logging
import re
import sys
from typing import Final

from helpdesk.core.config import Config

_SECRET: Final = re.compile(
    r"""((?:key|token|password|secret|authorization)["']?\s*[=:]\s*)"""
    r"""(?:"[^"]*"|'[^']*'|(?:bearer\s+)?[^\s"'&,;]+)""",
    re.IGNORECASE,
)
_URL_PASSWORD: Final = re.compile(r"(://[^/\s:@]+:)[^/\s]+@")


def without_secrets(text: str) -> str:
    """`text` with the values of keys, tokens and passwords taken out, also those in URLs."""
    return _URL_PASSWORD.sub(r"\1***@", _SECRET.sub(r"\1***", text))


class _ForPeople(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


class _ForMachines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
        }
        if record.exc_info:
            entry["exception"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(entry, ensure_ascii=False)


def set_up_logs(config: Config) -> None:
    """Everything of ours from the configured level on; of libraries only what is a warning."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_ForMachines() if config.log_format == "json" else _ForPeople())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("helpdesk", "kb"):
        logging.getLogger(name).setLevel(config.log_level.upper())
