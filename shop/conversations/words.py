"""Conversations and letters in words."""

from __future__ import annotations

from typing import Final

from shop.conversations.models import Topic
from shop.conversations.thanks_models import ReadyReply, SignedAs
from shop.kit.text import msg

TOPICS: Final = {
    Topic.ORDER: msg("An order"),
    Topic.DELIVERY: msg("Delivery and pickup"),
    Topic.GOODS: msg("Question about goods"),
    Topic.MONEY: msg("Payment, refund, invoice"),
    Topic.CLAIM: msg("Claim"),
    Topic.OTHER: msg("Something else"),
}
CHOSEN_TOPICS: Final = (Topic.ORDER, Topic.DELIVERY, Topic.GOODS, Topic.MONEY, Topic.OTHER)
SCORES: Final = {
    5: msg("Very content"),
    4: msg("Content"),
    3: msg("So-so"),
    2: msg("Not content"),
    1: msg("Not content at all"),
}
SIGNATURES: Final = {
    SignedAs.BUYER: msg("A buyer"),
    SignedAs.TEACHER: msg("A teacher"),
    SignedAs.STUDENT: msg("A student"),
    SignedAs.STAFF: msg("A colleague of the university"),
    SignedAs.ALUMNUS: msg("An alumnus or alumna"),
}
READY_REPLIES: Final = {
    ReadyReply.THANKS: msg("Thank you. It makes us glad that you like it."),
    ReadyReply.COME_AGAIN: msg("Thank you. Come again next year: there will be new goods."),
    ReadyReply.VISIT: msg("Thank you. Come to the village one day and drink tea with us."),
}
