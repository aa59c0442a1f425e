"""A buyer's conversations with the shop."""

from __future__ import annotations

from flask import render_template, request, url_for

from shop.conversations.reading import conversations_of
from shop.conversations.words import TOPICS
from shop.web.account.blueprint import account
from shop.web.database import read_session
from shop.web.guards import signed_in
from shop.web.viewer import current_user_id


@account.get("/account/conversations")
@signed_in
def conversations() -> str:
    asked = request.args.get("page", 1, type=int)
    found = conversations_of(read_session(), current_user_id(), page=asked)
    return render_template("account/conversations.html", found=found, topics=TOPICS, page_url=_page_url)


def _page_url(number: int) -> str:
    return url_for("account.conversations", page=number)
