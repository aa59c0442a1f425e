"""What kinds of posts, and what became of one, are called."""

from __future__ import annotations

from typing import Final

from shop.kit.text import msg
from shop.stories.models import PostKind

KINDS: Final = {
    PostKind.VILLAGE: msg("Village news"),
    PostKind.HARVEST: msg("Harvests"),
    PostKind.VISIT: msg("Visits"),
    PostKind.CRAFT: msg("How it is made"),
    PostKind.SHOP: msg("News of the shop"),
}
EVENTS: Final = {
    "written": msg("Begun as a draft"),
    "changed": msg("Text changed"),
    "goods_chosen": msg("Goods and lots chosen"),
    "picture_added": msg("Picture added"),
    "picture_changed": msg("Description of a picture changed"),
    "picture_removed": msg("Picture removed"),
    "pictures_ordered": msg("Pictures put in another order"),
    "offered": msg("Handed to the team"),
    "written_on": msg("Taken back to be written on"),
    "sent_back": msg("Sent back by the team"),
    "published": msg("Published"),
    "taken_back": msg("Taken back"),
    "restored": msg("Shown again"),
}
FIELDS: Final = {
    "kind": msg("Kind"),
    "title_zh": msg("Title in Chinese"),
    "title_en": msg("Title in English"),
    "text_zh": msg("Text in Chinese"),
    "text_en": msg("Text in English"),
    "village": msg("Village"),
    "author": msg("Author"),
}
