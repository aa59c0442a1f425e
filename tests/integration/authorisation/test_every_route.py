"""Every route, asked by everybody, for own, another's and absent objects."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from flask import url_for
from werkzeug.test import TestResponse

from tests.factories.whole_shop import EVERYBODY
from tests.integration.authorisation.matrix import MATRIX
from tests.integration.authorisation.rows import Arguments, Row
from tests.whole_shop import ANONYMOUS, WholeShop

# One account of each role; its twin has the same rights on its own objects.
ROLES = (ANONYMOUS, "buyer", "farmer", "coordinator", "hub", "point", "clerk", "admin", "treasurer")
REQUEST_ID = re.compile(r"\b[0-9a-f]{16}\b")
EXPIRED_FORM = re.compile("This form is no longer valid|表单过期了")
ROW = pytest.mark.parametrize("row", MATRIX, ids=lambda row: row.name)


def methods_of(shop: WholeShop) -> set[tuple[str, str]]:
    """Every endpoint with every method that it answers, but for HEAD and OPTIONS, which Flask adds."""
    rules = shop.app.url_map.iter_rules()
    return {(rule.endpoint, method) for rule in rules for method in rule.methods - {"HEAD", "OPTIONS"}}


def test_every_route_has_its_row_and_every_row_its_route(shop):
    rows = [(row.endpoint, row.method) for row in MATRIX]
    assert len(rows) == len(set(rows))
    routes = methods_of(shop)
    assert not routes - set(rows), "routes that nobody has classified"
    assert not set(rows) - routes, "rows of routes that are gone"


def test_every_object_in_an_address_is_named_in_its_row(shop):
    for row in MATRIX:
        rules = [rule for rule in shop.app.url_map.iter_rules(row.endpoint) if row.method in rule.methods]
        arguments = set(row.target.absent) if row.target else set()
        assert {frozenset(rule.arguments) for rule in rules} == {frozenset(arguments)}, row.name


@ROW
def test_who_may_not_sees_an_absent_page_and_changes_nothing(shop, row: Row):
    """A wrong role, another's object and an absent one are the same; who is not signed in may do so first."""
    rule = next(shop.app.url_map.iter_rules(row.endpoint)).rule
    nothing = f"/{rule.split('/')[1]}/no/such/page"
    absent = ask(shop, "buyer", row.method, nothing)  # in the language of its face
    with shop.written_tables() as written:
        for person in sorted({*ROLES, *(set(EVERYBODY) & row.may)}):
            if person not in row.may:
                refused(shop, row, person, somebodys(shop, row, person), absent)
            elif row.target:
                no_target_of_theirs(shop, row, person)
    assert row.method == "GET" or written <= {"sessions"}


def no_target_of_theirs(shop: WholeShop, row: Row, person: str) -> None:
    nothing = send(shop, row, person, row.target.absent)
    assert nothing.status_code == 404, (person, nothing.status_code)
    foreign = row.target.anothers(shop.world, person)
    if foreign is not None:
        answer = send(shop, row, person, foreign)
        assert answer.status_code == 404, (person, answer.status_code)
        assert seen(answer) == seen(nothing), f"{person} can tell another's object from an absent one"


def somebodys(shop: WholeShop, row: Row, person: str) -> Arguments:
    """What the address names: an object that there is."""
    if row.target is None:
        return {}
    return row.target.anothers(shop.world, person) or row.target.own(shop.world, person)


def refused(shop: WholeShop, row: Row, person: str, target: Arguments, absent: TestResponse) -> None:
    answer = send(shop, row, person, target)
    if person == ANONYMOUS:
        assert answer.status_code == 302, answer.status_code
        page = "/farm/login" if row.endpoint.startswith("farm.") else "/login"  # farmers have no password
        assert answer.location.startswith(f"{page}?next=")
        program = send(shop, row, person, target, Accept="application/json")
        assert (program.status_code, program.content_type) == (401, "application/problem+json")
    else:
        assert answer.status_code == 404, (person, answer.status_code)
        same = seen(answer, absent.request.path) == seen(absent, answer.request.path)
        assert same, f"{person} can tell {row.name} from an absent page"


@ROW
def test_who_may_is_let_in(any_shop, row: Row):
    """Both accounts of every role on own objects, else one of each; no answer is an error of ours."""
    asked = (ANONYMOUS, *EVERYBODY) if row.target and not row.target.shared else ROLES
    people = [person for person in asked if person in row.may]
    assert people
    for person in people:
        target = row.target.own(any_shop.world, person) if row.target else {}
        if target is None:
            continue
        answer = send(any_shop, row, person, target)
        assert answer.status_code in row.expect, (
            person,
            answer.status_code,
            answer.location,
            text(answer)[:3000],
        )
        assert not (answer.location or "").startswith(("/login?", "/verify")), (person, answer.location)
        assert not EXPIRED_FORM.search(text(answer)), person


def test_the_books_still_add_up(any_shop):
    """After everybody has pressed everything that is theirs."""
    result = any_shop.app.test_cli_runner().invoke(args=["check"])
    assert result.exit_code == 0, result.output


def send(shop: WholeShop, row: Row, person: str, target: Arguments, **headers: str) -> TestResponse:
    with shop.app.test_request_context():
        path = url_for(row.endpoint, **target)
    return ask(shop, person, row.method, path, dict(row.form(shop.world, person)), **headers)


def ask(
    shop: WholeShop, person: str, method: str, path: str, form: Arguments | None = None, **headers: str
) -> TestResponse:
    return shop.send(person, method, path, dict(form or {}), headers={"Accept-Language": "en"} | headers)


def text(answer: TestResponse) -> str:
    return answer.get_data().decode(errors="replace")  # a file may be anything


def seen(answer: TestResponse, beside: str = "") -> str:
    """What a person sees, but for the number of the request, the address that was typed and the one it is beside."""
    paths = sorted({answer.request.path, beside or answer.request.path}, key=len, reverse=True)
    spelled = "|".join(re.escape(one) for path in paths for one in (path, quote(path, safe="")))
    # Only as a whole: the footer's /villages stays where /village was asked for.
    return REQUEST_ID.sub("", re.sub(rf"({spelled})(?![\w-])", "", text(answer)))
