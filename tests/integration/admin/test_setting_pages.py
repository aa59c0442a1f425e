"""Settings as an admin changes, plans, looks up and takes back; tariffs of couriers with what parcels cost."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from shop.accounts.setting_models import SettingVersion
from shop.accounts.shop_settings import read_shop_settings
from shop.delivery.freight import quote, zones
from shop.delivery.models import FreightZone
from shop.kit.clock import in_shanghai, utc_now
from shop.rounds import follow_settings
from tests.factories.counting import counted_statements

SOON = utc_now().replace(second=0, microsecond=0) + timedelta(days=2)


def typed(moment):
    return f"{in_shanghai(moment):%Y-%m-%dT%H:%M}"


def text_of(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


@pytest.fixture
def version(session):
    def _version(name, number=None):
        found = sa.select(SettingVersion.id).where(
            SettingVersion.name == name, SettingVersion.number.is_not_distinct_from(number)
        )
        one = session.scalars(found).one()
        session.rollback()  # on SQLite nobody else can write meanwhile
        return one

    return _version


def test_a_change_has_its_reason_and_is_taken_back(admin, says, version):
    admin.post("/admin/settings", low_stock_units="8", why="<b>harvest</b>")
    admin.post("/admin/settings", low_stock_units="9")
    page = admin.get("/admin/versions/low_stock_units")
    assert "&lt;b&gt;harvest&lt;/b&gt;" in page.text
    assert "In force" in page.text
    first = version("low_stock_units", 1)
    assert admin.post(f"/admin/versions/low_stock_units/{first}/again", why="too many").status_code == 303
    assert says("low_stock_units") == 8
    assert "too many" in admin.get("/admin/versions/low_stock_units").text
    assert "too many" in text_of(admin.get("/admin/audit"))
    assert admin.get("/admin/versions/complete_after_days/2").status_code == 404
    other = admin.post(f"/admin/versions/complete_after_days/{first}/again")
    assert other.status_code == 404, "a version of another setting"


def test_a_planned_change_is_said_where_it_is_made_and_withdrawn(admin, says, unit_of_work, version):
    assert admin.post("/admin/settings", low_stock_units="8", valid_from=typed(SOON)).status_code == 303
    assert "Planned. It holds from the moment you chose." in admin.said()
    assert says("low_stock_units") == 5
    for path in ("/admin/settings", "/admin/versions", "/admin/versions/low_stock_units"):
        assert "8" in admin.get(path).text
        assert "lanned" in admin.get(path).text or ": 8" in admin.get(path).text, path
    other = {
        "complete_after_days": "14",
        "low_stock_units": "5",
        "valid_from": typed(SOON + timedelta(days=1)),
    }
    admin.post("/admin/settings", **other)
    follow_settings(unit_of_work, now=SOON + timedelta(days=2))
    assert says("low_stock_units") == 8, "a field that nobody touched plans nothing"
    assert says("complete_after_days") == 14
    admin.post("/admin/settings", low_stock_units="3", valid_from=typed(SOON))
    planned = version("low_stock_units")
    assert admin.post(f"/admin/versions/low_stock_units/{planned}/withdraw").status_code == 303
    assert admin.post(f"/admin/versions/low_stock_units/{planned}/withdraw").status_code == 409
    assert "Plan withdrawn" in admin.get("/admin/versions/low_stock_units").text


def test_what_cannot_be_keeps_what_was_typed(admin):
    for wrong in (
        {"valid_from": "soon"},
        {"valid_from": "2099-01-01T00:00"},
        {"why": "x" * 301},
        {"low_stock_units": "9" * 400},
        {"notice_zh": "停运"},
    ):
        form = {"low_stock_units": "77", **wrong}
        page = admin.post("/admin/settings", **form)
        assert page.status_code == 400, wrong
        assert 'value="77"' in page.text or "9999" in page.text


def test_what_is_of_finance_only_finance_reads(admin, clerk):
    admin.post("/admin/settings", second_person_above_yuan="7000")
    assert "7000" in admin.get("/admin/versions/second_person_above_yuan").text
    assert clerk.get("/admin/versions/second_person_above_yuan").status_code == 404
    assert "second_person_above_yuan" not in clerk.get("/admin/versions").text
    account = {"bank_payee": "大学", "bank_name": "工行", "bank_number": "6222000011112222"}
    admin.post("/admin/settings", **account, bank_number_again=account["bank_number"])
    page = admin.get("/admin/versions/bank_number").text
    assert "2222" in page
    assert "6222000011112222" not in page
    assert "Take again" not in page


def test_a_notice_stands_on_every_page_of_the_shop_in_its_language(admin, client):
    admin.post("/admin/settings", notice_zh="春节停运<script>", notice_en="No trucks at New Year")
    assert "春节停运&lt;script&gt;" in client.get("/products?lang=zh").text
    assert "No trucks at New Year" in client.get("/?lang=en").text
    admin.post("/admin/settings", notice_zh="", notice_en="")
    assert "No trucks" not in client.get("/?lang=en").text


def test_a_page_text_is_looked_at_before_it_is_saved_and_read_as_it_was(admin, client, version):
    text = {
        "title_zh": "条款",
        "title_en": "Terms",
        "body_zh": "**新**",
        "body_en": "**New** <script>x</script>",
    }
    looked = admin.post("/admin/texts/terms", **text, look="1")
    assert looked.status_code == 200
    assert "<strong>New</strong>" in looked.text
    assert "<script>x" not in looked.text
    assert "<strong>New</strong>" not in client.get("/pages/terms?lang=en").text
    admin.post("/admin/texts/terms", **text, why="the lawyer says so")
    assert "the lawyer says so" in admin.get("/admin/versions/page.terms").text
    old = admin.get(f"/admin/versions/page.terms/{version('page.terms', 2)}").text
    assert "<strong>New</strong>" in old
    first = version("page.terms", 1)
    admin.post(f"/admin/versions/page.terms/{first}/again")
    assert "<strong>New</strong>" not in client.get("/pages/terms?lang=en").text
    assert admin.get("/admin/versions/page.absent").status_code == 404


@pytest.fixture
def says(session):
    """What a setting says now."""

    def _says(name):
        value = getattr(read_shop_settings(session), name)
        session.rollback()
        return value

    return _says


@pytest.fixture
def zone(shop, session):
    found = session.scalars(sa.select(FreightZone).order_by(FreightZone.id)).first()
    session.expunge(found)
    session.rollback()
    return found


def tariff(zone, **changed):
    names = ("name_zh", "name_en", "first_g", "step_g", "days_min", "days_max", "provinces")
    yuan = {name: f"{getattr(zone, name) / 100:.2f}" for name in ("first_fen", "step_fen")}
    return {**{name: getattr(zone, name) for name in names}, **yuan, "served": "y", **changed}


def test_a_tariff_shows_what_parcels_cost_before_it_is_saved(admin, session, zone):
    path = f"/admin/freight-zones/{zone.id}"
    looked = admin.post(path, **tariff(zone, first_fen="99.00"), look="1")
    assert looked.status_code == 200
    assert "¥99.00" in looked.text
    assert session.get(FreightZone, zone.id).first_fen == zone.first_fen
    assert admin.post(path, **tariff(zone, step_g="0"), look="1").status_code == 400
    for odd in ("9" * 400, "-1", "x"):
        assert admin.post(path, **tariff(zone, first_fen=odd), look="1").status_code == 400


def test_a_tariff_is_planned_comes_into_force_and_is_taken_back(admin, session, unit_of_work, zone, version):
    path, name = f"/admin/freight-zones/{zone.id}", f"freight_zone.{zone.id}"
    dearer = tariff(zone, first_fen="30.00", valid_from=typed(SOON), why="new contract")
    assert admin.post(path, **{**dearer, "name_en": "Other"}).status_code == 400, "only prices are planned"
    assert admin.post(path, **dearer).status_code == 303
    province = zone.provinces[0]

    def costs():
        fen = quote(zones(session), province, [zone.first_g])
        session.rollback()
        return fen

    assert costs() == zone.first_fen
    assert "Planned from" in admin.get(path).text
    assert follow_settings(unit_of_work, now=SOON) == 1
    assert costs() == 3000
    history = text_of(admin.get(f"/admin/versions/{name}"))
    assert "new contract" in history
    assert "Version 2 In force" in history
    admin.post(f"/admin/versions/{name}/{version(name, 1)}/again")
    assert costs() == zone.first_fen
    admin.post(path, **tariff(zone, name_en="Near"))
    assert "Version 4" not in admin.get(f"/admin/versions/{name}").text, "a new name is no new tariff"


def test_the_history_of_a_setting_costs_a_constant_number_of_statements(admin, engine):
    def read():
        with counted_statements(engine) as statements:
            admin.get("/admin/versions/low_stock_units")
        return len(statements)

    admin.post("/admin/settings", low_stock_units="6")
    few = read()
    for units in range(7, 15):
        admin.post("/admin/settings", low_stock_units=str(units))
    assert read() == few


def test_an_order_keeps_the_days_that_were_said_when_it_was_placed(admin, paid, session):
    from shop.ordering.claims import fresh_hours

    hours = fresh_hours(session, paid.order_id)
    session.rollback()
    with time_machine.travel(utc_now() + timedelta(minutes=10)):
        admin.post("/admin/settings", claim_hours_fresh="12")
    assert fresh_hours(session, paid.order_id) == hours == 48
    session.rollback()
