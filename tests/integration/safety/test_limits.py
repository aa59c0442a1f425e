"""How often a public form may be sent: every one of them, and what holds it."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
import sqlalchemy as sa

from shop.accounts.attempts import LIMITS
from shop.accounts.models import Attempt, AttemptKind
from shop.ordering.claim_models import Claim
from shop.settings import Environment
from shop.web.limits import limiter
from shop.web.storefront.order_access import guest_link
from tests.factories.people import csrf_token
from tests.integration.authorisation.matrix import MATRIX
from tests.integration.authorisation.rows import BUYERS
from tests.whole_shop import ANONYMOUS

# What one address may do; "" where something else holds it, which is said.
HELD = {
    "language.choose": "120 per 1 minute",
    "sandbox.choose": "",  # whoever has the unguessable address of a pretended payment; not in production
    "storefront.webhook": "",  # the provider's signature; what it says must never be refused
    "storefront.tracking_push": "",  # the same
    "storefront.add_to_cart": "240 per 1 minute",
    "storefront.change_cart": "240 per 1 minute",
    "storefront.place": "60 per 1 minute",
    "storefront.pay": "60 per 1 minute",
    "storefront.cancel": "60 per 1 minute",
    "storefront.confirm_receipt": "120 per 1 minute",
    "storefront.claim": "60 per 1 minute",
    "storefront.ask_invoice": "120 per 1 minute",
    "storefront.answer_missing": "120 per 1 minute",
    "storefront.give_up_delayed": "120 per 1 minute",
    "storefront.redirect_own": "120 per 1 minute",
    "storefront.enter_coupon": "240 per 1 minute",
    "storefront.remove_from_basket": "240 per 1 minute",
    "storefront.write_to_shop": "60 per 1 minute",
    "storefront.write_on": "60 per 1 minute",
    "storefront.rate_conversation": "120 per 1 minute",
    "storefront.note_conversation_seen": "120 per 1 minute",
    "storefront.thank": "120 per 1 minute",
    "storefront.review": "60 per 1 minute",
    "storefront.count_story_reader": "120 per 1 minute",
    "storefront.count_searches": "120 per 1 minute",
    "storefront.withdraw": "120 per 1 minute",
    "storefront.copy_order_data": "120 per 1 minute",
    "storefront.ask_about_order_data": "120 per 1 minute",
    "organisation.make_papers": "120 per 1 minute",
    "organisation.attach_paper_of_pack": "60 per 1 minute",
    "organisation.remove_attached_paper": "120 per 1 minute",
    "organisation.ask_for_bill": "120 per 1 minute",
    "organisation.start": "120 per 1 minute",
    "organisation.choose_gift_goods": "120 per 1 minute",
    "organisation.drop_draft": "120 per 1 minute",
    "organisation.upload_recipients": "60 per 1 minute",
    "organisation.add_recipient": "120 per 1 minute",
    "organisation.change_recipient": "240 per 1 minute",
    "organisation.correct_same_rows": "240 per 1 minute",
    "organisation.invoice_gift": "120 per 1 minute",
    "organisation.write_gift_card": "120 per 1 minute",
    "organisation.choose_gift_day": "120 per 1 minute",
    "organisation.order_gift": "60 per 1 minute",
    "campus_words.oidc_logout": "",  # the provider's signature, each word once
    "campus_words.cas_logout": "",  # the ticket that only the server and the browser know
    "farm.send_code": "120 per 1 minute",
    "farm.give_digits": "120 per 1 minute",
    "farm.choose_who": "120 per 1 minute",
    "farm.enter_by_card": "120 per 1 minute",
    "sms.replies": "",  # the provider's signature
    "organisation.save_settings": "120 per 1 minute",
    "organisation.save_project": "120 per 1 minute",
    "organisation.choose_project": "120 per 1 minute",
    "organisation.drop_project": "120 per 1 minute",
    "organisation.save_signer": "120 per 1 minute",
    "organisation.drop_signer": "120 per 1 minute",
    "organisation.save_limits": "120 per 1 minute",
    "organisation.add_address": "120 per 1 minute",
    "organisation.change_address": "120 per 1 minute",
    "organisation.delete_address": "120 per 1 minute",
    "organisation.invite_member": "120 per 1 minute",
    "organisation.end_invitation": "120 per 1 minute",
    "organisation.save_role": "120 per 1 minute",
    "organisation.save_member_limits": "120 per 1 minute",
    "organisation.drop_member": "120 per 1 minute",
    "organisation.approve": "120 per 1 minute",
    "organisation.approve_whole_gift": "120 per 1 minute",
    "organisation.return_whole_gift": "120 per 1 minute",
    "organisation.withdraw_gift_request": "120 per 1 minute",
    "organisation.order_lapsed_again": "120 per 1 minute",
    "organisation.send_back": "120 per 1 minute",
    "organisation.accept_invitation": "120 per 1 minute",
    "organisation.join_now": "120 per 1 minute",
    "storefront.take_in": "120 per 1 minute",
    "storefront.reorder": "240 per 1 minute",
    "storefront.make_pass": "120 per 1 minute",
    "storefront.stop_pass": "120 per 1 minute",
    "storefront.send_order_code": "30 per 1 hour",
    "storefront.open_order_by_code": "30 per 1 hour",
    "organisation.new_quotation": "120 per 1 minute",
    "organisation.order_canteen_sheet": "60 per 1 minute",
    "organisation.new_standing_order": "120 per 1 minute",
    "organisation.change_standing_lines": "120 per 1 minute",
    "organisation.pause_standing_order": "120 per 1 minute",
    "organisation.skip_standing_day": "120 per 1 minute",
    "organisation.go_on_with_standing_order": "120 per 1 minute",
    "organisation.try_standing_day_again": "120 per 1 minute",
    "organisation.stop_standing_order": "120 per 1 minute",
    "organisation.write_canteen_weights": "120 per 1 minute",
    "organisation.confirm_canteen_weights": "120 per 1 minute",
    "organisation.accept_quotation": "60 per 1 minute",
    "organisation.upload_contract": "60 per 1 minute",
    "organisation.change_quotation": "120 per 1 minute",
    "organisation.withdraw_quotation": "120 per 1 minute",
    "organisation.goods_receipt": "120 per 1 minute",
    "organisation.confirm_goods_receipt": "120 per 1 minute",
    "organisation.new_campaign": "120 per 1 minute",
    "organisation.edit_campaign": "120 per 1 minute",
    "organisation.call_campaign_off": "120 per 1 minute",
    "organisation.approve_campaign_bill": "120 per 1 minute",
    "organisation.return_campaign_bill": "120 per 1 minute",
    "organisation.withdraw_campaign_bill": "120 per 1 minute",
    "organisation.add_campaign_good": "120 per 1 minute",
    "organisation.save_campaign_goods": "120 per 1 minute",
    "organisation.save_campaign_package": "120 per 1 minute",
    "organisation.campaign_places": "120 per 1 minute",
    "organisation.remove_campaign_place": "120 per 1 minute",
    "organisation.add_campaign_member": "120 per 1 minute",
    "organisation.correct_campaign_member": "120 per 1 minute",
    "organisation.choose_for_member": "120 per 1 minute",
    "organisation.end_campaign_link": "120 per 1 minute",
    "organisation.campaign_unit": "120 per 1 minute",
    "organisation.remove_campaign_paper": "120 per 1 minute",
    "organisation.remind_members": "120 per 1 minute",
    "organisation.limit_campaign_good": "120 per 1 minute",
    "organisation.close_campaign": "120 per 1 minute",
    "organisation.end_campaign_order": "120 per 1 minute",
    "organisation.campaign_hand_over_by_code": "120 per 1 minute",
    "organisation.campaign_hand_over": "120 per 1 minute",
    "organisation.campaign_undo_hand_over": "120 per 1 minute",
    "organisation.campaign_take_pile": "120 per 1 minute",
    "organisation.campaign_undo_pile": "120 per 1 minute",
    "organisation.campaign_deadline": "120 per 1 minute",
    "organisation.campaign_remind_to_collect": "120 per 1 minute",
    "organisation.decide_campaign_leftovers": "120 per 1 minute",
    "organisation.campaign_leftover_back": "120 per 1 minute",
    "organisation.name_campaign_collector": "120 per 1 minute",
    "organisation.name_campaign_collector_by_link": "120 per 1 minute",
    "organisation.choose_in_campaign": "120 per 1 minute",
    "organisation.see_campaign": "120 per 1 minute",
    "organisation.choose_by_link": "120 per 1 minute",
    "organisation.see_campaign_by_link": "120 per 1 minute",
    "organisation.campaign_member_leaves": "120 per 1 minute",
    "organisation.remove_campaign_package": "120 per 1 minute",
    "organisation.open_welfare_campaign": "120 per 1 minute",
    "organisation.drop_campaign_draft": "120 per 1 minute",
    "organisation.preview_members": "60 per 1 minute",
    "organisation.confirm_members": "60 per 1 minute",
    "organisation.attach_campaign_paper": "60 per 1 minute",
}
# Counted in the database too, by account, order, telephone or address, also on the campus.
COUNTED = {
    "storefront.claim": AttemptKind.CLAIM,
    "storefront.send_order_code": AttemptKind.ORDER_LOOKUP,
    "account.sign_in": AttemptKind.SIGN_IN,
    "account.give_code": AttemptKind.SIGN_IN,
    "account.verified": AttemptKind.SIGN_IN,
    "account.registered": AttemptKind.REGISTER,
    "account.phone_sign_in": AttemptKind.CODE_SENT,
    "account.change_contact": AttemptKind.CODE_SENT,
    "account.make_phone_account": AttemptKind.REGISTER,
    "account.ask_reset": AttemptKind.RESET,
}
FORMS = sorted({row.endpoint for row in MATRIX if row.method == "POST" and row.may & (BUYERS | {ANONYMOUS})})


def limits_of(app, endpoint):
    blueprint = endpoint.rpartition(".")[0]
    with app.test_request_context(method="POST"):
        _, held = limiter.limit_manager.resolve_limits(app, endpoint=endpoint, blueprint=blueprint)
    return [str(one.limit) for one in held if one.methods is None or "post" in one.methods]


@pytest.mark.parametrize("endpoint", FORMS)
def test_every_public_form_has_its_limit(shop, endpoint):
    wanted = HELD.get(endpoint, "120 per 1 minute" if endpoint.startswith("account.") else None)
    assert wanted is not None, f"{endpoint} is new: say what holds it"
    found = limits_of(shop.app, endpoint)
    assert wanted in found if wanted else found == []


def test_no_form_is_held_that_there_is_not():
    assert {*HELD, *COUNTED} <= set(FORMS)
    assert set(COUNTED.values()) <= set(LIMITS)


@pytest.mark.parametrize("who", ["buyer", "a guest"])
def test_claims_end_in_429_keep_what_was_typed_and_look_at_no_photo(limited_on_campus, who, monkeypatch):
    """Ten in a quarter of an hour for an account, or for a guest's order, wherever they come from."""
    shop = limited_on_campus
    order = shop.world.orders["a"]["shipped"]
    client = shop.browser("buyer") if who == "buyer" else guest_of(shop, order.number)
    path, token = (
        f"/orders/{order.number}/claim",
        csrf_token(client, f"/orders/{order.number}/claim?line=order"),
    )

    def tell(text):
        return client.post(path, data={"csrf_token": token, "line": "order", "text": text, "token": text})

    for number in range(10):
        # The first one is open: what is told beside it is refused with its words, and counted all the same.
        assert tell(f"坏了 {number}").status_code == (409 if number else 303)
    refused = tell("还有这个")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert "还有这个" in refused.text
    claims = sa.select(sa.func.count()).select_from(Claim).where(Claim.text == "还有这个")
    assert shop.read(lambda session: session.scalar(claims)) == 0
    counted = sa.select(sa.func.count()).select_from(Attempt).where(Attempt.kind == AttemptKind.CLAIM)
    assert shop.read(lambda session: session.scalar(counted)) >= 10


def guest_of(shop, number):
    """The order as one that was placed without an account; opened with its signed link."""
    shop.read(
        lambda session: session.execute(
            sa.text("UPDATE orders SET user_id = NULL WHERE number = :n"), {"n": number}
        )
    )
    client = shop.new_browser()
    with shop.app.test_request_context():
        key = guest_link(number).rpartition("?")[2]
    assert client.get(f"/orders/{number}?{key}", follow_redirects=True).status_code == 200
    return client


@pytest.fixture
def limited_on_campus(whole_shop_on_sqlite, tmp_path, monkeypatch):
    """Limits on, and the tests' own address is the campus's."""
    monkeypatch.setattr("shop.web.request_log.configure_logging", lambda: None)
    campus = (ip_network("127.0.0.0/8"),)
    with whole_shop_on_sqlite.open(
        tmp_path, env=Environment.DEMO, rate_limits=True, campus_networks=campus
    ) as opened:
        yield opened
