"""The life of a waybill. Each step says what happened in the world."""

from __future__ import annotations

from typing import Final

from shop.fulfilment.waybills.models import WaybillState
from shop.kit.transitions import Transitions

WAYBILL_STATES: Final = Transitions(
    {
        WaybillState.REQUESTED: {
            WaybillState.ISSUED,  # the provider gave a number
            WaybillState.FAILED,  # the provider said no
            WaybillState.CANCELLED,  # nobody had begun to ask
        },
        WaybillState.ISSUED: {
            WaybillState.CANCELLED,  # the provider took it back, or a person had it taken back
        },
        WaybillState.FAILED: set(),
        WaybillState.CANCELLED: set(),
    }
)
