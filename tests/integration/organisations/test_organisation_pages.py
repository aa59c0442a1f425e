"""An organisation in a browser: its owner keeps it, its buyer orders above a limit, its approver decides."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from shop.accounts.invitations import issue_link
from shop.accounts.models import OrganisationMember
from shop.accounts.organisation_models import (
    OrganisationAddress,
    OrganisationInvitation,
    OrganisationProject,
    OrganisationSigner,
    SpendingLimit,
)
from shop.catalogue.models import Seller
from shop.check.all_rules import find_violations
from shop.kit.clock import utc_now
from shop.ordering.approvals.models import OrderApproval, OrderProcurement
from shop.ordering.models import Order, OrderStatus
from tests.conftest import OwnOriginClient
from tests.factories.organisations import add_union
from tests.factories.people import make_person, sign_in
from tests.integration.admin.conftest import TOKEN, see, shop  # noqa: F401
from tests.integration.storefront.test_checkout import COURIER, form_of

TAX = "81610000MC12345A9A"
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture(autouse=True)
def books_hold(unit_of_work, app):
    yield
    assert unit_of_work.run(lambda session: [str(one) for one in find_violations(session)]) == []


class Member:
    """Somebody in a browser; every form is sent with the token of a page that has one."""

    def __init__(self, client, person):
        self.client, self.id, self.email = client, person.id, person.email
        self.token = ""

    def get(self, path):
        return self.client.get(path, headers=ENGLISH)

    def post(self, path, **fields):
        if not self.token:
            self.token = TOKEN.search(self.client.get("/account").text).group(1)
        return self.client.post(path, data={**fields, "csrf_token": self.token}, headers=ENGLISH)


@pytest.fixture
def here(session, shop, unit_of_work, app):  # noqa: F811
    """A union with terms, and one person of each role in a browser."""
    roles = ("owner", "buyer", "approver", "viewer")
    people = {role: make_person(unit_of_work, f"{role}@example.com") for role in roles}
    _, organisation_id = add_union(session, now=shop.now)
    session.get_one(Seller, shop.seller_id).bank_account = "6222 0000 0000 0001"
    for role, person in people.items():
        session.add(OrganisationMember(organisation_id=organisation_id, user_id=person.id, role=role))
    session.commit()
    members = {}
    for role, person in people.items():
        client = OwnOriginClient(app, app.response_class, use_cookies=True)
        sign_in(client, person.email)
        members[role] = Member(client, person)
    return SimpleNamespace(id=organisation_id, path="/org/union", shop=shop, **members)


def order(member, shop, **changes):  # noqa: F811
    member.client.post("/cart/items", data={"sku": "tea", "quantity": "1"})
    form = form_of(member.client, shop, payment_method="on_account", **changes)
    return member.client.post("/checkout", data=form)


def test_an_owner_writes_down_what_papers_say_and_a_mistake_keeps_what_was_typed(here, see):  # noqa: F811
    settings = f"{here.path}/settings"
    sent = {"project-number": "GH2026-07", "project-name": "职工慰问"}
    for _ in range(2):
        assert here.owner.post(f"{settings}/projects", **sent).status_code == 303
    here.owner.post(f"{settings}/signers", **{"signer-duty": "acceptor", "signer-name": "白老师"})
    address = COURIER | {"recipient": "工会", "phone": "138 0013 8000", "city": "西安市"}
    address.pop("delivery")
    assert here.owner.post(f"{settings}/addresses", **address).status_code == 303
    here.owner.post(f"{settings}/limits", **{"limits-month": "5000", "limits-order": ""})
    assert see(sa.select(OrganisationProject.number)) == ["GH2026-07"]
    assert see(sa.select(OrganisationProject.is_default)) == [True], "the first is chosen beforehand"
    assert see(sa.select(OrganisationSigner.name)) == ["白老师"]
    assert see(sa.select(OrganisationAddress.street)) == [COURIER["street"]]
    assert see(sa.select(SpendingLimit.limit_fen)) == [500_000]
    wrong = here.owner.post(f"{settings}/projects", **{"project-number": "", "project-name": "春节福利"})
    assert wrong.status_code == 400
    assert "春节福利" in wrong.text
    assert here.owner.post(f"{settings}/limits", **{"limits-month": "viel"}).status_code == 400


def test_a_buyer_above_the_limit_waits_and_the_approver_agrees(here, see):  # noqa: F811
    here.owner.post(f"{here.path}/settings/limits", **{"limits-order": "50"})
    place = order(here.buyer, here.shop, organisation=str(here.id)).location
    page = here.buyer.get(place).text
    assert "Waiting for your organisation" in page
    assert "Waits for approval" in here.buyer.get("/orders").text
    [waiting] = see(sa.select(OrderApproval))
    path = f"{here.path}/approvals/{waiting.id}"
    assert "Approve" not in here.buyer.get(path).text.split("<main")[1]
    for member in (here.buyer, here.viewer):
        assert member.post(f"{path}/approve").status_code == 404
    assert "Limit of the organisation" in here.approver.get(path).text
    assert "1</span>" in here.approver.get(f"{here.path}/members").text, "counted beside the entry"
    here.approver.post(f"{path}/approve")
    assert see(sa.select(Order.status)) == [OrderStatus.CONFIRMED]
    assert "Accepted" in here.buyer.get(place).text or "On account" in here.buyer.get(place).text
    here.owner.post(f"{path}/return", reason="zu spät")
    assert see(sa.select(Order.status)) == [OrderStatus.CONFIRMED]
    assert "Approved" in here.viewer.get(f"{here.path}/approvals").text


def test_what_is_returned_says_why_and_needs_a_reason(here, see):  # noqa: F811
    here.owner.post(f"{here.path}/members/{here.buyer.id}/limits", month="10")
    place = order(here.buyer, here.shop, organisation=str(here.id)).location
    [waiting] = see(sa.select(OrderApproval))
    path = f"{here.path}/approvals/{waiting.id}"
    assert here.approver.post(f"{path}/return", reason=" ").status_code == 400
    assert here.approver.post(f"{path}/return", reason="下个月再买").status_code == 303
    page = here.buyer.get(place).text
    assert "下个月再买" in page
    assert see(sa.select(Order.status)) == [OrderStatus.CANCELLED]
    assert "Limit of the member" in here.owner.get(path).text


def test_at_checkout_project_handler_address_and_title_are_the_organisations(here, see):  # noqa: F811
    settings = f"{here.path}/settings"
    assert (
        here.owner.post(settings, **{"facts-invoice_title": "校工会", "facts-tax_number": "1"}).status_code
        == 400
    )
    facts = {"facts-invoice_title": "校工会", "facts-tax_number": TAX}
    assert here.owner.post(settings, **facts).status_code == 303
    here.owner.post(f"{settings}/projects", **{"project-number": "GH-1", "project-name": "慰问"})
    here.owner.post(f"{settings}/signers", **{"signer-duty": "handler", "signer-name": "韩老师"})
    address = COURIER | {"recipient": "工会", "phone": "138 0013 8000", "city": "西安市"}
    address.pop("delivery")
    here.owner.post(f"{settings}/addresses", **address)
    [project], [handler] = see(sa.select(OrganisationProject.id)), see(sa.select(OrganisationSigner.id))
    [kept] = see(sa.select(OrganisationAddress.id))
    here.buyer.client.post("/cart/items", data={"sku": "tea", "quantity": "1"})
    page = here.buyer.get("/checkout").text
    assert re.search(rf'<option selected value="{project}"', page), "the default is chosen"
    wish = {
        "organisation": str(here.id), "project": str(project), "handler": str(handler), "delivery": "courier",
        "address_id": f"o{kept}", "invoice_kind": "organisation",
    }  # fmt: skip
    form = form_of(here.buyer.client, here.shop, payment_method="on_account", **wish)
    answer = here.buyer.client.post("/checkout", data=form)
    assert answer.status_code == 303, answer.text
    place = answer.location
    [said], [placed] = see(sa.select(OrderProcurement)), see(sa.select(Order))
    assert (said.project_number, said.project_name, said.handler, said.acceptor) == (
        "GH-1",
        "慰问",
        "韩老师",
        "",
    )
    assert (placed.street, placed.organisation_id) == (COURIER["street"], here.id)
    assert (placed.invoice_title, placed.tax_number) == ("校工会", TAX)
    shown = here.buyer.get(place).text
    assert "GH-1" in shown
    assert "韩老师" in shown
    here.owner.post(f"{settings}/projects/{project}/remove")
    assert "GH-1" in here.buyer.get(place).text, "orders keep what they said"


def test_nobody_orders_for_an_organisation_that_is_not_theirs(here, see, app, unit_of_work):  # noqa: F811
    for role in ("viewer", "approver"):
        member = getattr(here, role)
        member.client.post("/cart/items", data={"sku": "tea", "quantity": "1"})
        assert "For whom is it" not in member.get("/checkout").text
        form = form_of(member.client, here.shop, organisation=str(here.id))
        assert member.client.post("/checkout", data=form).status_code == 400
    assert see(sa.select(Order.id)) == []


def test_roles_see_what_is_theirs_and_strangers_nothing(here, app, unit_of_work):
    pages = ("", "/members", "/approvals", "/settings", "/settings/addresses/new")
    for member, open_to in ((here.owner, 5), (here.buyer, 3), (here.approver, 3), (here.viewer, 3)):
        found = [member.get(here.path + page).status_code for page in pages]
        assert found == [200] * open_to + [404] * (5 - open_to)
    assert here.buyer.email not in here.viewer.get(f"{here.path}/members").text.replace(
        "buyer@example.com</b>", ""
    )
    for member in (here.buyer, here.approver, here.viewer):
        assert member.post(f"{here.path}/settings/limits", **{"limits-order": "1"}).status_code == 404
        assert member.post(f"{here.path}/members/{here.viewer.id}", role="owner").status_code == 404
        assert member.post(f"{here.path}/members/invite", contact="a@b.example").status_code == 404
    stranger = OwnOriginClient(app, app.response_class, use_cookies=True)
    sign_in(stranger, make_person(unit_of_work, "stranger@example.com").email)
    assert {stranger.get(here.path + page).status_code for page in pages} == {404}


def test_who_is_invited_signs_in_and_accepts(here, app, unit_of_work, see):  # noqa: F811
    invite = f"{here.path}/members/invite"
    assert here.owner.post(invite, contact="nobody", role="buyer").status_code == 400
    assert here.owner.post(invite, contact="new@example.com", role="approver").status_code == 303
    assert "new@example.com" in here.owner.get(f"{here.path}/members").text
    assert "new@example.com" not in here.approver.get(f"{here.path}/members").text
    [one] = see(sa.select(OrganisationInvitation.id))
    token = unit_of_work.run(lambda session: issue_link(session, one, now=utc_now()))[1]
    path = f"/org/invitations/{token}"
    client = OwnOriginClient(app, app.response_class, use_cookies=True)
    assert "/login" in client.get(path).location
    assert "for somebody else" in here.viewer.get(path).text
    here.viewer.post(path)
    person = make_person(unit_of_work, "new@example.com")
    sign_in(client, person.email)
    invited = Member(client, person)
    assert "as: Approver" in invited.get(path).text
    assert invited.post(path).location == here.path
    role = sa.select(OrganisationMember.role).where(OrganisationMember.user_id == person.id)
    assert see(role) == ["approver"]
    assert "was used" in invited.get(path).text


def test_the_last_owner_stays_and_limits_go_with_their_member(here, see):  # noqa: F811
    here.owner.post(f"{here.path}/members/{here.owner.id}/remove")
    assert "needs an owner" in here.owner.get(f"{here.path}/members").text
    here.owner.post(f"{here.path}/members/{here.buyer.id}/limits", month="10")
    here.owner.post(f"{here.path}/members/{here.buyer.id}/remove")
    assert see(sa.select(SpendingLimit.id)) == []
    assert here.buyer.get(here.path).status_code == 404
