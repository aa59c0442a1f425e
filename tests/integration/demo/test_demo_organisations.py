"""The demo's organisations: each has a name and number of its own on invoices, and buys for a department."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation, OrganisationKind, Unit
from shop.campaigns.models import Campaign, CampaignGood
from shop.catalogue.models import BundleItem
from shop.demo.campaigns import add_campaigns
from shop.demo.certificates import add_certificates
from shop.demo.organisations import add_organisations
from shop.extensions import db, unit_of_work
from shop.inventory.proof_models import ProofFile
from shop.kit.clock import utc_now
from shop.kit.tax_numbers import is_tax_number
from shop.purchases.buyers import rule_of
from shop.purchases.models import Funding
from shop.storage.media import media_store


def test_each_has_its_own_title_and_a_number_that_could_be_one(seeded_app: Flask):
    with seeded_app.app_context():
        add_organisations(unit_of_work(), now=utc_now())
        with Session(db.engine) as session:
            own = session.scalars(sa.select(Organisation)).all()
            assert len(own) == 5
            assert len({one.invoice_title for one in own}) == 5
            assert len({one.tax_number for one in own}) == 5
            assert [one.tax_number for one in own if not is_tax_number(one.tax_number)] == []
            canteen = next(one for one in own if one.kind is OrganisationKind.CANTEEN)
            unit_id, funding = rule_of(session, canteen.id)
            assert session.get_one(Unit, unit_id).slug == "logistics"
            assert funding is Funding.CANTEEN


def test_the_demos_campaign_has_a_gift_box_that_an_allowance_pays(demo_app: Flask):
    with demo_app.app_context():
        add_organisations(unit_of_work(), now=utc_now())
        add_campaigns(unit_of_work(), now=utc_now())
        with Session(db.engine) as session:
            boxes = sa.select(BundleItem.bundle_id)
            rows = sa.select(CampaignGood.price_fen, Campaign.allowance_fen).join(
                Campaign, Campaign.id == CampaignGood.campaign_id
            )
            [(price_fen, allowance_fen)] = session.execute(rows.where(CampaignGood.variant_id.in_(boxes)))
            assert price_fen <= allowance_fen


def test_certificates_of_the_demo_have_documents_once_that_say_what_they_are(demo_app: Flask, tmp_path):
    store = media_store(f"file://{tmp_path}")
    with demo_app.app_context():
        for _twice in range(2):
            add_certificates(unit_of_work(), store, now=utc_now())
        with Session(db.engine) as session:
            files = session.scalars(sa.select(ProofFile)).all()
            assert 1 < len(files) == len({one.certificate_id for one in files})
            assert all(store.read(one.file).startswith(b"%PDF") for one in files)
