"""Every page that the authorisation matrix knows, as the first person who may open it, in both languages and widths."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from shop.reports.all_reports import REPORTS
from tests.browser.looking import (
    DESKTOP,
    NARROW,
    PHONE,
    bring_axe,
    broken_names,
    grave_findings,
    too_small,
    too_wide,
)
from tests.browser.wording import untranslated
from tests.factories.whole_shop import World
from tests.integration.authorisation.matrix import MATRIX
from tests.integration.authorisation.rows import Row
from tests.whole_shop import ANONYMOUS

VISITORS = (ANONYMOUS, "buyer", "farmer", "coordinator", "hub", "point", "admin")
OF_HUB = {"village.hub"}  # a coordinator of villages alone has no such page
# Answered by a file, by JSON, or by leading elsewhere.
NO_PAGES = {
    "storefront.suggestions", "storefront.media", "storefront.division_names", "storefront.session_summary",
    "storefront.stock", "storefront.paid_state", "language.show", "farm.home", "admin.lot_template", "admin.master_file", "storefront.claim_photo",
    "admin.claim_photo", "admin.invoice_file", "admin.payout_proof", "storefront.order_invoice_file",
    "storefront.shop_worker", "storefront.shop_manifest", "storefront.robots", "storefront.products_feed", "storefront.sitemap",
    "storefront.stories_feed", "storefront.sitemap_stories",
    "storefront.sitemap_pages", "storefront.sitemap_products", "storefront.review_photo", "storefront.own_review_photo",
    "storefront.conversation_photo", "admin.conversation_photo", "admin.review_photo",
    "admin.outside_template",
    "admin.roster_template", "admin.platform_template", "organisation.purchase_statement",
    "organisation.gift_template", "organisation.gift_to_mend", "organisation.gift_tracking",
    "organisation.gift",  # a draft leads to its first step; test_gifts.py opens one that was sent
    "village.delivery_note_of_parcel",  # no parcel here is an organisation's; test_papers.py prints one
    "admin.ask_to_put_back",  # asks about a value of a change; test_versions.py opens it
    "admin.correct_for_privacy_request",  # no recipient asks here; test_recipients.py opens it
    "admin.certificate_file", "village.pledge_file", "organisation.canteen_certificate",  # documents to be saved
    "organisation.campaign_order_end",  # the planted campaign has no order; test_after_the_close_pages.py opens one
    "organisation.papers_file", "organisation.attached_paper",
    "organisation.members_template", "organisation.campaign_paper", "organisation.export_choices", "organisation.campaign_sheet_file",
    "account.campus_begin", "account.campus_back",  # lead to the university, where one is set
    *(f"{face}.{name}" for face in ("farm", "point", "village") for name in ("worker", "manifest", "who_sends")),
    "organisation.contract", "admin.quotation_contract",
    "account.new_passkey",  # not behind a bare address; test_passkeys.py opens it
    "organisation.invitation",  # behind an unguessable address; the journey of an organisation opens it
    "organisation.join",  # nobody here belongs to a unit that is let in
    "admin.export_file", "village.export_file",
    "admin.recall_file", "farm.lot_photo", "village.lot_photo", "admin.lot_photo",
    "farm.sure_to_remove_photo",  # no photo is planted; the test of lots' photos opens it
}  # fmt: skip
# Opened by an unguessable address only: test_secret_addresses.py looks at them.
SECRET = {"farm.show_card", "storefront.collect", "organisation.choose_by_link"}
NO_FACES = ("health.", "api")
CHINESE_ONLY = ("/farm", "/sandbox")  # the till speaks the language of its order
MORE = {
    ANONYMOUS: (
        "/products?q=nothing-like-this", "/products?category=tea&in_stock=1", "/products/tea-and-honey-box",
        "/pages/delivery", "/pages/returns", "/pages/invoices", "/pages/terms",
    ),
    "admin": tuple(f"/admin/reports/{name}" for name in REPORTS),
}  # fmt: skip
WIDTH = {"zh": PHONE, "en": DESKTOP}
WIDTHS = {"zh": (NARROW, DESKTOP, PHONE), "en": (NARROW, PHONE, DESKTOP)}
STAGES = ("awaiting", "shipped", "here", "collected", "completed", "refunded")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("visitor", VISITORS)
def test_every_page_is_readable_quiet_translated_and_fits(
    visitor: str, language: str, visit, world: World, worker_app: Flask
) -> None:
    """Loaded at the phone in Chinese and at the desk in English, where it is dark; looked at by axe there, and then at every width."""
    addresses = [*_addresses(worker_app, world, visitor), *MORE.get(visitor, ())]
    if visitor == "buyer":
        addresses += [f"/orders/{world.orders['a'][stage].number}" for stage in STAGES]
    browser = visit(
        "" if visitor == ANONYMOUS else visitor,
        width=WIDTH[language],
        language=language,
        dark=language == "en",
    )
    bring_axe(browser.page.context)
    findings = []
    for address in addresses:
        if language == "en" and address.startswith(CHINESE_ONLY):
            continue
        answer = browser.page.goto(browser.url + address)
        found = [] if answer and answer.status == 200 else [f"answers {answer and answer.status}"]
        found += grave_findings(browser.page) + untranslated(browser.page, language)
        found += (
            too_wide(browser.page, WIDTHS[language]) + broken_names(browser.page) + browser.ears.complaints
        )
        browser.ears.complaints.clear()
        found += too_small(browser.page) if address.startswith("/farm") else []
        findings += [f"{address}: {one}" for one in found]
    assert addresses
    assert not findings, "\n".join(findings)


def _addresses(app: Flask, world: World, visitor: str) -> Iterator[str]:
    adapter = app.url_map.bind("shop")
    for row in MATRIX:
        if row.method == "GET" and _is_page(row) and _first_who_may(row, world) == visitor:
            named = (row.target.own(world, visitor) if row.target else None) or {}
            yield adapter.build(row.endpoint, {**named, **row.form(world, visitor)}, method="GET")


def _is_page(row: Row) -> bool:
    return row.endpoint not in NO_PAGES | SECRET and not row.endpoint.startswith(NO_FACES)


def _first_who_may(row: Row, world: World) -> str | None:
    if row.endpoint in OF_HUB:
        return "hub"
    for person in VISITORS:
        if person in row.may and (row.target is None or row.target.own(world, person)):
            return person
    return None
