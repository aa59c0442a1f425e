"""The delivery note of an order, to be printed and signed beside the goods."""

from __future__ import annotations

from flask import render_template, url_for

from shop.canteens.delivery_note import delivery_note
from shop.catalogue.editing.law import certificate_kinds
from shop.web.database import read_session
from shop.web.guards import signed_in
from shop.web.language import current_language
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.canteen.frame import own_canteen


@organisation.get("/<slug>/canteen/orders/<number>/delivery-note")
@signed_in
def canteen_delivery_note(slug: str, number: str) -> str:
    here, session = own_canteen(slug), read_session()
    note = delivery_note(session, here.organisation.id, number)
    english = current_language() == "en"
    kinds = {kind: en if english else zh for kind, zh, en in certificate_kinds(session)}
    back = url_for("organisation.canteen_order_page", slug=slug, number=number)
    return render_template("organisation/canteen/delivery_note.html", note=note, kinds=kinds, back=back)
