"""The file in the database: complete, lawful, and the same after the second time."""

import copy
import json
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
import sqlalchemy as sa

from shop.accounts.models import User, UserRole
from shop.catalogue.models import (
    BundleItem,
    Household,
    Producer,
    ProducerMember,
    Product,
    ProductStatus,
    Seller,
    SplitRule,
    StockState,
    Variant,
    VariantTax,
    Village,
)
from shop.catalogue.publishing import reasons_against
from shop.catalogue.search import search
from shop.catalogue.split import current_rule
from shop.delivery.models import CalendarKind, CalendarSpan, Run, RunStop
from shop.inventory.models import Lot, LotShare
from shop.kit.clock import in_shanghai, shanghai_date
from shop.seeding.loading import load_seed
from shop.seeding.read import Seed, SeedRefused, read_seed
from shop.seeding.write import write_seed
from shop.storage.base import Base
from tests.factories.seeds import SEED_FILE, shipped_document

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@cache
def shipped_seed():
    return read_seed(SEED_FILE, today=shanghai_date(NOW))


def write(unit_of_work, *, seed=None, demo=True, now=NOW):
    unit_of_work.run(lambda session: write_seed(session, seed or shipped_seed(), now=now, demo=demo))


def everything(session):
    """Every row of every table but what counts how often something was written."""
    kept_out = {"catalogue_version", "shop_settings"}
    rows = {
        table.name: sorted(map(repr, session.execute(sa.select(table)).all()))
        for table in Base.metadata.sorted_tables
        if table.name not in kept_out
    }
    session.rollback()  # an open transaction would keep others from writing
    return rows


def count(session, model, *conditions):
    number = session.scalar(sa.select(sa.func.count()).select_from(model).where(*conditions))
    session.rollback()
    return number


def test_loading_twice_changes_no_row(unit_of_work, session):
    write(unit_of_work)
    first = everything(session)
    write(unit_of_work)
    assert everything(session) == first


def test_the_shop_is_as_large_as_it_was_asked_to_be(unit_of_work, session):
    write(unit_of_work)
    published = Product.status == ProductStatus.PUBLISHED
    assert count(session, Product, published) >= 32
    assert count(session, Variant, Variant.product_id.in_(sa.select(Product.id).where(published))) >= 70
    assert count(session, Village) >= 9
    assert count(session, Household) >= 60
    assert count(session, Producer, Producer.household_id.is_(None)) >= 4
    assert count(session, Lot) >= 160
    assert count(session, BundleItem) >= 6
    assert session.scalar(sa.select(sa.func.max(Household.people))) == 7


def test_stock_and_shares_are_as_the_file_says(unit_of_work, session):
    write(unit_of_work)
    units = sum(lot["units"] for lot in shipped_document()["lots"])
    assert session.scalar(sa.select(sa.func.sum(Lot.available))) == units
    sums = sa.select(sa.func.sum(LotShare.share_bp)).group_by(LotShare.lot_id)
    assert set(session.scalars(sums)) == {10_000}


def test_every_published_product_has_what_the_law_demands(unit_of_work, session):
    write(unit_of_work)
    for product in session.scalars(sa.select(Product).where(Product.status == ProductStatus.PUBLISHED)):
        of_product = sa.select(Lot.producer_id).join(Variant).where(Variant.product_id == product.id)
        kept_by = session.scalars(of_product).all()
        assert reasons_against(session, product, kept_by=kept_by, today=shanghai_date(NOW)) == [], (
            product.slug
        )


def test_what_may_not_be_sold_online_stays_a_draft(unit_of_work, session):
    write(unit_of_work)
    drafts = session.scalars(sa.select(Product.slug).where(Product.status == ProductStatus.DRAFT)).all()
    assert drafts == ["home-corn-liquor"]


def test_lists_know_prices_stock_and_numbers(unit_of_work, session):
    write(unit_of_work)
    tea = session.scalar(sa.select(Product).where(Product.slug == "yunwu-green-tea"))
    assert (tea.from_price_fen, tea.stock_state) == (6800, StockState.AVAILABLE)
    assert session.scalar(sa.select(Village.product_count).where(Village.slug == "mogou")) >= 5
    box = session.scalar(sa.select(Variant).where(Variant.sku == "GIFT-TH-1"))
    assert box.stock_state is StockState.AVAILABLE


