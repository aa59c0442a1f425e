"""What the audit trail's codes mean of lots and of their prices."""

from __future__ import annotations

from typing import Final

from shop.kit.text import msg

GOODS_ACTIONS: Final = {
    "lot.bags_reprinted": msg("Labels on bags printed again"),
    "lot.corrected": msg("Units of a lot corrected"),
    "lot.counted": msg("A lot counted on its shelf"),
    "lot.declared": msg("Lot declared"),
    "lot.left_over": msg("Prepared goods whose order another household serves: first for the next one"),
    "lot.processed": msg("Lot made of what was weighed in"),
    "lot.processing_undone": msg("Processing undone, its lot emptied"),
    "lot.press_unused": msg("A change of a lot, sent too late by a phone without a network: not used"),
    "lot.photo_removed": msg("Photo of a lot deleted"),
    "lot.pledge_signed": msg("Conformity pledge of a lot signed"),
    "lot.recall_exported": msg("List of a recall taken as a file"),
    "lot.recall_lifted": msg("Recall of a lot lifted"),
    "lot.recall_proposed": msg("Recall of a lot proposed"),
    "lot.recall_refused": msg("Proposal to recall a lot not followed"),
    "lot.recalled": msg("Lot recalled"),
    "lot.forecast": msg("Lot declared before its harvest"),
    "lot.harvested": msg("Harvest of a lot declared"),
    "lot.put_off": msg("Harvest of a lot put off"),
    "lot.reopened": msg("Rest of a lot put on sale again"),
    "lot.repacked": msg("Lot packed anew from others"),
    "lot.repacking_undone": msg("Packing anew undone"),
    "lot.returned": msg("Refunded units are for sale again"),
    "lot.written_off": msg("Refunded units written off"),
    "lot.withdrawn": msg("Rest of a lot taken off sale"),
    "price.approved": msg("A lower price approved"),
    "price.begun": msg("A lower price begun"),
    "price.called_off": msg("A lower price ended early"),
    "price.declined": msg("A lower price declined"),
    "price.ended": msg("A lower price ended"),
    "price.proposed": msg("A lower price proposed"),
    "price.set": msg("A lower price set"),
}
