"""A key can be changed: everything sealed is written anew, and opens without the old one."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.accounts.models import User
from shop.privacy.resealing import SEALED, reseal
from shop.storage.base import Base
from shop.storage.field_cipher import FieldCipher, SealBroken
from tests.factories.people import make_person


def test_what_is_sealed_opens_under_the_new_key_alone(app, unit_of_work, monkeypatch):
    monkeypatch.setattr("shop.privacy.resealing.BATCH", 2)
    old, new = "old-" + "x" * 40, "new-" + "y" * 40
    people = [make_person(unit_of_work, f"p{number}@example.com") for number in range(3)]

    def seal(session) -> None:
        for person in people:
            session.get_one(User, person.id).totp_secret = FieldCipher([old]).seal(f"secret {person.id}")

    unit_of_work.run(seal)
    with pytest.raises(SealBroken):
        reseal(unit_of_work, FieldCipher([new]))
    assert reseal(unit_of_work, FieldCipher([new, old])) == 3

    def opened(session) -> list[str]:
        sealed = session.scalars(sa.select(User.totp_secret).order_by(User.id))
        return [FieldCipher([new]).open(one) for one in sealed]

    assert unit_of_work.run(opened) == [f"secret {person.id}" for person in people]


def test_every_sealed_column_is_written_anew(app):
    named = {
        (rows.name, column.name)
        for rows in Base.metadata.sorted_tables
        for column in rows.columns
        if "sealed" in column.name or column.name == "totp_secret"
    }
    assert named == set(SEALED)