def test_shiitake_is_found_by_many_words(unit_of_work, session):
    write(unit_of_work)
    for typed in ("香菇", "xianggu", "xg", "shiitake", "Lentinula"):
        assert len(search(session, typed).documents) >= 3, typed


def test_the_rule_for_prices_is_in_force(unit_of_work, session):
    write(unit_of_work)
    assert current_rule(session, NOW).version == 1


def test_runs_of_the_coming_weeks_avoid_holidays_and_vacations(unit_of_work, session):
    write(unit_of_work)
    runs = session.scalars(sa.select(Run).order_by(Run.arrives_at)).all()
    assert len(runs) == 8
    assert runs[0].code == "XA-2026-48"
    assert in_shanghai(runs[0].cutoff_at).isoformat() == "2026-11-25T18:00:00+08:00"
    assert runs[0].capacity_g == 2_500_000
    assert count(session, RunStop) == 8 * 5
    closed = sa.select(CalendarSpan).where(
        CalendarSpan.kind.in_([CalendarKind.HOLIDAY, CalendarKind.VACATION])
    )
    for span in session.scalars(closed):
        for run in runs:
            assert not span.first_day <= shanghai_date(run.arrives_at) <= span.last_day


def test_a_later_day_adds_runs_and_notes_what_has_expired(unit_of_work, session):
    write(unit_of_work)
    before = everything(session)
    write(unit_of_work, now=NOW + timedelta(weeks=3))
    after = everything(session)
    assert set(before["runs"]) < set(after["runs"])
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {
        "runs",
        "run_stops",
        "products",
        "variants",
        "product_listings",
    }  # fresh goods: sold out


def test_a_lot_that_was_sold_from_is_never_reset(unit_of_work, session):
    write(unit_of_work)
    moved = sa.update(Lot).where(Lot.code == "MG01-001").values(available=Lot.available - 5, committed=5)
    session.execute(moved)
    session.commit()
    sold = everything(session)["lots"]
    write(unit_of_work, now=NOW + timedelta(days=2))
    assert everything(session)["lots"] == sold


def test_an_account_that_exists_keeps_its_password(unit_of_work, session):
    write(unit_of_work)
    session.execute(sa.update(User).where(User.email == "buyer@demo.example").values(password_hash="own"))
    session.commit()
    write(unit_of_work)
    assert session.scalar(sa.select(User.password_hash).where(User.email == "buyer@demo.example")) == "own"


def test_a_product_that_was_withdrawn_stays_withdrawn(unit_of_work, session):
    write(unit_of_work)
    session.execute(
        sa.update(Product).where(Product.slug == "comb-honey").values(status=ProductStatus.WITHDRAWN)
    )
    session.commit()
    write(unit_of_work)
    status = session.scalar(sa.select(Product.status).where(Product.slug == "comb-honey"))
    assert status is ProductStatus.WITHDRAWN


def test_people_of_the_demo_are_loaded_in_the_demo_only(unit_of_work, session):
    write(unit_of_work, demo=False)
    assert count(session, User) == 0
    write(unit_of_work, demo=True)
    assert count(session, User) == 10
    farmer = session.scalar(sa.select(User).where(User.email == "farmer@demo.example"))
    roles = session.scalars(sa.select(UserRole.role).where(UserRole.user_id == farmer.id)).all()
    assert roles == ["farmer"]
    works_for = sa.select(Producer.slug).join(ProducerMember).where(ProducerMember.user_id == farmer.id)
    assert session.scalars(works_for).all() == ["mg-01"]


def test_a_changed_file_changes_the_rows_that_have_its_keys(unit_of_work, session):
    write(unit_of_work)
    document = shipped_document()
    document["products"][0]["variants"][0]["price_fen"] = 9900
    write(unit_of_work, seed=Seed(content=document, digest="changed"))
    assert session.scalar(sa.select(Variant.price_fen).where(Variant.sku == "TEA-MQ-50")) == 9900
    assert (
        session.scalar(sa.select(Product.from_price_fen).where(Product.slug == "mingqian-green-tea")) == 9900
    )


