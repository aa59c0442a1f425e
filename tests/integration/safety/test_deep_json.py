"""JSON that is nested deeper than a program can follow is a mistake of who sent it, in whichever field it stands."""

from __future__ import annotations

import pytest

from tests.factories.page_forms import forms_of
from tests.whole_shop import ANONYMOUS, WholeShop

DEEP = "[" * 60_000


@pytest.mark.parametrize(
    ("person", "path", "fields"),
    [
        (ANONYMOUS, "/login/passkey", {"passkey_answer": DEEP, "passkey_asked": "x"}),
        ("buyer", "/verify", {"passkey_answer": DEEP, "passkey_asked": "x"}),
        ("buyer", "/checkout", {"seen_harvests": DEEP, "seen": DEEP}),
    ],
)
def test_a_form_with_deep_json_is_answered(shop: WholeShop, person, path, fields):
    answer = shop.send(person, "POST", path, fields)
    assert answer.status_code < 500, answer.text[:200]


def test_what_a_form_says_to_have_shown_is_read_as_cautiously(shop: WholeShop):
    page = shop.browser("admin").get("/admin/texts/privacy").text
    form, seen = next(
        (one, name) for one in forms_of(page) for name in one.fields if name.startswith("seen_")
    )
    fields = {name: values[0] for name, values in form.fields.items() if values} | {seen: DEEP}
    fields.pop("csrf_token", None)
    assert shop.send("admin", "POST", "/admin/texts/privacy", fields).status_code < 500
