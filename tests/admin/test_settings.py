"""Settings pages drawn from Structs."""

from typing import Annotated, Literal

import pytest
from msgspec import Meta, Struct

from helpdesk.admin.settings import GROUPS, Field, Group, drawn
from helpdesk.i18n.catalogue import phrase
from helpdesk.settings import store
from helpdesk.settings.site import SiteSettings
from tests.factories import Desk, words


async def test_the_site_gets_its_name_language_and_zone(desk: Desk) -> None:
    browser = await desk.browser(await desk.admin(lang="en"))

    answer = await browser.post(
        "/admin/settings/site", data={"name": "Lúa", "language": "en", "timezone": "Asia/Bangkok"}
    )

    assert "Saved." in words(answer)
    assert await store.get(SiteSettings) == SiteSettings(name="Lúa", language="en", timezone="Asia/Bangkok")
    assert "Lúa" in await browser.text("/admin")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"timezone": "Mars/Olympus"}, "“Mars/Olympus” is no time zone. Write one such as Asia/Ho_Chi_Minh."),
        ({"language": "fr"}, "Choose one of the values offered."),
        ({"name": "L" * 61}, "Use at most 60 characters; these are 61."),
    ],
)
async def test_what_cannot_be_used_is_named_and_nothing_is_kept(desk: Desk, change: dict[str, str], said: str) -> None:
    browser = await desk.browser(await desk.admin(lang="en"))

    answer = await browser.post(
        "/admin/settings/site", data={"name": "Lúa", "language": "en", "timezone": "UTC", **change}
    )

    assert answer.status_code == 422
    assert said in words(answer)
    assert await store.get(SiteSettings) == SiteSettings()


async def test_there_is_no_other_group(desk: Desk) -> None:
    browser = await desk.browser(await desk.admin(lang="en"))

    assert (await browser.post("/admin/settings/nothing", data={})).status_code == 404


class Tea(Struct, frozen=True):
    is_hot: bool = True
    cups: Annotated[int, Meta(ge=1, le=9)] = 2
    kind: Literal["green", "black"] = "green"
    name: Annotated[str, Meta(max_length=40)] = "Tea"
    note: str = ""
    story: Annotated[str, Meta(max_length=5000)] = ""
    secret: str = ""


@pytest.mark.once
def test_each_field_looks_as_its_type_asks() -> None:
    shown = ("is_hot", "cups", "kind", "name", "note", "story")
    fields = {name: Field(phrase("Name")) for name in shown}
    tea = Group("tea", Tea, phrase("Name"), phrase("Name"), fields)

    looks = {field.name: (field.look, field.is_optional) for field in drawn(tea)}

    assert looks == {
        "is_hot": ("switch", False),
        "cups": ("number", False),
        "kind": ("select", False),
        "name": ("line", False),
        "note": ("line", True),
        "story": ("area", True),
    }


@pytest.mark.once
def test_every_setting_that_is_named_exists() -> None:
    for group in GROUPS:
        assert set(group.fields) <= set(group.shape.__struct_fields__)
