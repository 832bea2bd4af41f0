"""
The public holidays of countries and their parts, by the `holidays` library. Pure.

What a government decides each year is known only once the library has heard of it: days that are swapped for a worked
Saturday, and how Tết is taken. `is_published` says whether that is so.
"""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any, Final

import holidays as library
from holidays.registry import COUNTRIES as _REGISTRY
from msgspec import Struct

from helpdesk.core.text import fold
from helpdesk.i18n.catalogue import phrase

VIETNAM: Final = "VN"
UNOFFICIAL: Final = phrase(
    "How Tết is taken and which days are swapped in that year is not official yet, as far as this help desk knows. "
    "Compare with the government's announcement."
)
_LANGUAGES: Final = {"vi": ("vi", "en_US"), "en": ("en_US", "en_GB", "en_CA", "en_AU", "en_IN", "en_SG", "en_HK", "en")}
_DATE_FORMATS: Final = ("%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%d.%m.%Y")
_WORD: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NAMES_VI: Final = {
    "AE": "Các Tiểu vương quốc Ả Rập Thống nhất",
    "AT": "Áo",
    "AU": "Úc",
    "BE": "Bỉ",
    "BN": "Brunei",
    "BR": "Brazil",
    "CA": "Canada",
    "CH": "Thụy Sĩ",
    "CN": "Trung Quốc",
    "CZ": "Séc",
    "DE": "Đức",
    "DK": "Đan Mạch",
    "ES": "Tây Ban Nha",
    "FI": "Phần Lan",
    "FR": "Pháp",
    "GB": "Anh",
    "HK": "Hồng Kông",
    "ID": "Indonesia",
    "IE": "Ireland",
    "IN": "Ấn Độ",
    "IT": "Ý",
    "JP": "Nhật Bản",
    "KH": "Campuchia",
    "KR": "Hàn Quốc",
    "LA": "Lào",
    "MM": "Myanmar",
    "MO": "Ma Cao",
    "MY": "Malaysia",
    "NL": "Hà Lan",
    "NO": "Na Uy",
    "NZ": "New Zealand",
    "PH": "Philippines",
    "PL": "Ba Lan",
    "PT": "Bồ Đào Nha",
    "RU": "Nga",
    "SE": "Thụy Điển",
    "SG": "Singapore",
    "TH": "Thái Lan",
    "TR": "Thổ Nhĩ Kỳ",
    "TW": "Đài Loan",
    "UA": "Ukraina",
    "US": "Hoa Kỳ",
    "VN": "Việt Nam",
}
"""Those that are asked for most; others are called as in English."""


class PublicDay(Struct, frozen=True):
    """A day off; `worked_on` is the day that is worked in its stead, where it is swapped."""

    on: date
    name: str
    worked_on: date | None = None


@cache
def countries(lang: str) -> dict[str, str]:
    """Every country there are holidays of, by its ISO 3166-1 code, by name in `lang`; Vietnam stands first."""
    named = {code: _name(code, lang) for code in library.list_supported_countries(include_aliases=False)}
    order = sorted(named, key=lambda code: (code != VIETNAM, fold(named[code])))
    return {code: named[code] for code in order}


@cache
def subdivisions(country: str) -> dict[str, str]:
    """The parts of a country that have holidays of their own, by code, with their names where those are known."""
    if country not in library.list_supported_countries(include_aliases=False):
        return {}
    codes = library.list_supported_countries(include_aliases=False)[country]
    aliases = getattr(library.country_holidays(country), "subdivisions_aliases", {})
    names = {code: name for name, code in reversed(aliases.items())}
    return {code: names.get(code, code) for code in codes}


@cache
def public_days(country: str, subdivision: str, year: int, lang: str) -> list[PublicDay]:
    """The days off of a year in order, by their names in `lang` where the library knows them. A country is needed."""
    found = _found(country, subdivision, year, lang)
    swapped = _swapped(found, year)
    return [PublicDay(on, name[:100], swapped.get(on)) for on, name in sorted(found.items()) if on.year == year]


def is_published(country: str, year: int) -> bool:
    """
    Whether the library knows what the government decided for that year.

    Only of Vietnam it is told apart: there, each autumn settles how Tết and the swapped days of the year after are.
    """
    if country != VIETNAM:
        return True
    decided = getattr(library.country_holidays(VIETNAM), "special_public_holidays", {})
    return year <= max(decided, default=0)


def _found(country: str, subdivision: str, year: int, lang: str) -> Any:
    known = library.country_holidays(country).supported_languages
    spoken = next((one for one in _LANGUAGES["vi" if lang == "vi" else "en"] if one in known), None)
    return library.country_holidays(country, subdiv=subdivision or None, years=year, language=spoken)


def _swapped(found: Any, year: int) -> Mapping[date, date]:
    """Days off and the days that are worked in their stead: the name of such a day off holds the other's date."""
    worked = [on for on in getattr(found, "weekend_workdays", ()) if abs(on.year - year) <= 1]
    return {
        off: on
        for off, name in found.items()
        for on in worked
        if any(on.strftime(written) in name for written in _DATE_FORMATS)
    }


@cache
def _english() -> dict[str, str]:
    """Names of countries by code, from the names of the library's classes: "UnitedStates" → "United States"."""
    return {code: _WORD.sub(" ", name) for name, code, *_ in _REGISTRY.values()}


def _name(code: str, lang: str) -> str:
    english = _english().get(code, code)
    return _NAMES_VI.get(code, english) if lang == "vi" else english
