"""What the catalogue does when something below it happened."""

from __future__ import annotations

from sqlalchemy.orm import Session

from shop.accounts.events import ShopSettingsChanged
from shop.catalogue.version import bump_version


def make_pages_old(session: Session, _event: ShopSettingsChanged) -> None:
    """Every public page shows the shop's names, so none that is cached holds any more."""
    bump_version(session)
