"""What an organiser decides where a harvest will be short: first come, first served; so many each; or the agreed rule."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.campaigns.access import managed_desk
from shop.campaigns.errors import NotADraft
from shop.campaigns.locking import lock_campaign
from shop.campaigns.models import CampaignGood, CampaignState
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg

MOST = 1_000_000


class Limit(StrEnum):
    FIRST_COME = "first_come"  # so many in all, then nobody can choose it
    EACH = "each"  # so many for one member, from now on
    SHORT = "short"  # so many there will be: the rest follows the rule at the close
    NONE = "none"  # everything as before


_FACTS = {Limit.FIRST_COME: "most_units", Limit.EACH: "most_each", Limit.SHORT: "short_at"}


def limit_good(
    session: Session,
    campaign_id: int,
    variant_id: int,
    limit: Limit,
    units: int | None,
    *,
    actor_id: int,
    now: datetime,
) -> None:
    """Of an open campaign. Locks it against who chooses. Raises NotFound, NotAllowed, NotADraft, InvalidInput."""
    campaign = lock_campaign(session, campaign_id)
    managed_desk(session, campaign_id, actor_id)
    if campaign.state is not CampaignState.OPEN:
        raise NotADraft(msg("This can be decided while the campaign is open."))
    good = session.scalar(
        sa.select(CampaignGood)
        .where(CampaignGood.campaign_id == campaign_id, CampaignGood.variant_id == variant_id)
        .execution_options(populate_existing=True)
    )
    if good is None:
        raise NotFound()
    _judge(good, limit, units)
    if limit is Limit.NONE:
        good.most_units = good.most_each = good.short_at = None
    elif limit is Limit.FIRST_COME:
        good.most_units = units
    elif limit is Limit.EACH:
        good.most_each = units
    else:
        good.short_at = units
    session.flush()
    facts = {"variant_id": variant_id, **({_FACTS[limit]: units} if limit in _FACTS else {})}
    audit(session, actor_id, "campaign.limited", "campaign", campaign_id, facts, now=now)


def _judge(good: CampaignGood, limit: Limit, units: int | None) -> None:
    if limit is Limit.NONE:
        return
    least = 0 if limit is Limit.SHORT else 1
    if units is None or not least <= units <= MOST:
        raise InvalidInput(msg("Please say how many."), field="units")
    if limit is Limit.FIRST_COME and units < good.taken_units:
        raise InvalidInput(
            msg("%(taken)s are chosen already. Let the rule for a short harvest apply instead."),
            field="units",
            taken=good.taken_units,
        )
