"""What the law demands of each class of goods, and the certificates that prove it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import request, url_for
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import BooleanField, DateField, SelectField, TextAreaField
from wtforms.validators import Length, Optional

from shop.catalogue.desk import all_of, find_certificates
from shop.catalogue.editing.law import (
    get_certificate,
    get_compliance_class,
)
from shop.catalogue.holders import (
    Holder,
    as_lines,
    demands_by_class,
    holder_of,
    requirements_of,
    save_certificate_of,
    save_class_with_demands,
)
from shop.catalogue.models import Certificate, ComplianceClass
from shop.catalogue.validity import Span
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.text import msg
from shop.storage.paging import Page
from shop.web.admin.certificate_files import certificate_files
from shop.web.admin.entity import Entity, Values, add_entity
from shop.web.admin.fields import NEEDED, slug, text
from shop.web.admin.listing import Asked, Column, Filter
from shop.web.admin.words import listed, named
from shop.web.certificate_words import kind_words
from shop.web.filters import bilingual
from shop.web.forms import ShopForm

HOLDER_WORDS: Final = {
    Holder.PRODUCT: _("Product"),
    Holder.PRODUCER: _("Household or workshop"),
    Holder.SELLER: _("Seller"),
}


@dataclass(frozen=True)
class _Listed:
    certificate: Certificate
    kind: str
    holder: str


class ClassForm(ShopForm):
    slug = slug()
    name_zh = text(_("Name in Chinese"), 60, needed=True)
    name_en = text(_("Name in English"), 100, needed=True)
    sellable_online = BooleanField(_("May be sold online"), default=True)
    pledge_since = DateField(
        _("Each lot needs its own conformity pledge from"),
        [Optional()],
        description=_(
            "For vegetables and mushrooms, fruit, fresh tea leaf, poultry and eggs: 承诺达标合格证. Lots declared from this day"
            " on are sold and labelled only with it. Empty: none is needed."
        ),
    )
    requirements = TextAreaField(
        _("Certificates that are needed"),
        [Length(max=4000)],
        description=_("One a line: kind | name in Chinese | name in English"),
    )


class CertificateForm(ShopForm):
    kind = SelectField(_("Kind"), [NEEDED], choices=[])
    number = text(_("Number"), 60, needed=True)
    holder = SelectField(
        _("Whose it is"), choices=[(kind.value, word) for kind, word in HOLDER_WORDS.items()]
    )
    holder_slug = text(
        _("Short name"),
        80,
        needed=True,
        hint=_("As it stands in the list of products, households or sellers."),
    )
    issued_by = text(_("Issued by"), 120)
    issued_on = DateField(_("Issued on"), [Optional()])
    expires_on = DateField(_("Expires on"), [Optional()], description=_("Empty: it does not expire."))


def _classes(session: Session, wanted: Asked) -> Page[Any]:
    demands = demands_by_class(session)
    rows = [
        {"row": row, "demands": listed(map(named, demands.get(row.id, [])))}
        for row in all_of(session, ComplianceClass)
    ]
    return Page(rows, len(rows), 1, max(1, len(rows)))


def _demands(session: Session, compliance_class: ComplianceClass) -> Values:
    return {"requirements": as_lines(requirements_of(session, compliance_class.id))}


def _certificates(session: Session, wanted: Asked) -> Page[Any]:
    kinds = kind_words(session)
    found = find_certificates(session, q=wanted.text("q"), page=wanted.page)
    return found.map(lambda row: _listed(row, kinds))


def _listed(row: Any, kinds: dict[str, str]) -> _Listed:
    certificate: Certificate = row.Certificate
    return _Listed(certificate, kinds.get(certificate.kind, certificate.kind), bilingual(row, "holder"))


def _offer_kinds(form: ShopForm, session: Session) -> None:
    """The kinds that the law's classes name; a certificate of another kind keeps it."""
    known, own = kind_words(session), form.kind.data
    if own and not form.is_submitted():
        known.setdefault(own, own)
    form.kind.choices = list(known.items())
    if request.method == "GET" and (wanted := request.args.get("kind", "")) in known:
        form.kind.data = wanted
    for kind in Holder:  # the page of a product or seller leads here with its short name
        if request.method == "GET" and (given := request.args.get(kind.value)):
            form.holder.data, form.holder_slug.data = kind.value, given[:80]


def _holder(session: Session, certificate: Certificate) -> Values:
    kind, short_name = holder_of(session, certificate)
    return {"holder": kind.value, "holder_slug": short_name}


def _files(session: Session, certificate: Certificate) -> Values:
    return {"kept": certificate_files(certificate.id)}


def paper_state(paper: Certificate) -> str:
    """`status:certificate` of a table."""
    today, span = shanghai_date(utc_now()), Span(paper.issued_on, paper.expires_on)
    if span.is_over(today):
        return "expired"
    if span.is_to_come(today):
        return "not_yet"
    is_long = paper.expires_on is None or (paper.expires_on - today).days > 60
    return "valid" if is_long else "expiring"


add_entity(
    Entity(
        key="compliance-classes",
        subject="compliance_class",
        title=msg("What the law demands"),
        note=msg(
            "A product is published only with every certificate that its class needs. A lawyer checks this list."
        ),
        columns=(
            Column(
                "name",
                msg("Class of goods"),
                value=lambda row: named(row["row"]),
                head=True,
                link=lambda row: url_for("admin.compliance_classes_one", record_id=row["row"].id),
            ),
            Column(
                "demands", msg("Certificates that are needed"), value=lambda row: row["demands"], wide=True
            ),
            Column(
                "sellable",
                msg("May be sold online"),
                kind="flag",
                value=lambda row: row["row"].sellable_online,
            ),
            Column(
                "pledge_since",
                msg("Pledge of each lot from"),
                kind="date",
                value=lambda row: row["row"].pledge_since,
            ),
        ),
        rows=_classes,
        form=ClassForm,
        fixed=("slug",),
        fill=_demands,
        read=get_compliance_class,
        write=save_class_with_demands,
        name=named,
        create_label=msg("Add a class"),
    )
)
add_entity(
    Entity(
        key="certificates",
        title=msg("Certificates"),
        note=msg("Those that expire first stand on top."),
        columns=(
            Column(
                "number",
                msg("Number"),
                value=lambda row: row.certificate.number,
                head=True,
                link=lambda row: url_for("admin.certificates_one", record_id=row.certificate.id),
            ),
            Column("kind", msg("Kind")),
            Column("holder", msg("Whose it is")),
            Column(
                "expires_on", msg("Expires on"), kind="date", value=lambda row: row.certificate.expires_on
            ),
            Column(
                "state",
                msg("State"),
                kind="status:certificate",
                value=lambda row: paper_state(row.certificate),
            ),
        ),
        filters=(Filter("q", msg("Number or kind")),),
        rows=_certificates,
        form=CertificateForm,
        choices=_offer_kinds,
        fill=_holder,
        read=get_certificate,
        write=save_certificate_of,
        name=lambda certificate: certificate.number,
        template="admin/certificate.html",
        more=_files,
        create_label=msg("Add a certificate"),
    )
)
