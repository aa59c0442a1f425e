"""What may become of a welfare campaign."""

from __future__ import annotations

from typing import Final

from shop.campaigns.models import CampaignState
from shop.kit.transitions import Transitions

CAMPAIGNS: Final = Transitions(
    {
        CampaignState.DRAFT: {
            CampaignState.OPEN,  # the union agreed: prices are frozen
            CampaignState.DROPPED,  # it came to nothing
        },
        CampaignState.OPEN: {
            CampaignState.CLOSING,  # its organiser, or its last day, ended the choosing
        },
        CampaignState.CLOSING: {
            CampaignState.CLOSED,  # every pickup point's order is accepted
            CampaignState.OPEN,  # something could not be ordered: nothing is, and it can be changed
        },
        CampaignState.CLOSED: set(),
        CampaignState.DROPPED: set(),
    }
)
