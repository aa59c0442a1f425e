"""What may become of a campaign of coupons, and of one use of a coupon."""

from __future__ import annotations

from typing import Final

from shop.kit.transitions import Transitions
from shop.ordering.coupons.models import CampaignState, UseState

CAMPAIGNS: Final = Transitions(
    {
        CampaignState.PROPOSED: {
            CampaignState.APPROVED,  # another person agreed
            CampaignState.DECLINED,  # somebody said no, and why
        },
        CampaignState.APPROVED: {
            CampaignState.PAUSED,  # somebody stopped it for a while
            CampaignState.ENDED,  # somebody ended it for good
        },
        CampaignState.PAUSED: {
            CampaignState.APPROVED,  # it goes on
            CampaignState.ENDED,
        },
        CampaignState.DECLINED: set(),
        CampaignState.ENDED: set(),
    }
)
USES: Final = Transitions(
    {
        UseState.RESERVED: {
            UseState.USED,  # the order's money came
            UseState.RELEASED,  # the order died
        },
        UseState.USED: {
            UseState.RELEASED,  # the order was called off as a whole
        },
        UseState.RELEASED: {
            UseState.RESERVED,  # the money of the dead order came after all, and the coupon was still to be had
        },
    }
)
