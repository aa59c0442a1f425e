"""Files whose rows go: noted in the same transaction, deleted by the worker once it is committed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.privacy_models import DoomedFile


def doom(session: Session, names: Sequence[str], *, now: datetime) -> None:
    """These files of the store are to be deleted once this is committed."""
    known = set(session.scalars(sa.select(DoomedFile.name).where(DoomedFile.name.in_(names))))
    session.add_all(DoomedFile(name=name, since=now) for name in names if name not in known)
    session.flush()
