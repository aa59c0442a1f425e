"""What nobody collected of welfare campaigns, by campaign, pickup point and goods, and what became of it."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from shop.accounts.models import Organisation
from shop.campaigns.day.models import Decision, Leftover
from shop.campaigns.day.standing import IS_COLLECTED, IS_WAITING, with_standing
from shop.campaigns.member_models import Choice, ChoiceLine
from shop.campaigns.models import Campaign, CampaignState
from shop.catalogue.models import Product, Variant
from shop.delivery.models import PickupPoint
from shop.kit.text import msg
from shop.reports.definition import Column, Group, Report, Span, Unit, key_column, localised

_BECAME: Final = (Decision.SHOP, Decision.COLLEAGUE, Decision.DONATED)


def _leftovers(span: Span, language: str) -> sa.Select[Any]:
    """Of campaigns whose goods were given out in these days. What goes home is no leftover of a point."""
    names = (
        Campaign.title,
        Organisation.name,
        Campaign.distribution_on,
        localised(language, PickupPoint.name_zh, PickupPoint.name_en),
        localised(language, Product.name_zh, Product.name_en),
        localised(language, Variant.name_zh, Variant.name_en),
    )
    units = (
        _units(sa.true()),
        _units(IS_WAITING),
        *(_units(Leftover.decision == decision) for decision in _BECAME),
    )
    return (
        with_standing(sa.select(*names, *units, Campaign.id))
        .join(ChoiceLine, ChoiceLine.member_id == Choice.member_id)
        .join(Variant, Variant.id == ChoiceLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(PickupPoint, PickupPoint.id == Choice.pickup_point_id)
        .join(Organisation, Organisation.id == Campaign.organisation_id)
        .where(
            Campaign.state == CampaignState.CLOSED,
            Choice.pickup_code.is_not(None),
            Campaign.distribution_on.between(span.first, span.last),
            ~IS_COLLECTED,
        )
        .group_by(Campaign.id, *names, PickupPoint.id, Variant.id)
        .order_by(Campaign.distribution_on.desc(), Campaign.id, PickupPoint.id, Variant.id)
    )


def _units(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    counted = sa.func.sum(sa.case((condition, ChoiceLine.quantity), else_=0))
    return sa.cast(sa.func.coalesce(counted, 0), sa.BigInteger)


CAMPAIGN_LEFTOVERS: Final = Report(
    "campaign_leftovers",
    msg("Left over from welfare campaigns"),
    (
        Column("campaign", msg("Campaign")),
        Column("organisation", msg("Organisation")),
        Column("distribution_on", msg("Day of distribution"), Unit.DAY),
        Column("point", msg("Pickup point")),
        Column("product", msg("Product")),
        Column("pack", msg("Pack")),
        Column("left", msg("Units not collected"), Unit.COUNT, total=True),
        Column("waiting", msg("Nothing final decided"), Unit.COUNT, total=True),
        Column("shop", msg("Back to the shop or a store"), Unit.COUNT, total=True),
        Column("colleague", msg("Given to another member"), Unit.COUNT, total=True),
        Column("donated", msg("Donated"), Unit.COUNT, total=True),
        key_column("campaign_id"),
    ),
    _leftovers,
    Group.SELLING,
    note=msg(
        "Units, by the day on which they were to be given out. The goods are the union's: no decision moves stock or money."
    ),
)
