"""Where the provider of text messages hands in what households write back: `POST /sms/replies`, signed."""

from __future__ import annotations

import re
from functools import partial
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Flask, Response, jsonify, request

from shop.accounts.contacts import normalise_phone
from shop.extensions import settings
from shop.fulfilment.replies.models import ReplyOutcome, TextReply
from shop.fulfilment.replies.taking import IncomingText, note_too_late, take_reply
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput, NotFound, ShopError
from shop.kit.text import msg
from shop.notifications.sms_signatures import HEADER, is_sms_signed
from shop.web.database import transact
from shop.web.protection import own_protection
from shop.web.publicness import public_view

LARGEST: Final = 8 * 1024  # bytes; a message of a few hundred characters with its names
LONGEST_ID: Final = 80
_UNTYPED: Final = re.compile(r"[\x00\ud800-\udfff]")
_UNREADABLE: Final = msg("Please send id, from and text as JSON.")

blueprint = Blueprint("sms", __name__)


class NotSigned(ShopError):
    """Forged, changed on its way, too old, or of a secret that we do not know."""

    code = "not_signed"
    status = HTTPStatus.UNAUTHORIZED
    default_message = msg("The signature is not right, or it is too old.")


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)


@blueprint.post("/sms/replies")
@public_view
@own_protection("the provider signs what it sends")
def replies() -> Response:
    """200 with what became of it, also when it was handed in before; 401 where the signature is not right."""
    chosen = settings().sms
    if chosen is None:
        raise NotFound()
    request.max_content_length = LARGEST
    body, now = request.get_data(), utc_now()
    if not is_sms_signed(request.headers.get(HEADER, ""), body, chosen.secrets, now=now):
        raise NotSigned()
    return jsonify({"outcome": _take(_read())})


def _take(came: IncomingText) -> ReplyOutcome:
    now = utc_now()
    try:
        return transact(lambda session: _outcome(take_reply(session, came, now=now)))
    except (Conflict, InvalidInput, NotFound):
        return transact(lambda session: _outcome(note_too_late(session, came, now=now)))


def _outcome(reply: TextReply) -> ReplyOutcome:
    return reply.outcome


def _read() -> IncomingText:
    """Raises InvalidInput for what is no message."""
    said = request.get_json(silent=True, force=True)
    if not isinstance(said, dict):
        raise InvalidInput(_UNREADABLE)
    text = partial(_text, said)
    came_id = text("id")
    if not came_id or len(came_id) > LONGEST_ID:
        raise InvalidInput(_UNREADABLE)
    return IncomingText(came_id, normalise_phone(text("from"), field="from"), text("text"))


def _text(said: dict[str, object], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or _UNTYPED.search(value):
        raise InvalidInput(_UNREADABLE)
    return value
