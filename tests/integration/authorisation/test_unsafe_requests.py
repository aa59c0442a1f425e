"""What changes something is asked for by our own pages only; looking changes nothing."""

from __future__ import annotations

import pytest
from flask import url_for
from werkzeug.exceptions import HTTPException

from shop.web.protection import exemption
from tests.integration.authorisation.matrix import MATRIX
from tests.integration.authorisation.rows import Row
from tests.whole_shop import ANONYMOUS, WholeShop

# The exceptions, as they are agreed: whose forms stand on public pages, and who shows another proof.
WITHOUT_TOKEN = {
    "storefront.add_to_cart", "storefront.change_cart", "language.choose",
    "storefront.count_story_reader",  # one more reader, and nothing else
    "storefront.count_searches",  # one search more, that this shop signed, and nothing else
}  # fmt: skip
OWN_PROTECTION = {
    "storefront.webhook", "storefront.tracking_push", "sandbox.choose", "sms.replies",
    "campus_words.cas_logout", "campus_words.oidc_logout",
}  # fmt: skip
UNSAFE = [row for row in MATRIX if row.method != "GET"]
GUARDED = [row for row in UNSAFE if row.endpoint not in OWN_PROTECTION]
FOREIGN_ORIGINS = (
    {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:8000.evil.example"},
    {"Origin": "https://127.0.0.1:8000"}, {"Origin": ""}, {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"}, {"Referer": "http://127.0.0.1:8000/cart"}, {},
)  # fmt: skip
# Reading these asks a provider, or leaves its trace.
LOOKS_THAT_WRITE = {
    "storefront.paid_page": {"payments", "orders", "order_events", "outbox_messages", "sandbox_sessions"},
    "sandbox.show": {"sandbox_sessions", "outbox_messages"},
    "admin.report": {"audit_entries", "audit_head", "audit_personal"},
    # Files with people's data: counted, and written down.
    "organisation.purchase_statement": {"attempts", "audit_entries", "audit_head", "statement_exports"},
    "organisation.gift_to_mend": {"attempts", "audit_entries", "audit_head"},
    "organisation.gift_tracking": {"attempts", "audit_entries", "audit_head"},
    "organisation.export_choices": {"attempts", "audit_entries", "audit_head"},
    "organisation.campaign_sheet_file": {"attempts", "audit_entries", "audit_head"},
}


def somebody_who_may(row: Row) -> str:
    """With an own object, if the route has one."""
    return next(
        person for person in ("buyer", "farmer", "coordinator", "point", "admin") if person in row.may
    )


def path_of(shop: WholeShop, row: Row, person: str) -> str:
    own = row.target and (row.target.own(shop.world, person) or row.target.absent)
    with shop.app.test_request_context():
        return url_for(row.endpoint, **(own or {}))


def page_at(shop: WholeShop, path: str) -> str:
    """The endpoint that answers GET there, if any does."""
    try:
        return shop.app.url_map.bind("127.0.0.1").match(path, method="GET")[0]
    except HTTPException:
        return ""


def test_the_exceptions_are_those_that_are_agreed(shop):
    with shop.app.test_request_context():
        marks = {row.endpoint: exemption(row.endpoint) for row in UNSAFE}
    assert {name for name, mark in marks.items() if mark == "without_token"} == WITHOUT_TOKEN
    assert {name for name, mark in marks.items() if mark == "own_protection"} == OWN_PROTECTION


@pytest.mark.parametrize("row", GUARDED, ids=lambda row: row.name)
def test_another_sites_form_is_refused(shop, row: Row):
    person = somebody_who_may(row)
    plain = shop.app.test_client()
    for key, value in shop.world.cookies[person].items():
        plain.set_cookie(key, value)
    form = {"csrf_token": shop.token(person), **row.form(shop.world, person)}
    path = path_of(shop, row, person)
    with shop.written_tables() as written:
        for headers in FOREIGN_ORIGINS:
            assert plain.post(path, data=form, headers=headers).status_code == 403, headers
    assert written <= {"sessions"}


@pytest.mark.parametrize("row", GUARDED, ids=lambda row: row.name)
def test_a_form_without_its_token_or_with_somebody_elses_is_refused(shop, row: Row):
    if row.endpoint in WITHOUT_TOKEN:
        return
    person = somebody_who_may(row)
    client, path, form = shop.browser(person), path_of(shop, row, person), row.form(shop.world, person)
    other = next(name for name in ("buyer2", "farmer2") if name != person)
    tokens = ({}, {"csrf_token": ""}, {"csrf_token": shop.token(other)}, {"csrf_token": "x.y.z"})
    with shop.written_tables() as written:
        for token in tokens:
            assert client.post(path, data={**form, **token}).status_code == 400, token
        program = client.post(path, json=dict(form), headers={"Accept": "application/json"})
        assert (program.status_code, program.json["code"]) == (400, "form_expired")
    assert written <= {"sessions"}


@pytest.mark.parametrize("row", UNSAFE, ids=lambda row: row.name)
def test_a_button_is_not_pressed_by_following_a_link(shop, row: Row):
    """GET and HEAD of what only answers POST: 405, or the page of the same address; nothing else answers at all."""
    person = somebody_who_may(row)
    client, path = shop.browser(person), path_of(shop, row, person)
    form = {"csrf_token": shop.token(person), **row.form(shop.world, person)}
    with shop.written_tables() as written:
        for method in ("PUT", "PATCH", "DELETE", "TRACE"):
            assert client.open(path, method=method).status_code == 405, method
        for method in ("GET", "HEAD"):
            assert client.open(path, method=method, query_string=form).status_code < 500, method
    assert written <= {"sessions"} | LOOKS_THAT_WRITE.get(page_at(shop, path), set())


@pytest.mark.parametrize("row", [row for row in MATRIX if row.method == "GET"], ids=lambda row: row.name)
def test_looking_changes_nothing(shop, row: Row):
    with shop.written_tables() as written:
        for person in sorted(
            {ANONYMOUS, "buyer", "farmer", "coordinator", "hub", "point", "admin"} & row.may
        ):
            path = path_of(shop, row, person)
            for method in ("GET", "HEAD"):
                answer = shop.send(person, method, path, dict(row.form(shop.world, person)))
                assert answer.status_code < 500, person
    assert written <= {"sessions"} | LOOKS_THAT_WRITE.get(row.endpoint, set())


def test_a_token_dies_with_its_session(shop):
    """Sign-out ends what the cookie and the form opened, also for who has copied both."""
    copied, token = shop.new_browser("clerk2"), shop.token("clerk2")
    assert shop.send("clerk2", "POST", "/logout").status_code == 303
    assert copied.get("/account").status_code == 302
    assert copied.post("/account", data={"csrf_token": token, "name": "x"}).status_code in {302, 400}
    assert "/login" in copied.post("/account", data={"csrf_token": token}).location
