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
            CampaignState.WAITING,  # the bill is above a limit of the union: somebody there has to agree
            CampaignState.CLOSING,  # its organiser, or its last day, ended the choosing
            CampaignState.CALLED_OFF,  # its union wants it no more
        },
        CampaignState.WAITING: {
            CampaignState.CLOSING,  # somebody agreed to the whole bill
            CampaignState.OPEN,  # nobody did, or its organiser took the request back
        },
        CampaignState.CLOSING: {
            CampaignState.CLOSED,  # every pickup point's order is accepted
            CampaignState.OPEN,  # something could not be ordered: nothing is, and it can be changed
        },
        CampaignState.CLOSED: set(),
        CampaignState.DROPPED: set(),
        CampaignState.CALLED_OFF: set(),
    }
)
