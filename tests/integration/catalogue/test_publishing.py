"""What may be put on sale."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from shop.catalogue.errors import CannotPublish
from shop.catalogue.listing import Filters, Sort, list_products
from shop.catalogue.models import (
    Category,
    Certificate,
    ComplianceClass,
    ComplianceRequirement,
    Product,
    ProductPicture,
    ProductStatus,
    Variant,
)
from shop.catalogue.product_page import read_product_page
from shop.catalogue.publishing import (
    CLAIM,
    EXPIRED,
    MISSING,
    NO_VARIANT,
    NOT_ONLINE,
    NOT_YET,
    publish,
    withdraw,
)
from shop.catalogue.version import current_version
from shop.inventory.supply import keepers_of
from shop.kit.clock import shanghai_date, utc_now
from shop.web.refusals import reason_sentences


@pytest.fixture
def draft(session, market) -> Product:
    """A draft whose class demands an SC permit and an inspection report."""
    law = session.get_one(ComplianceClass, market.compliance_class_id)
    for kind, zh, en in (
        ("sc", "食品生产许可证", "Production permit"),
        ("report", "检验报告", "Inspection report"),
    ):
        session.add(
            ComplianceRequirement(compliance_class_id=law.id, certificate_kind=kind, name_zh=zh, name_en=en)
        )
    product = session.scalars(sa.select(Product).where(Product.slug == "muer")).one()
    product.status = ProductStatus.DRAFT
    session.flush()
    return product


def certify(session, kind: str, *, issued: date | None = None, expires: date | None = None, **holder) -> None:
    number = f"{kind}-{holder}-{expires}"[:60]
    session.add(Certificate(kind=kind, number=number, issued_on=issued, expires_on=expires, **holder))
    session.flush()


def refusal(session, product, market) -> CannotPublish:
    with pytest.raises(CannotPublish) as refused:
        publish(session, product.id, actor_id=None, now=market.now)
    return refused.value


def test_every_missing_certificate_is_named_in_the_readers_language(session, market, draft, app: Flask):
    error = refusal(session, draft, market)
    assert [reason.message for reason in error.reasons] == [MISSING, MISSING]
    with app.test_request_context("/?lang=zh"):
        assert reason_sentences(error) == ["缺少「检验报告」。", "缺少「食品生产许可证」。"]
    with app.test_request_context("/?lang=en"):
        assert reason_sentences(error)[0] == "The certificate “Inspection report” is missing."
    assert draft.status is ProductStatus.DRAFT


def test_an_expired_certificate_is_named_with_its_day(session, market, draft, app: Flask):
    yesterday = shanghai_date(market.now) - timedelta(days=1)
    certify(session, "sc", expires=yesterday, seller_id=market.seller_id)
    certify(session, "report", product_id=draft.id)
    error = refusal(session, draft, market)
    assert [(reason.message, reason.day) for reason in error.reasons] == [(EXPIRED, yesterday)]
    with app.test_request_context("/?lang=zh"):
        assert reason_sentences(error) == ["「食品生产许可证」已于 2026 年 11 月 22 日 过期。"]


def test_a_certificate_counts_to_its_last_day_and_a_newer_one_replaces_it(session, market, draft):
    today = shanghai_date(market.now)
    certify(session, "sc", expires=today - timedelta(days=400), seller_id=market.seller_id)
    certify(session, "sc", expires=today, seller_id=market.seller_id)
    certify(session, "report", product_id=draft.id)
    publish(session, draft.id, actor_id=None, now=market.now)
    assert draft.status is ProductStatus.PUBLISHED


def test_a_certificate_counts_from_the_day_on_which_it_was_issued(session, market, draft, app: Flask):
    today = shanghai_date(market.now)
    tomorrow = today + timedelta(days=1)
    certify(session, "sc", expires=today - timedelta(days=1), seller_id=market.seller_id)
    certify(session, "sc", issued=tomorrow, seller_id=market.seller_id)
    certify(session, "report", issued=today, product_id=draft.id)
    error = refusal(session, draft, market)
    assert [(reason.message, reason.day) for reason in error.reasons] == [(NOT_YET, tomorrow)]
    with app.test_request_context("/?lang=zh"):
        assert reason_sentences(error) == ["「食品生产许可证」自 2026 年 11 月 24 日 起才有效。"]
    publish(session, draft.id, actor_id=None, now=market.now + timedelta(days=1))
    assert draft.status is ProductStatus.PUBLISHED


def test_a_certificate_that_is_to_come_stands_on_no_public_page(session, market, draft):
    tomorrow = shanghai_date(market.now) + timedelta(days=1)
    certify(session, "sc", seller_id=market.seller_id)
    certify(session, "report", product_id=draft.id)
    publish(session, draft.id, actor_id=None, now=market.now)
    certify(session, "report", issued=tomorrow, expires=date(2099, 1, 1), product_id=draft.id)
    numbers = {paper.number for paper in read_product_page(session, "muer", now=market.now).papers}
    later = read_product_page(session, "muer", now=market.now + timedelta(days=1)).papers
    assert {paper.number for paper in later} - numbers == {f"report-{{'product_id': {draft.id}}}-2099-01-01"}


def test_the_certificates_of_those_who_keep_its_lots_count_too(session, market, draft):
    certify(session, "report", product_id=draft.id)
    certify(session, "sc", producer_id=market.producers["wang"])
    assert refusal(session, draft, market).reasons[0].message == MISSING
    publish(session, draft.id, kept_by=keepers_of(session, draft.id), actor_id=None, now=market.now)
    assert draft.status is ProductStatus.PUBLISHED


def test_claims_of_effect_and_missing_packs_are_refused(session, market, draft):
    certify(session, "report", product_id=draft.id)
    certify(session, "sc", seller_id=market.seller_id)
    draft.description_zh = "常吃可以降血压。"
    session.execute(sa.update(Variant).where(Variant.product_id == draft.id).values(active=False))
    reasons = refusal(session, draft, market).reasons
    assert [reason.message for reason in reasons] == [NO_VARIANT, CLAIM]
    assert reasons[1].name_zh == "降血压"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda draft: sa.update(Product).where(Product.id == draft.id).values(synonyms="降血压茶"),
        lambda draft: sa.update(Variant).where(Variant.product_id == draft.id).values(name_zh="降血压罐装"),
        lambda draft: sa.update(Category).where(Category.id == draft.category_id).values(name_zh="降血压"),
        lambda draft: sa.insert(ProductPicture).values(
            product_id=draft.id,
            key="a",
            alt_zh="降血压",
            alt_en="",
            position=1,
            created_at=utc_now(),
            state="ready",
        ),
    ],
)
def test_what_stands_around_a_product_may_not_claim_an_effect_either(session, market, draft, spoil):
    certify(session, "report", product_id=draft.id)
    certify(session, "sc", seller_id=market.seller_id)
    session.execute(spoil(draft))
    session.expire_all()
    reasons = refusal(session, draft, market).reasons
    assert [(reason.message, reason.name_zh) for reason in reasons] == [(CLAIM, "降血压")]


def test_a_class_that_may_not_be_sold_online_is_refused(session, market, draft):
    session.get_one(ComplianceClass, market.compliance_class_id).sellable_online = False
    assert NOT_ONLINE in [reason.message for reason in refusal(session, draft, market).reasons]


def test_publishing_and_withdrawing_keep_lists_numbers_and_version(session, market):
    before = current_version(session)
    withdraw(session, market.products["muer"], actor_id=None, reason="sold through", now=market.now)
    count = sa.select(Category.product_count).where(Category.slug == "mushrooms")
    assert session.scalar(count) == 1
    assert "muer" not in [card.slug for card in list_products(session, Filters(), Sort.RECOMMENDED, 1).cards]
    assert current_version(session) > before
    publish(session, market.products["muer"], actor_id=None, now=market.now)
    assert session.scalar(count) == 2
    muer = next(
        card for card in list_products(session, Filters(), Sort.RECOMMENDED, 1).cards if card.slug == "muer"
    )
    assert muer.stock_state == "available"
