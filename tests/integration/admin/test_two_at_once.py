"""Two of the team on the same form, each in a browser of their own."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.models import RoleName, User, UserRole
from shop.catalogue.models import (
    Certificate,
    ComplianceRequirement,
    Producer,
    ProducerKind,
    Product,
    Seller,
    Variant,
    VillageCoordinator,
)
from shop.delivery.models import Run
from shop.inventory.models import Lot, LotChange
from tests.factories.form_browser import FormBrowser
from tests.integration.admin.test_delivery import local

TEAM = (RoleName.ADMIN, RoleName.FINANCE)


@pytest.fixture
def both(desk_of, shop):
    """Two browsers without script, of Li and of Zhao."""
    return [FormBrowser(desk_of(name, *TEAM).client) for name in ("li", "zhao")]


@pytest.fixture
def pack(shop) -> str:
    return f"/admin/variants/{shop.variants['tea']}"


def test_what_the_second_did_not_touch_stays_as_the_first_left_it(both, pack, shop, see):
    first, second = (browser.open(pack) for browser in both)
    first.send(pack, price_fen="70.00")
    second.send(pack, limit_per_buyer="12")
    variant = sa.select(Variant.price_fen, Variant.limit_per_buyer).where(Variant.id == shop.variants["tea"])
    assert see(variant.with_only_columns(Variant.price_fen)) == [7000], "the new price is not undone"
    assert see(variant.with_only_columns(Variant.limit_per_buyer)) == [12]


def test_a_price_that_two_people_changed_is_decided_by_a_person(both, pack, shop, see):
    price = sa.select(Variant.price_fen).where(Variant.id == shop.variants["tea"])
    first, second = (browser.open(pack) for browser in both)
    first.send(pack, price_fen="70.00", low_stock_at="5")
    second.send(pack, price_fen="71.00", refused=400)
    assert see(price) == [7000], "nothing is overwritten unasked"
    assert "li@example.com" in second.text
    assert "70.00" in second.text
    assert 'value="71.00"' in second.page, "what was typed stays"
    second.send(pack)
    assert see(price) == [7100], "pressing again is the decision"
    kept = sa.select(Variant.low_stock_at).where(Variant.id == shop.variants["tea"])
    assert see(kept) == [5], "what only the first changed stays"


def test_the_same_change_twice_is_no_quarrel(both, pack, shop, see):
    first, second = (browser.open(pack) for browser in both)
    first.send(pack, price_fen="70")
    second.send(pack, price_fen="70.00")
    assert see(sa.select(Variant.price_fen).where(Variant.id == shop.variants["tea"])) == [7000]


def test_settings_and_page_texts_are_kept_apart_too(both, see):
    first, second = (browser.open("/admin/settings") for browser in both)
    first.send("/admin/settings", phone="029-88200001")
    second.send("/admin/settings", icp_number="陕ICP备12345678号")
    assert {"029-88200001", "陕ICP备12345678号"} <= {*forms_values(both[0].open("/admin/settings").page)}
    first, second = (browser.open("/admin/texts/privacy") for browser in both)
    first.send("/admin/texts/privacy", body_zh="新的第一段")
    second.send("/admin/texts/privacy", body_zh="另一段", refused=400)
    assert "新的第一段" in second.text
    second.send("/admin/texts/privacy")
    assert "另一段" in first.open("/admin/texts/privacy").page


def test_a_lot_that_two_people_correct_is_decided_by_a_person(both, shop, see, session):
    """The second is told who made it how many; what was typed stays, and pressing again is the decision."""
    session.execute(sa.update(User).where(User.email == "li@example.com").values(name="李会计"))
    session.commit()
    lot_id = shop.lots["tea-li"]
    path, units = f"/admin/lots/{lot_id}", sa.select(Lot.declared).where(Lot.id == lot_id)
    [before] = see(units)
    first, second, third = (browser.open(path) for browser in (*both, FormBrowser(both[1].client)))
    first.send(f"{path}/correct", units="31", reason="数错了")
    second.send(f"{path}/correct", units="29", reason="受潮", refused=400)
    assert see(units) == [31], "nothing is overwritten unasked"
    assert f"from {before} to 31" in second.text or f"从 {before} 份改成 31 份" in second.text
    assert "李会计" in second.text
    assert 'value="29"' in second.page
    assert 'value="受潮"' in second.page
    third.send(f"{path}/correct", units="31", reason="数错了")
    assert len(see(sa.select(LotChange.id).where(LotChange.lot_id == lot_id))) == 1, (
        "the same again is no change"
    )
    second.send(f"{path}/correct")
    assert see(units) == [29]


def forms_values(page: str) -> set[str]:
    return {part.split('"')[0] for part in page.split('value="')[1:]}


@pytest.mark.parametrize(
    ("place", "mine", "theirs"),
    [
        ("products/{product}", {"summary_zh": "新简介"}, {"shelf_life_days": "77"}),
        ("villages/{village}", {"town_zh": "新镇"}, {"county_zh": "新县"}),
        ("categories/{category}", {"name_zh": "新类"}, {"position": "77"}),
        ("sellers/{seller}", {"address": "新址"}, {"phone": "0915-8200002"}),
        ("workshops/{workshop}", {"name_en": "New name"}, {"phone": "0915-8200003"}),
        ("pickup-points/{point}", {"hours_zh": "下午"}, {"position": "77"}),
        ("compliance-classes/{law}", {"name_en": "New class"}, {"requirements": "sc | 许可证 | Permits"}),
        ("certificates/{certificate}", {"issued_by": "某局"}, {"number": "NEW-77"}),
        ("users/{user}", {"name": "王五"}, {"phone": "13800001111"}),
    ],
)
def test_every_editing_form_writes_only_what_its_person_changed(both, rows, place, mine, theirs):
    path = "/admin/" + place.format(**rows)
    first, second = (browser.open(path) for browser in both)
    first.send(path, **mine)
    second.send(path, **theirs)
    page = first.open(path).page
    for value in {**mine, **theirs}.values():
        assert value[-4:] in page, value
    other = next(iter(mine))
    first, second = (browser.open(path) for browser in both)
    first.send(path, **{other: f"{mine[other]}1"})
    second.send(path, refused=400, **{other: f"{mine[other]}2"})
    assert f"{mine[other]}1" in second.text
    assert f"{mine[other]}2" in second.page


@pytest.fixture
def rows(session, shop, desk_of):
    certificate = Certificate(kind="sc", number="OLD-1", seller_id=shop.seller_id)
    workshop = Producer(
        slug="mill",
        kind=ProducerKind.WORKSHOP,
        village_id=shop.villages["mogou"],
        name_zh="油坊",
        name_en="Mill",
        active=True,
    )
    session.execute(sa.update(Product).values(summary_zh="好茶"))
    session.execute(sa.update(Seller).values(tax_number="91350100M000100Y43"))
    session.add(
        ComplianceRequirement(
            compliance_class_id=shop.compliance_class_id,
            certificate_kind="sc",
            name_zh="许可证",
            name_en="Permit",
        )
    )
    session.add_all([certificate, workshop])
    session.commit()
    return {
        "product": shop.products["tea"], "village": shop.villages["mogou"], "category": shop.category_id,
        "seller": shop.seller_id, "workshop": workshop.id, "point": shop.point_id,
        "law": shop.compliance_class_id, "certificate": certificate.id, "user": desk_of("wang").user_id,
    }  # fmt: skip


def test_ticks_that_two_people_set_are_not_undone_in_silence(both, desk_of, shop, see):
    user_id = desk_of("wang", RoleName.COORDINATOR).user_id
    page, roles, work = (
        f"/admin/users/{user_id}",
        f"/admin/users/{user_id}/roles",
        f"/admin/users/{user_id}/work",
    )
    first, second = (browser.open(page) for browser in both)
    first.send(work, villages=[str(shop.villages["mogou"])])
    second.send(work, villages=[str(shop.villages["ruhe"])])
    assert "您的没有保存" in second.text
    assert see(sa.select(VillageCoordinator.village_id).where(VillageCoordinator.user_id == user_id)) == [
        shop.villages["mogou"]
    ]
    first, second = (browser.open(page) for browser in both)
    first.send(roles, roles=["coordinator", "point_keeper"])
    second.send(work, points=[str(shop.point_id)])
    second.open(page).send(roles, roles=["coordinator", "nonsense"])
    assert "请从列表里选一个" in second.text, "a role that there is not takes none away"
    held = see(sa.select(UserRole.role).where(UserRole.user_id == user_id).order_by(UserRole.role))
    assert held == [RoleName.COORDINATOR, RoleName.POINT_KEEPER]


def test_a_runs_time_that_two_people_changed_is_decided_by_a_person(both, see):
    [run] = see(sa.select(Run))
    path, arrival = f"/admin/runs/{run.id}", local(run.arrives_at + timedelta(hours=1))
    first, second = (browser.open(path) for browser in both)
    first.send(path, arrives_at=arrival)
    second.send(path, capacity_kg="1800")
    [saved] = see(sa.select(Run))
    assert (local(saved.arrives_at), saved.capacity_g) == (arrival, 1_800_000), "neither undoes the other"
    first, second = (browser.open(path) for browser in both)
    earlier, later = (local(run.arrives_at + timedelta(hours=hours)) for hours in (2, 3))
    first.send(path, arrives_at=earlier)
    second.send(path, arrives_at=later, refused=400)
    assert "li@example.com" in second.text
    assert local(see(sa.select(Run.arrives_at))[0]) == earlier, "nothing is overwritten unasked"
    second.send(path)
    assert local(see(sa.select(Run.arrives_at))[0]) == later, "pressing again is the decision"