def test_a_split_rule_in_the_books_cannot_be_changed(unit_of_work, session):
    write(unit_of_work)
    document = copy.deepcopy(shipped_document())
    document["split_rules"][0].update(household_bp=7500, shop_bp=100)
    with pytest.raises(SeedRefused, match=r"\$\.split_rules\[0\]: version 1 is in the books"):
        write(unit_of_work, seed=Seed(content=document, digest="changed"))
    assert session.scalar(sa.select(SplitRule.household_bp)) == 7600


def test_the_same_file_is_left_alone_so_that_an_admin_s_change_stays(unit_of_work, session):
    assert not load_seed(unit_of_work, SEED_FILE, now=NOW, demo=False).already
    session.execute(sa.update(Variant).where(Variant.sku == "TEA-MQ-50").values(price_fen=10100))
    session.commit()
    assert load_seed(unit_of_work, SEED_FILE, now=NOW, demo=False).already
    assert session.scalar(sa.select(Variant.price_fen).where(Variant.sku == "TEA-MQ-50")) == 10100


def test_the_command_loads_a_file_and_says_what_is_in_it(app, session):
    result = app.test_cli_runner().invoke(args=["seed"])
    assert result.exit_code == 0, result.output
    assert "9 villages" in result.output
    assert count(session, Product) >= 32
    assert "is loaded already" in app.test_cli_runner().invoke(args=["seed"]).output


def test_the_command_lists_every_mistake_and_loads_nothing(app, session, tmp_path):
    document = shipped_document()
    document["products"][3]["variants"][1]["price_fen"] = 0
    document["households"][4]["village"] = "moguo"
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    result = app.test_cli_runner().invoke(args=["seed", "--file", str(path)])
    assert result.exit_code == 1
    assert "$.products[3].variants[1].price_fen: must be at least 1" in result.output
    assert "$.households[4].village: there is no village moguo in this file" in result.output
    assert "2 mistakes; nothing was loaded" in result.output
    assert count(session, Product) == 0


def test_the_command_says_that_there_is_no_such_file(app, tmp_path):
    result = app.test_cli_runner().invoke(args=["seed", "--file", str(tmp_path / "none.json")])
    assert result.exit_code == 1
    assert "No such file" in result.output


@pytest.mark.parametrize("weekday", range(7))
def test_whatever_day_it_is_loaded_fresh_goods_reach_the_next_truck(session, unit_of_work, weekday):
    """A lot that does not keep until then is not picked yet, and keeps no longer than its goods do."""
    now = NOW + timedelta(days=weekday)
    write(unit_of_work, now=now)
    arrives_at = session.scalar(sa.select(sa.func.min(Run.arrives_at)).where(Run.cutoff_at > now))
    fresh = sa.select(Lot, Product.shelf_life_days).join(Variant, Variant.id == Lot.variant_id)
    rows = session.execute(
        fresh.join(Product, Product.id == Variant.product_id).where(Product.shelf_life_days <= 15)
    ).all()
    assert rows
    for lot, shelf_life in rows:
        assert lot.best_before > shanghai_date(arrives_at)
        picked = lot.packed_on or shanghai_date(arrives_at) - timedelta(days=1)
        assert (lot.best_before - picked).days <= shelf_life


def test_who_buys_from_households_and_what_is_exempt_is_as_the_file_says(unit_of_work, session):
    write(unit_of_work)
    buying = session.scalars(sa.select(Seller.slug).where(Seller.buys_from_households)).all()
    assert buying == [one["slug"] for one in shipped_document()["sellers"] if one["buys_from_households"]]
    eggs = sa.select(VariantTax.tax_rate_bp, VariantTax.tax_exempt).join(
        Variant, Variant.id == VariantTax.variant_id
    )
    assert session.execute(eggs.where(Variant.sku == "EGG-WJ-15")).all() == [(0, True)]
