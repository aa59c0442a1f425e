"""The delivery note of an order, to be printed and signed beside the goods."""

from __future__ import annotations

from flask import Response, render_template, url_for

from shop.canteens.delivery_note import delivery_note
from shop.web.certificate_words import kind_words
from shop.web.database import read_session
from shop.web.document_files import send_document
from shop.web.guards import signed_in
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.canteen.frame import own_canteen


@organisation.get("/<slug>/canteen/orders/<number>/delivery-note")
@signed_in
def canteen_delivery_note(slug: str, number: str) -> str:
    here, session = own_canteen(slug), read_session()
    note = delivery_note(session, here.organisation.id, number)
    kinds = kind_words(session)
    back = url_for("organisation.canteen_order_page", slug=slug, number=number)
    return render_template(
        "organisation/canteen/delivery_note.html", slug=slug, note=note, kinds=kinds, back=back
    )


@organisation.get("/<slug>/canteen/orders/<number>/certificates/<int:file_id>")
@signed_in
def canteen_certificate(slug: str, number: str, file_id: int) -> Response:
    """A document that goes with this delivery. Raises NotFound."""
    here = own_canteen(slug)
    found = delivery_note(read_session(), here.organisation.id, number).file(file_id)
    return send_document(found.file, f"{number}-certificate-{file_id}")
