"""The demo's organisations: each has a name and number of its own on invoices, and buys for a department."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation, OrganisationKind, Unit
from shop.demo.organisations import add_organisations
from shop.extensions import db, unit_of_work
from shop.kit.clock import utc_now
from shop.kit.tax_numbers import is_tax_number
from shop.purchases.buyers import rule_of
from shop.purchases.models import Funding


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
