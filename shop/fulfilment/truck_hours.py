"""How long before its truck goods are ready, as the shop's settings say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy.orm import Session

from shop.accounts.shop_settings import read_shop_settings
from shop.catalogue.models import PackingPlaceKind
from shop.fulfilment.due import before_truck


def hours_before_truck(session: Session) -> Mapping[PackingPlaceKind, timedelta]:
    """One statement."""
    settings = read_shop_settings(session)
    return before_truck(settings.truck_hours_village, settings.truck_hours_hub)
