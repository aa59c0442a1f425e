"""What somebody may do is what they may do now."""

from __future__ import annotations

from functools import partial

import pytest
import sqlalchemy as sa

from shop.accounts.errors import FinanceOnly, LastAdmin, OwnAccount
from shop.accounts.models import RoleName, UserRole
from shop.accounts.shop_settings import read_shop_settings
from shop.accounts.users import disable_user, grant_role, revoke_role
from shop.catalogue.models import PackingPlaceStaff, ProducerMember, Seller, VillageCoordinator
from shop.delivery.models import PointKeeper
from shop.kit.clock import utc_now
from tests.factories.people import is_signed_in


def do(shop, work, *arguments, **facts):
    return shop.read(lambda session: work(session, *arguments, now=utc_now(), **facts))


def test_a_coordinator_who_is_moved_loses_the_old_village_on_the_next_request(shop):
    task = shop.world.orders["a"]["ready"].tasks[0]
    coordinator, path = shop.browser("coordinator"), f"/village/tasks/{task}"
    assert coordinator.get(path).status_code == 200
    mine = VillageCoordinator.user_id == shop.world.users["coordinator"]
    shop.read(lambda session: session.execute(
        sa.delete(VillageCoordinator).where(mine, VillageCoordinator.village_id == shop.world.villages["mogou"])
    ))  # fmt: skip
    assert coordinator.get(path).status_code == 404
    assert shop.send("coordinator", "POST", f"{path}/receive").status_code == 404
    parcel = shop.world.orders["a"]["packed"].parcel
    assert coordinator.get(f"/village/parcels/{parcel}").status_code == 404
    assert str(shop.world.orders["a"]["ready"].number) not in coordinator.get("/village").text


@pytest.mark.parametrize(
    ("person", "link", "path"),
    [
        ("farmer2", ProducerMember, "/farm/tasks/{task}"),
        ("point2", PointKeeper, "/point"),
        ("hub", PackingPlaceStaff, "/village/packing/{box}"),
    ],
)
def test_who_no_longer_works_there_sees_nothing_of_it(shop, person, link, path):
    orders = shop.world.orders
    path = path.format(task=orders["b"]["open"].tasks[0], box=orders["a"]["box_received"].number)
    parcel = orders["b"]["here"].parcel
    before = shop.browser(person).get(path)
    assert before.status_code == 200
    shop.read(
        lambda session: session.execute(sa.delete(link).where(link.user_id == shop.world.users[person]))
    )
    after = shop.browser(person).get(path)
    assert after.status_code == 404 or parcel not in after.text


@pytest.mark.parametrize("change", ["granted", "revoked", "disabled"])
def test_a_changed_role_or_account_ends_every_session_at_once(shop, change):
    person = {"granted": "buyer", "revoked": "farmer", "disabled": "buyer2"}[change]
    browser, device = shop.browser(person), shop.new_browser(person)
    device.delete_cookie("session")
    user_id, actor_id = shop.world.users[person], shop.world.users["admin"]
    works = {
        "granted": partial(grant_role, user_id=user_id, role=RoleName.COORDINATOR),
        "revoked": partial(revoke_role, user_id=user_id, role=RoleName.FARMER),
        "disabled": partial(disable_user, user_id=user_id),
    }
    assert is_signed_in(browser)
    do(shop, works[change], actor_id=actor_id)
    assert not is_signed_in(browser)
    for path in ("/farm/tasks", "/village", "/point"):
        assert "/login?next=" in device.get(path).location, path
    assert shop.send(person, "POST", "/account", {"name": "x"}).status_code in {302, 400}


