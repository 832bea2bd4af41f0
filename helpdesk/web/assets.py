"""Addresses of the files under static/: each carries its content's hash, so browsers may keep them for ever."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import msgspec

STATIC = Path(__file__).parents[2] / "static"


def static_url(name: str) -> str:
    """The address of `dist/public.css` and the like; KeyError for a file that the manifest does not list."""
    return _addresses()[name]


def icon_url(name: str) -> str:
    """Where an icon is drawn: in the sprite that public pages fetch, or in the one of all the others."""
    return f"{static_url('icons.svg' if name in _public_icons() else 'icons-staff.svg')}#{name}"


@cache
def _public_icons() -> frozenset[str]:
    return frozenset(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8")))


@cache
def _addresses() -> dict[str, str]:
    """From each shipped file's name to its address, by the manifest which frontend/vendor.mjs writes."""
    manifest = msgspec.json.decode((STATIC / "manifest.json").read_bytes(), type=dict[str, Shipped])
    return {name: f"/static/{name}?v={file.hash}" for name, file in manifest.items()}


class Shipped(msgspec.Struct, frozen=True):
    """One line of the manifest; sizes are for the budget test."""

    bytes: int
    gzip: int
    hash: str
