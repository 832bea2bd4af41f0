"""What an administrator says of a letter that was read wrongly. Its bytes stay as they came."""

import msgspec
from msgspec import Struct, structs

from helpdesk.mail.reading.letter import Address, Letter


class Correction(Struct, frozen=True, omit_defaults=True):
    """What counts instead of what the letter says, empty where it is right; `department` 0: as it is addressed."""

    sender: str = ""
    sender_name: str = ""
    recipient: str = ""
    department: int = 0
    subject: str = ""
    text: str = ""


def kept(correction: Correction) -> str:
    """As a row of `Inbound` keeps it: JSON, or nothing for none."""
    return "" if correction == Correction() else msgspec.json.encode(correction).decode()


def of(kept_text: str) -> Correction:
    """What a row keeps."""
    return msgspec.json.decode(kept_text, type=Correction) if kept_text else Correction()


def corrected(letter: Letter, correction: Correction) -> Letter:
    """The letter as it is to be taken."""
    changes: dict[str, object] = {}
    if correction.sender:
        changes["sender"] = Address(correction.sender_name or letter.sender.name, correction.sender)
    if correction.recipient:
        changes["to"] = (Address("", correction.recipient), *letter.to)
    if correction.subject:
        changes["subject"] = correction.subject
    if correction.text:
        changes |= {"text": correction.text, "html": ""}
    return structs.replace(letter, **changes)
