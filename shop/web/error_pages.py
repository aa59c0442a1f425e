"""Every error becomes a page in the reader's language, or problem+json for programs; here and nowhere else."""

from __future__ import annotations

import logging
from datetime import date, datetime
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from jinja2 import Template
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from shop.configuration import MEGABYTE
from shop.kit.errors import InvalidInput, NotAllowed, NotFound, ShopError, TooMany, Unavailable
from shop.kit.text import msg
from shop.storage.contention import is_away, is_lost_race
from shop.web.links import page_of_form
from shop.web.request_log import request_id
from shop.web.times import day, moment
from shop.web.work_homes import is_of_farm, work_home, work_layout

LARGEST_FILE_MB = 10  # what an upload may weigh; its form may bring a little more
log = logging.getLogger("shop.errors")

LAST_RESORT = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{status}</title>
<h1>{status}</h1><p>暂时无法显示此页，请稍后再试。</p><p>This page cannot be shown right now. Please try again soon.</p>
<p>{request_id}</p></html>"""


class FormExpired(ShopError):
    code = "form_expired"
    status = HTTPStatus.BAD_REQUEST
    default_message = msg(
        "You have signed in or out since, or the page stood open for long. Nothing was changed."
    )


class SignedOut(FormExpired):
    """The form is that of somebody who was signed in when its page was opened."""

    code = "signed_out"
    default_message = msg("You are signed out, so nothing was changed. Sign in and send the form once more.")


class MethodNotAllowed(ShopError):
    code = "method_not_allowed"
    status = HTTPStatus.METHOD_NOT_ALLOWED
    default_message = msg("This cannot be done here.")


class TooLarge(ShopError):
    code = "too_large"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_message = msg(
        "At most %(most)s MB can be sent here. Make it smaller and send it again: nothing was changed."
    )

    def __init__(self) -> None:
        super().__init__(most=LARGEST_FILE_MB if (request.max_content_length or 0) > MEGABYTE else 1)


class Hidden(NotFound):
    """This person may not know of the page: it looks as if it were not there."""


class SignInNeeded(ShopError):
    code = "sign_in_needed"
    status = HTTPStatus.UNAUTHORIZED
    default_message = msg("Please sign in first.")


class Unexpected(ShopError):
    code = "unexpected"
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    default_message = msg("Something went wrong on our side. It has been noted.")


_BY_STATUS: dict[int, type[ShopError]] = {
    401: SignInNeeded, 403: NotAllowed, 404: NotFound, 405: MethodNotAllowed, 413: TooLarge, 429: TooMany,
    503: Unavailable,
}  # fmt: skip


def register(app: Flask) -> None:
    app.register_error_handler(ShopError, _show)
    app.register_error_handler(HTTPException, _from_http)
    app.register_error_handler(SQLAlchemyError, _from_database)
    app.register_error_handler(Exception, _from_mistake)


def error_message(error: ShopError) -> str:
    """The error's sentence in the reader's language, with its facts."""
    return translated(error.message, error.facts)


def translated(message_id: str, facts: dict[str, Any] | None = None) -> str:
    """A domain's message id in the reader's language, with its facts filled in."""
    sentence: str = gettext(message_id)
    if not facts:
        return sentence
    return sentence % {
        name: moment(value, weekday=True)
        if isinstance(value, datetime)
        else day(value, year=True)
        if isinstance(value, date)
        else value
        for name, value in facts.items()
    }


def wants_json() -> bool:
    """A program asks: by path, or by preferring JSON over HTML."""
    if request.path.startswith(("/api/", "/sms/")) or request.is_json:
        return True
    accepted = request.accept_mimetypes
    return accepted.best_match(["text/html", "application/json"], "text/html") == "application/json"


def _from_http(error: HTTPException) -> Response:
    if error.response is not None or (error.code or 500) < 400:
        return make_response(error.get_response())
    if isinstance(error, CSRFError):
        return _show(FormExpired())
    status = error.code or 500
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        return _show(InvalidInput(errors=_field_messages(error)))
    kind = _BY_STATUS.get(status, ShopError if status < 500 else Unexpected)
    response = _show(kind(), status=status)
    for name, value in error.get_headers():
        if name.lower() in {"allow", "retry-after", "www-authenticate"}:
            response.headers[name] = value
    return response


def _field_messages(error: HTTPException) -> dict[str, str]:
    """What webargs found wrong with a program's request, field by field."""
    places: dict[str, Any] = getattr(error, "data", {}).get("messages", {})
    return {
        str(field): " ".join(map(str, messages)) if isinstance(messages, list) else str(messages)
        for fields in places.values()
        if isinstance(fields, dict)
        for field, messages in fields.items()
    }


def _from_database(error: SQLAlchemyError) -> Response:
    if is_away(error) or is_lost_race(error):
        log.warning("the database is away: %s", type(error).__name__)
        return _show(Unavailable())
    return _from_mistake(error)


def _from_mistake(error: Exception) -> Response:
    log.error("unexpected error", exc_info=error)
    return _show(Unexpected())


def _show(error: ShopError, status: int | None = None) -> Response:
    code = int(status or error.status)
    response = _as_problem(error, code) if wants_json() else _as_page(error, code)
    response.status_code = code
    if isinstance(error, (TooMany, Unavailable)):
        response.headers["Retry-After"] = str(error.retry_after)
    response.headers["Cache-Control"] = "no-store"
    return response


def _as_problem(error: ShopError, status: int) -> Response:
    problem: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": error.code,
        "detail": error_message(error),
        "request_id": request_id(),
    }
    if isinstance(error, InvalidInput) and error.errors:
        problem["errors"] = {field: translated(text, error.facts) for field, text in error.errors.items()}
    response = jsonify(problem)
    response.content_type = "application/problem+json"
    return response


def _as_page(error: ShopError, status: int) -> Response:
    of_face: list[str | Template] = ["errors/farm.html"] if is_of_farm() else []
    templates: list[str | Template] = [
        *of_face,
        f"errors/{error.code}.html",
        f"errors/{status}.html",
        "errors/error.html",
    ]
    facts = {
        "error": error,
        "status": status,
        "message": error_message(error),
        "retry_after": getattr(error, "retry_after", None),
        "request_id": request_id(),
        "form_page": page_of_form(),
    }
    try:
        # Nobody is asked who they are at an address that leads nowhere; one that is hidden from them looks the same.
        is_hidden = isinstance(error, Hidden)
        layout = work_layout() if status < HTTPStatus.INTERNAL_SERVER_ERROR and not is_hidden else None
        home = work_home() if layout or (status == HTTPStatus.NOT_FOUND and not is_hidden) else None
        return make_response(render_template(templates, home=home, layout=layout, **facts))
    except Exception:  # the outermost boundary: when even the page fails, plain words must not
        log.exception("the error page itself failed")
        return Response(LAST_RESORT.format(status=status, request_id=request_id()), content_type="text/html")
