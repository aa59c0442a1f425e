"""Writing every sealed column anew under the first of FIELD_KEYS, so that an old key can be dropped."""

from __future__ import annotations

from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.storage.base import Base
from shop.storage.field_cipher import FieldCipher
from shop.storage.unit_of_work import UnitOfWork

SEALED: Final = (
    ("users", "totp_secret"),
    ("message_robots", "sealed_key"),
    ("campus_sessions", "sealed_id_token"),
    ("campus_arrivals", "sealed_person"),
    ("payees", "name_sealed"),
    ("payees", "identity_sealed"),
    ("payees", "account_sealed"),
    ("purchase_vouchers", "name_sealed"),
    ("purchase_vouchers", "identity_sealed"),
)
BATCH: Final = 200


def reseal(unit_of_work: UnitOfWork, cipher: FieldCipher) -> int:
    """Returns how many values were written anew. In small transactions; begun again, it begins at the first.

    Raises SealBroken for a value that none of the keys opens: then nothing of its batch is written.
    """
    count = 0
    for table, column in SEALED:
        last: int | None = 0
        while last is not None:
            written, last = unit_of_work.run(
                partial(_some, table=table, column=column, after=last, cipher=cipher)
            )
            count += written
    return count


def _some(
    session: Session, table: str, column: str, after: int, cipher: FieldCipher
) -> tuple[int, int | None]:
    """How many were written, and the last row that was; None when there are no more."""
    rows = Base.metadata.tables[table]
    (key,) = rows.primary_key
    sealed = rows.c[column]
    wanted = sa.select(key, sealed).where(key > after, sealed.is_not(None), sealed != "")
    found = session.execute(wanted.order_by(key).limit(BATCH).with_for_update()).all()
    for row_id, value in found:
        fresh = cipher.seal(cipher.open(value))
        session.execute(sa.update(rows).where(key == row_id).values({column: fresh}))
    return len(found), int(found[-1][0]) if found else None
