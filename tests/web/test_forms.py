"""Forms say everything that is wrong at once, and lose nothing that was typed."""

from typing import Annotated, Literal

import pytest
from msgspec import Meta, Struct

from helpdesk.core.errors import Invalid
from helpdesk.i18n.reader import Reader, reading_as
from helpdesk.web.forms import Email, Line, OptionalLine, check

pytestmark = pytest.mark.once


class Shape(Struct):
    name: Line
    email: Email
    age: Annotated[int, Meta(ge=18, le=120)] = 18
    colour: Literal["red", "green"] = "red"
    motto: OptionalLine = ""
    agreed: bool = False
    numbers: list[int] = []


def test_what_fits_is_given_as_the_struct() -> None:
    form = check({"name": "Lan", "email": "lan@example.vn", "age": "30", "agreed": "on", "numbers": ["1", "2"]}, Shape)
    assert form.data == Shape("Lan", "lan@example.vn", 30, "red", "", True, [1, 2])
    assert form.errors == {}


def test_every_error_is_told_at_once_in_the_readers_language_and_values_stay() -> None:
    form = check({"name": "", "email": "nobody", "age": "7", "colour": "blue", "motto": "x" * 201}, Shape)
    assert form.data is None
    assert form.values["email"] == "nobody"
    with reading_as(Reader("en", "UTC")):
        assert {name: str(error) for name, error in form.errors.items()} == {
            "name": "This cannot be left empty.",
            "email": "Write an address such as lan@example.vn.",
            "age": "Write a whole number from 18 to 120.",
            "colour": "Choose one of the values offered.",
            "motto": "Use at most 200 characters; these are 201.",
        }
    with reading_as(Reader("vi", "UTC")):
        assert str(form.errors["name"]) != "This cannot be left empty."


def test_what_an_action_refuses_joins_what_the_form_found() -> None:
    form = check({"name": "Lan", "email": "lan@example.vn"}, Shape).refused(Invalid({"email": "taken"}))
    assert form.data is None
    assert form.errors == {"email": "taken"}
    assert form.values["name"] == "Lan"


@pytest.mark.parametrize("address", ["lan@example.vn", "lan+tag@sub.example.com", "LAN@ví-dụ.vn", "o'brien@example.ie"])
def test_usual_addresses_are_taken(address: str) -> None:
    assert check({"name": "x", "email": address}, Shape).errors == {}


@pytest.mark.parametrize(
    "address", ["lan", "lan@", "@example.vn", "lan@example", "a b@example.vn", "a@b@c.vn", "a@b..vn"]
)
def test_what_is_no_address_is_not(address: str) -> None:
    assert "email" in check({"name": "x", "email": address}, Shape).errors
