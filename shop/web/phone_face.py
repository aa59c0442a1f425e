"""The addresses by which one face works without a network: worker, page for what was not kept, manifest, presses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, render_template
from flask_babel import gettext
from flask_wtf.csrf import generate_csrf

from shop.accounts.models import RoleName
from shop.kit.clock import utc_now
from shop.kit.errors import NotFound
from shop.web.deeds import Deed, Press
from shop.web.guards import requires
from shop.web.installing import manifest
from shop.web.limits import FORMS, UPLOADS, limiter
from shop.web.phone import PhoneFace, let_keep, worker_script
from shop.web.phone_actions import person_name, read_press, take
from shop.web.protection import accepts_uploads
from shop.web.public import public_page
from shop.web.publicness import public_view
from shop.web.shop_settings import current_shop_settings
from shop.web.viewer import current_user_id

Deeds = Mapping[str, Callable[..., Deed]]


def works_without_network(
    blueprint: Blueprint,
    face: PhoneFace,
    role: RoleName,
    deeds: Deeds,
    take_photo: Callable[[], Response] | None = None,
) -> None:
    """Give a face its worker, offline page, manifest and `actions`.

    `take_photo` takes in what a phone kept with a press and sends after it. `deeds` are those of its forms that a phone may send later, by endpoint; docs/offline.md says what else it needs.
    """
    blueprint.after_request(let_keep)
    blueprint.get("/worker.js", endpoint="worker")(public_view(lambda: worker_script(face)))
    blueprint.get("/offline", endpoint="offline")(public_page(lambda: _offline_page(face)))
    blueprint.get("/manifest.webmanifest", endpoint="manifest")(public_view(lambda: _manifest(face)))
    blueprint.get("/actions", endpoint="who_sends")(requires(role)(_who_sends))
    blueprint.post("/actions", endpoint="send")(limiter.limit(FORMS)(requires(role)(_sender(deeds))))
    if take_photo is not None:
        photo = accepts_uploads(limiter.limit(UPLOADS)(requires(role)(take_photo)))
        blueprint.post("/actions/photo", endpoint="send_photo")(photo)


def _offline_page(face: PhoneFace) -> str:
    """Shown where there is no network and the page was never seen; the same for everybody."""
    return render_template(f"{face.root.strip('/')}/offline.html")


def _manifest(face: PhoneFace) -> Response:
    chosen = current_shop_settings()
    title = gettext(face.title) if face.title else ""
    name = f"{chosen.name_zh} · {title}" if title else chosen.name_zh
    return manifest(name, title or chosen.short_name_zh, language="zh-CN", root=face.root, start=face.home)


def _who_sends() -> Response:
    """Whether there is a network, whose phone it is, and the token with which it may send."""
    return jsonify({"person": person_name(current_user_id()), "token": generate_csrf()})


def _sender(deeds: Deeds) -> Callable[[], Response]:
    def prepare(endpoint: str, values: dict[str, Any], press: Press) -> Deed:
        make = deeds.get(endpoint)
        if make is None:
            raise NotFound()
        return make(**values, press=press)

    def send() -> Response:
        now = utc_now()
        return jsonify(take(read_press(current_user_id(), now=now), prepare, now=now).as_json())

    return send
