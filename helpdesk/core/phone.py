"""Telephone numbers: kept in one form (E.164), written as people at home write them."""

from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberFormat

LONGEST: Final = 16
"""Characters of a number in E.164: a plus sign and up to fifteen digits."""
LONGEST_TYPED: Final = 40


def is_country(code: str) -> bool:
    """Whether there is a country of this code (ISO 3166-1, two letters) with telephone numbers of its own."""
    return code in phonenumbers.SUPPORTED_REGIONS


def e164(typed: str, country: str) -> str:
    """
    A number, typed in any way, in E.164 (+84901234567); empty for what is none.

    One without a country's code is a number of `country`.
    """
    try:
        number = phonenumbers.parse(typed[:LONGEST_TYPED].removeprefix("tel:"), country)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    kept = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return kept if len(kept) <= LONGEST else ""


def written(number: str, country: str) -> str:
    """A number in E.164 as it is written in `country`: 0901 234 567 at home, +1 650-253-0000 elsewhere."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    is_home = parsed.country_code == phonenumbers.country_code_for_region(country)
    return phonenumbers.format_number(
        parsed, PhoneNumberFormat.NATIONAL if is_home else PhoneNumberFormat.INTERNATIONAL
    )
