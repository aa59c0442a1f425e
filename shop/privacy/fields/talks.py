"""Conversations, thanks, reviews and wishlists: what buyers say, to whom, and what they want to find again."""

from __future__ import annotations

from typing import Final

from shop.conversations.models import Side
from shop.conversations.thanks_models import LetterState
from shop.kit.text import msg
from shop.privacy.facts import AUTHOR, BOUGHT, BUYERS_WORDS, REVIEWED, TALK, TEAM_WORDS, WISHED
from shop.privacy.mapping import (
    Gone,
    any_of,
    both,
    nobody,
    of_guest,
    of_household,
    of_order,
    of_user,
    table,
    through,
    where,
)
from shop.privacy.words import Ground, Kept, Kind, Reader

_OWN = of_user("user_id")
_TALK = any_of(_OWN, of_guest())
_IN_TALK = through("conversation_id", "conversations", _TALK)
_SEEN = both(_IN_TALK, where("side", Side.BUYER, Side.SHOP))
_THANKED = through("thanks_id", "thanks", of_order())
_REVIEW = any_of(_OWN, of_guest())
_OF_REVIEW = through("review_id", "reviews", _REVIEW)
_TEAMS = TEAM_WORDS.but(law=False, kept=Kept.THREE_YEARS, ground=Ground.CONTRACT, hidden=True)
_REPLIED = BUYERS_WORDS.but(
    purpose=msg("To thank households, and to hear from them"),
    readers=(Reader.SELF, Reader.COORDINATOR, Reader.TEAM),
)
_READ = (LetterState.SHOWN, LetterState.REPLIED, LetterState.SENT)

TABLES: Final = (
    *nobody("canned_answers"),
    table("conversations", msg("Conversations with the shop"), whose=_TALK, gone=Gone.OWN_WAY,
          plain="id code topic status user_id order_id claim_id product_id language request_token opened_at last_at"
          " answer_due_at resolve_due_at first_answered_at answer_minutes answered_in_time closed_at resolve_minutes"
          " closings buyer_unread desk_unread"),
    # What the team writes among itself is no part of a copy; an erasure empties it with the rest.
    table("conversation_messages", msg("What was written in conversations"), whose=_IN_TALK, gone=Gone.OWN_WAY,
          seen=_SEEN,
          plain="id conversation_id side happening request_token at", text=TALK),
    table("conversation_photos", msg("Photos in conversations"), gone=Gone.OWN_WAY,
          whose=through("message_id", "conversation_messages", _IN_TALK),
          seen=through("message_id", "conversation_messages", _SEEN),
          plain="id message_id state created_at", key=TALK.but(kind=Kind.PICTURE)),
    table("conversation_ratings", msg("How content somebody was"), whose=_IN_TALK, gone=Gone.OWN_WAY,
          plain="id conversation_id closing score at", text=TALK),
    table("village_questions", msg("Questions to a village"), whose=_IN_TALK, gone=Gone.OWN_WAY, copied=False,
          plain="id conversation_id village_id product_id request_token asked_at answered_at",
          text=_TEAMS, answer=_TEAMS),
    table("thanks", msg("Thanks to households"), whose=of_order(), gone=Gone.ROW, plain="id order_id at",
          signed_as=_REPLIED.but(kind=Kind.CHOICE), text=_REPLIED),
    # Neither side's copy says who the other is, or what has not reached it.
    table("thanks_letters", msg("Letters of thanks"), whose=any_of(_THANKED, of_household()), gone=Gone.ROW,
          seen=any_of(both(_THANKED, where("state", LetterState.SENT)),
                      both(of_household(), where("state", *_READ))),
          plain="id thanks_id state looked_at read_at sent_at",
          household_id=_REPLIED.but(kind=Kind.NAME, hidden=True), reason=_TEAMS.but(kept=Kept.ORDER),
          ready_reply=_REPLIED.but(kind=Kind.CHOICE), reply=_REPLIED),
    table("reviews", msg("Reviews"), whose=_REVIEW, gone=Gone.OWN_WAY,
          plain="id order_id product_id stars status hidden_reason written_at changed_at answered_at with_photos",
          user_id=BOUGHT, text=REVIEWED, shown_as=REVIEWED.but(kind=Kind.CHOICE),
          shown_name=REVIEWED.but(kind=Kind.NAME), unit_id=REVIEWED.but(kind=Kind.CHOICE),
          flags=_TEAMS.but(kept=Kept.ACCOUNT), hidden_words=REVIEWED.but(readers=(Reader.SELF, Reader.TEAM)),
          answer=REVIEWED),
    table("review_photos", msg("Photos of reviews"), whose=_OF_REVIEW, gone=Gone.OWN_WAY,
          plain="id review_id state created_at", key=REVIEWED.but(kind=Kind.PICTURE)),
    table("review_events", msg("History of reviews"), whose=_OF_REVIEW, gone=Gone.OWN_WAY,
          plain="id review_id at kind request_token", facts=_TEAMS.but(kept=Kept.ACCOUNT)),
    # A post is the shop's own; of its author stands there the name that readers see.
    table("posts", msg("News and stories"), whose=of_user("author_id"), gone=Gone.BLANK,
          plain="id slug kind state title_zh title_en text_zh text_en village_id published_at reason version token"
          " created_at changed_at",
          author_name=AUTHOR),
    *nobody("post_pictures post_products post_lots post_events post_readers"),
    table("favourites", msg("Wishlists"), whose=_OWN, gone=Gone.ROW, plain="user_id price_fen added_at",
          product_id=WISHED),
    table("restock_wishes", msg("Packs that somebody waits for"), whose=_OWN, gone=Gone.ROW,
          plain="id user_id asked_at told_at",
          variant_id=WISHED.but(purpose=msg("To tell when goods are there again"), kept=Kept.QUARTER)),
)  # fmt: skip