def test_finance_is_given_and_taken_by_finance_only(shop):
    """Else whoever makes accounts could make one that may send money."""
    clerk, somebody = shop.world.users["clerk"], shop.world.users["union"]
    invited = {
        "email": "accomplice@example.com",
        "name": "x",
        "language": "zh",
        "roles": ["admin", "finance"],
    }
    assert shop.send("clerk2", "POST", "/admin/users/new", invited).status_code == 400
    shop.send("clerk2", "POST", f"/admin/users/{somebody}/roles", {"roles": ["admin", "finance"]})
    for work in (
        partial(grant_role, user_id=somebody, role=RoleName.FINANCE),
        partial(revoke_role, user_id=shop.world.users["admin2"], role=RoleName.FINANCE),
    ):
        with pytest.raises(FinanceOnly):
            do(shop, work, actor_id=clerk)
    found = sa.select(UserRole.user_id).where(UserRole.role == RoleName.FINANCE)
    allowed = {shop.world.users[name] for name in ("admin", "admin2", "treasurer")}
    assert set(shop.read(lambda session: session.scalars(found).all())) == allowed
    do(shop, grant_role, somebody, RoleName.FINANCE, actor_id=shop.world.users["admin"])
    do(shop, revoke_role, somebody, RoleName.FINANCE, actor_id=shop.world.users["admin"])


def test_where_buyers_transfer_to_is_said_by_finance_only(shop):
    """An account number changed by somebody else would take every transfer that follows."""
    account = {
        "bank_payee": "我",
        "bank_name": "银行",
        "bank_number": "6222000011112222",
        "bank_number_again": "6222000011112222",
    }
    assert shop.send("clerk2", "POST", "/admin/settings", account).status_code == 400
    seller_id, form = shop.read(_a_seller)
    path = f"/admin/sellers/{seller_id}"
    seller_account = dict.fromkeys(("bank_account", "bank_account_again"), "6222000011112222")
    assert shop.send("clerk2", "POST", path, form | seller_account).status_code == 400
    assert shop.read(read_shop_settings).bank_number == ""
    assert "6222000011112222" not in shop.browser("clerk2").get(path).text
    assert shop.send("clerk2", "POST", path, form | {"phone": "0915 1234567"}).status_code == 303
    assert shop.send("admin2", "POST", path, form | seller_account).status_code == 303
    required = dict.fromkeys(("name_zh", "name_en", "short_name_zh", "short_name_en"), "x")
    assert shop.send("admin2", "POST", "/admin/settings", required | account).status_code == 303


def _a_seller(session):
    """Its number, and what its form holds."""
    seller = session.scalars(sa.select(Seller).order_by(Seller.id).limit(1)).one()
    names = ("name_zh", "name_en", "legal_name", "tax_number", "tax_regime", "food_licence", "bank_name",
             "bank_account", "phone", "address")  # fmt: skip
    return seller.id, {name: getattr(seller, name) for name in names}


def test_nobody_changes_the_own_role_and_the_last_admin_stays(shop):
    admin = shop.world.users["admin"]
    for work in (grant_role, revoke_role):
        with pytest.raises(OwnAccount):
            do(shop, work, admin, RoleName.FINANCE, actor_id=admin)
    admins = sa.select(UserRole.user_id).where(UserRole.role == RoleName.ADMIN, UserRole.user_id != admin)
    for other in shop.read(lambda session: session.scalars(admins).all()):
        do(shop, revoke_role, other, RoleName.ADMIN, actor_id=admin)
    with pytest.raises(LastAdmin):
        do(shop, revoke_role, admin, RoleName.ADMIN, actor_id=shop.world.users["clerk"])
    with pytest.raises(LastAdmin):
        do(shop, disable_user, admin, actor_id=shop.world.users["clerk"])


def test_a_device_credential_opens_the_faces_of_work_and_nothing_private(shop):
    device = shop.new_browser("hub2")
    device.delete_cookie("session")
    assert device.get("/village").status_code == 200
    for path in ("/account", "/orders", "/account/addresses", "/account/sessions"):
        assert device.get(path).location.startswith("/login"), path
    assert device.get("/session/summary").json["signed_in"] is False
