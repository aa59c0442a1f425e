"""What topics, ways and robots are called."""

from __future__ import annotations

from typing import Final

from shop.accounts.message_models import MessageTopic, MessageWay, RobotKind
from shop.kit.text import msg

TOPIC_NAMES: Final = {
    MessageTopic.ORDERS: msg("My orders, money and claims"),
    MessageTopic.PARCELS: msg("Where my parcels are"),
    MessageTopic.REVIEWS: msg("Invitations to review goods, and answers to my reviews"),
    MessageTopic.RESTOCK: msg("Goods that I wait for can be bought again"),
    MessageTopic.VILLAGE: msg("Households that do not answer"),
    MessageTopic.ORGANISATION: msg("What our organisation has to pay"),
}
WAY_NAMES: Final = {
    MessageWay.MAIL: msg("E-mail"),
    MessageWay.TEXT: msg("Text message"),
    MessageWay.ROBOT: msg("Robot in a group chat"),
}
ROBOT_NAMES: Final = {RobotKind.WECOM: msg("WeCom"), RobotKind.DINGTALK: msg("DingTalk")}
