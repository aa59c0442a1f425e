"""A buyer claims with photos; the team decides; the buyer sees and hears it."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import sqlalchemy as sa
from PIL import Image

from shop.accounts.models import AuditEntry, RoleName
from shop.catalogue.models import PictureState
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.ordering.claim_models import Claim, ClaimKind, ClaimPhoto, ClaimRule, ClaimStatus
from shop.ordering.claim_photos import make_claim_photos_ready
from shop.ordering.claims import AlreadyClaimed, decide_claim
from shop.ordering.models import Order, OrderEvent, OrderLine
from shop.payments.models import ClaimRefund
from shop.storage.media import media_store
from shop.storage.outbox import OutboxMessage
from tests.conftest import OwnOriginClient
from tests.factories.people import csrf_token, make_person, sign_in
from tests.factories.trade import open_for_trade
from tests.integration.storefront.test_orders import open_as_guest

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def trade(session, unit_of_work):
    at_work = open_for_trade(session, unit_of_work)
    at_work.now = max(at_work.now, utc_now() - timedelta(hours=2))
    yield at_work
    assert at_work.violations() == []


@pytest.fixture
def come(trade):
    """Tea and honey that a courier has delivered."""
    order_id = trade.sell({"tea": 2, "honey": 1}, courier=True)
    trade.deliver(order_id)
    return order_id


@pytest.fixture
def buyer(app, client, trade, come):
    """A guest who holds the order's link, with what they need to press."""
    number = trade.order_row(come).number
    open_as_guest(app, client, number)
    here = f"/orders/{number}"

    def tell(**fields):
        data = {"csrf_token": csrf_token(client, here), "token": "once", **fields}
        return client.post(f"{here}/claim", data=data, headers=ENGLISH)

    return here, tell


def line_of(trade, order_id, sku="tea"):
    found = sa.select(OrderLine).where(OrderLine.order_id == order_id, OrderLine.sku == sku)
    return trade.run(lambda session: session.scalars(found).one())


def claims(trade):
    return trade.run(lambda session: session.scalars(sa.select(Claim).order_by(Claim.id)).all())


def photo(size=(640, 480)) -> bytes:
    written = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    Image.new("RGB", size, "brown").save(written, "JPEG", exif=exif)
    return written.getvalue()


def sent(*contents):
    return [(io.BytesIO(content), f"{number}.jpg") for number, content in enumerate(contents)]


def test_a_claim_is_told_once_shown_and_waits(trade, come, buyer, client):
    here, tell = buyer
    tea = line_of(trade, come)
    assert f"line={tea.id}" in client.get(f"{here}/claim", headers=ENGLISH).text
    form = client.get(f"{here}/claim?line={tea.id}", headers=ENGLISH).text
    assert "Broken or not fresh" in form
    for _ in range(2):
        told = tell(line=str(tea.id), kind="arrived_bad", units="2", text="<b>wet</b>")
        assert told.status_code == 303
    [claim] = claims(trade)
    assert (claim.kind, claim.units, claim.status) == (ClaimKind.ARRIVED_BAD, 2, ClaimStatus.OPEN)
    page = client.get(here, headers=ENGLISH).text
    assert "&lt;b&gt;wet&lt;/b&gt;" in page
    assert "Being looked at" in page
    card = page.split(f'id="claim-{claim.id}"')[1]
    assert f"{tea.product_name_en} {tea.variant_name_en} × 2" in card, "which pack it is"
    lines = client.get(f"{here}/claim", headers=ENGLISH).text
    assert f'href="{here}#claim-{claim.id}">Claimed: see how it stands' in lines
    assert f'id="claim-{claim.id}"' in page
    assert f"claim?line={tea.id}" not in lines
    assert client.get(f"{here}/claim?line={tea.id}").location == f"{here}#claim-{claim.id}"
    assert client.get(f"{here}/claim?line=order").status_code == 200


def test_a_form_that_is_sent_again_with_other_words_says_so_and_keeps_them(trade, come, buyer):
    """A claim is decided as it was told: what comes later is written beside it, and never dropped unsaid."""
    _, tell = buyer
    tea = line_of(trade, come)
    form = {"line": str(tea.id), "kind": "arrived_bad", "units": "1", "token": "once"}
    assert tell(**form, text="one box is wet").status_code == 303
    assert tell(**form, text="one box is wet").status_code == 303, "the same twice is once"
    for more in ({"text": "both boxes are wet"}, {"text": "one box is wet", "units": "2"}):
        again = tell(**form | more)
        assert again.status_code == 400
        assert "with other words" in again.text
        assert more["text"] in again.text
    assert [(one.text, one.units) for one in claims(trade)] == [("one box is wet", 1)]


def test_what_is_told_of_a_line_with_an_open_claim_keeps_its_words(trade, come, buyer):
    _, tell = buyer
    tea = line_of(trade, come)
    tell(line=str(tea.id), kind="arrived_bad", units="1")
    again = tell(line=str(tea.id), kind="missing", units="1", token="again", text="and one is missing")
    assert again.status_code == 409
    assert "and one is missing" in again.text


def test_one_line_has_one_open_claim(trade, come, buyer):
    _, tell = buyer
    tea = line_of(trade, come)
    tell(line=str(tea.id), kind="arrived_bad", units="1")
    tell(line=str(tea.id), kind="missing", units="1", token="again")
    assert len(claims(trade)) == 1
    with pytest.raises(AlreadyClaimed):
        trade.claim(come, "tea")
    trade.grant(claims(trade)[0].id)
    trade.claim(come, "tea")
    assert len(claims(trade)) == 2


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": "arrived_bad", "units": "3"}, "units"),
        ({"kind": "arrived_bad", "units": "0"}, "units"),
        ({"kind": "arrived_bad", "units": "x"}, "units"),
        ({"kind": "", "units": "1"}, "kind"),
        ({"kind": "other", "units": "1"}, "line"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_the_text_stays(trade, come, buyer, fields, field):
    _, tell = buyer
    answer = tell(line=str(line_of(trade, come).id), text="all of it", **fields)
    assert answer.status_code == 400
    assert f'id="{field}-error"' in answer.text
    assert "all of it" in answer.text
    assert claims(trade) == []


def test_all_that_is_wrong_with_a_claim_is_said_at_once(trade, come, buyer):
    _, tell = buyer
    answer = tell(line=str(line_of(trade, come).id), kind="", units="9", photo=sent(b"not a picture"))
    assert answer.status_code == 400
    for field in ("kind", "units", "photo"):
        assert f'id="{field}-error"' in answer.text
    assert "Please enter a whole number, at most 2." in answer.text
    assert claims(trade) == []


def test_a_refused_claim_says_that_its_photos_are_to_be_chosen_once_more(trade, come, buyer):
    _, tell = buyer
    tea = {"line": str(line_of(trade, come).id), "kind": "arrived_bad"}
    assert "photos once more" in tell(**tea, units="9", photo=sent(photo())).text
    assert "photos once more" not in tell(**tea, units="9").text
    assert "photos once more" not in tell(**tea, units="9", photo=sent(b"not a picture")).text, "it says more"


def test_a_text_too_long_is_refused_and_not_cut(trade, come, buyer):
    _, tell = buyer
    answer = tell(line="order", text="坏" * 1001)
    assert answer.status_code == 400
    assert "At most 1000 characters." in answer.text
    assert "坏" * 1001 in answer.text, "what was typed is kept"
    assert claims(trade) == []


def test_the_rule_is_read_before_anything_is_typed_and_holds_when_it_is_not(trade, come, buyer, client):
    here, tell = buyer
    tea = line_of(trade, come)
    trade.run(lambda session: session.execute(sa.update(OrderLine).values(return_exempt=True)))
    long_ago = utc_now() - timedelta(hours=50)
    trade.run(lambda session: session.execute(sa.text("UPDATE parcels SET delivered_at = NULL")))
    trade.run(lambda session: session.execute(sa.update(Order).values(completed_at=long_ago)))
    form = client.get(f"{here}/claim?line={tea.id}", headers=ENGLISH).text
    assert "within 48 hours" in form
    assert "You confirmed when you ordered" in form
    for kind in ("arrived_bad", "change_of_mind"):
        assert tell(line=str(tea.id), kind=kind, units="1").status_code == 400
    assert tell(line=str(tea.id), kind="missing", units="1").status_code == 303
    trade.violations = list  # the parcels are not what this one is about


def test_photos_are_made_anew_and_only_the_buyer_and_the_team_see_them(
    app, trade, come, buyer, client, unit_of_work
):
    here, tell = buyer
    tea = line_of(trade, come)
    answer = tell(line=str(tea.id), kind="arrived_bad", units="1", photo=sent(photo(), photo((300, 900))))
    assert answer.status_code == 303
    store = media_store(app.extensions["shop.settings"].media_url)
    assert make_claim_photos_ready(unit_of_work, store) == 2
    assert make_claim_photos_ready(unit_of_work, store) == 0
    photos = trade.run(lambda session: session.scalars(sa.select(ClaimPhoto)).all())
    assert {one.state for one in photos} == {PictureState.READY}
    path = f"{here}/claims/photos/{photos[0].id}"
    assert path in client.get(here).text
    shown = client.get(path)
    assert (shown.status_code, shown.content_type) == (200, "image/webp")
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert "private" in shown.headers["Cache-Control"]
    assert b"taken at home" not in shown.data
    assert app.test_client().get(path).status_code == 404
    assert client.get(f"/media/{photos[0].key}-640.webp").status_code == 404
    other = trade.sell({"tea": 1}, courier=True)
    number = trade.order_row(other).number
    open_as_guest(app, client, number)
    assert client.get(f"/orders/{number}/claims/photos/{photos[0].id}").status_code == 404


def test_hostile_and_too_many_photos_are_refused_and_nothing_is_claimed(trade, come, buyer):
    _, tell = buyer
    tea = {"line": str(line_of(trade, come).id), "kind": "arrived_bad", "units": "1"}
    for contents in ([b"<svg onload=alert(1)>"], [b"\x89PNG\r\n\x1a\nnot really"], [photo()] * 5):
        answer = tell(**tea, photo=sent(*contents))
        assert answer.status_code == 400
        assert 'id="photo-error"' in answer.text
    assert claims(trade) == []


@pytest.fixture
def admin(app, unit_of_work):
    person = make_person(unit_of_work, "clerk@example.com", roles=[RoleName.ADMIN, RoleName.FINANCE])
    browser = OwnOriginClient(app, app.response_class, use_cookies=True)
    sign_in(browser, person.email)
    return browser


def press(browser, path, **fields):
    data = {"csrf_token": csrf_token(browser, "/account"), **fields}
    return browser.post(path, data=data, headers=ENGLISH)


def test_the_team_decides_with_a_rule_refunds_and_the_buyer_sees_and_hears_it(
    trade, come, buyer, client, admin
):
    here, tell = buyer
    tell(line=str(line_of(trade, come).id), kind="arrived_bad", units="1", text="wet")
    [claim] = claims(trade)
    assert f"/admin/claims/{claim.id}" in admin.get("/admin", headers=ENGLISH).text
    assert f"/admin/claims/{claim.id}" in admin.get("/admin/claims", headers=ENGLISH).text
    path = f"/admin/claims/{claim.id}"
    assert "wet" in admin.get(path, headers=ENGLISH).text
    bare = press(admin, path, status="accepted")
    assert bare.status_code == 400
    assert 'id="rule-error"' in bare.text
    assert 'id="answer-error"' in bare.text
    granted = {"status": "accepted", "rule": "bad_on_arrival", "answer": "Sorry, we refund it."}
    assert press(admin, path, **granted).status_code == 303
    assert press(admin, path, **(granted | {"status": "refused"})).status_code == 303
    [claim] = claims(trade)
    assert (claim.status, claim.rule) == (ClaimStatus.ACCEPTED, ClaimRule.BAD_ON_ARRIVAL)
    page = client.get(here, headers=ENGLISH).text
    assert "Sorry, we refund it." in page
    assert "It rests on: Bad on arrival" in page
    messages = trade.run(lambda session: session.scalars(sa.select(OutboxMessage.payload)).all())
    assert [one["claim_id"] for one in messages if one.get("message") == "claim_decided"] == [claim.id]
    refund_form = f"/admin/orders/{trade.order_row(come).number}/part-refund"
    assert refund_form in admin.get(path, headers=ENGLISH).text
    fields = {f"units-{claim.order_line_id}": "1", "claim": claim.id, "bearer": "shop", "reason": "wet"}
    assert press(admin, refund_form, **fields, sure="1").status_code == 303
    links = trade.run(lambda session: session.execute(sa.select(ClaimRefund.claim_id)).all())
    assert links == [(claim.id,)]
    assert "the shop bears it" in admin.get(path, headers=ENGLISH).text
    trade.send_refunds()
    actions = trade.run(lambda session: session.scalars(sa.select(AuditEntry.action)).all())
    assert "claim.decided" in actions


def test_a_refused_claim_has_no_refund(trade, come, admin):
    claim_id = trade.claim(come, "tea")
    trade.grant(claim_id, ClaimStatus.REFUSED)
    number = trade.order_row(come).number
    answer = press(
        admin,
        f"/admin/orders/{number}/part-refund",
        claim=claim_id,
        free="1",
        bearer="shop",
        reason="x",
        sure="1",
    )
    assert answer.status_code == 404
    assert "Refund a part" not in admin.get(f"/admin/claims/{claim_id}", headers=ENGLISH).text


@pytest.mark.parametrize(
    ("status", "rule", "said"),
    [
        ("accepted", "too_late", "For this reason a claim is refused."),
        ("partly", "exempt", "For this reason a claim is refused."),
        ("refused", "goodwill", "A claim is not refused for this reason."),
        ("accepted", "seven_days", "This rule is about another kind of claim."),
    ],
)
def test_a_decision_rests_on_a_rule_that_fits_it(status, rule, said, trade, come, admin):
    path = f"/admin/claims/{trade.claim(come, 'tea')}"
    answer = press(admin, path, status=status, rule=rule, answer="So it is.")
    assert answer.status_code == 400
    assert said in answer.text
    assert "So it is." in answer.text
    assert claims(trade)[0].status is ClaimStatus.OPEN


def test_a_decision_is_asked_about_before_it_is_made(trade, come, admin):
    page = admin.get(f"/admin/claims/{trade.claim(come, 'tea')}", headers=ENGLISH).text
    assert 'data-confirm="#ask-decide"' in page
    assert 'id="ask-decide"' in page
    assert "This cannot be undone." in page


def test_all_claims_are_listed_where_all_are_asked_for(trade, come, admin):
    decided, waits = trade.claim(come, "tea"), trade.claim(come, "honey")
    trade.grant(decided)
    to_do = admin.get("/admin/claims", headers=ENGLISH).text
    assert '<option value="" selected>To do</option>' in to_do
    assert f"/admin/claims/{decided}" not in to_do
    everything = admin.get("/admin/claims?status=all", headers=ENGLISH).text
    for claim_id in (decided, waits):
        assert f"/admin/claims/{claim_id}" in everything


def test_a_decision_stands(trade, come):
    claim_id = trade.claim(come, "tea")
    trade.grant(claim_id)
    with pytest.raises(Conflict):
        trade.grant(claim_id, ClaimStatus.REFUSED)


def test_the_shop_cannot_decide_that_nothing_is_decided(trade, come):
    claim_id = trade.claim(come, "tea")
    with pytest.raises(InvalidInput):
        trade.run(
            lambda session: decide_claim(
                session, claim_id, ClaimStatus.OPEN, rule=ClaimRule.GOODWILL, answer="x", actor_id=trade.admin_id,
                now=trade.now,
            )
        )  # fmt: skip


def test_what_was_said_before_there_were_claims_stays_readable(trade, come, buyer, client):
    here, _ = buyer
    events = [
        OrderEvent(order_id=come, at=utc_now(), kind=kind, facts={"text": text})
        for kind, text in (("complaint", "a jar broke"), ("complaint_answered", "we send another"))
    ]
    trade.run(lambda session: session.add_all(events))
    page = client.get(here, headers=ENGLISH).text
    assert "a jar broke" in page
    assert "we send another" in page


def test_a_granted_claim_stays_on_a_pile_until_its_money_goes_back(trade, come, admin):
    claim_id = trade.claim(come, "tea")
    trade.grant(claim_id)
    waits = "Claims granted, not refunded yet"
    page = admin.get("/admin", headers=ENGLISH).text
    assert f"/admin/claims/{claim_id}" in page.split(waits, 2)[2]
    assert f"/admin/claims/{claim_id}" in admin.get("/admin/claims?status=to_refund", headers=ENGLISH).text
    trade.part_refund(come, "shop", units={"tea": 1}, claim_id=claim_id)
    assert f"/admin/claims/{claim_id}" not in admin.get("/admin", headers=ENGLISH).text
    assert "No refund is needed" not in admin.get(f"/admin/claims/{claim_id}", headers=ENGLISH).text


def test_a_granted_claim_that_needs_no_refund_leaves_the_pile_with_a_word(trade, come, admin):
    claim_id = trade.claim(come, "tea")
    trade.grant(claim_id)
    path = f"/admin/claims/{claim_id}"
    press(admin, f"{path}/no-refund", reason=" ")
    assert f"/admin/claims/{claim_id}" in admin.get("/admin", headers=ENGLISH).text
    press(admin, f"{path}/no-refund", reason="sent again")
    assert f"/admin/claims/{claim_id}" not in admin.get("/admin", headers=ENGLISH).text
    press(admin, f"{path}/no-refund", reason="sent again")
    assert "No refund waits for this claim any more." in admin.get(path, headers=ENGLISH).text
    page = admin.get(path, headers=ENGLISH).text
    assert "No refund was needed: sent again" in page
    assert "clerk@example.com" in page
    assert "A refund can still be made." in page
    told = sa.select(AuditEntry.facts).where(AuditEntry.action == "claim.settled")
    assert [facts["reason"] for facts in trade.run(lambda session: session.scalars(told).all())] == [
        "sent again"
    ]


def test_no_day_is_named_on_which_an_order_completes_while_a_claim_about_it_is_open(app, client, trade):
    order_id = trade.sell({"tea": 1}, courier=True)
    trade.ship(order_id)
    number = trade.order_row(order_id).number
    open_as_guest(app, client, number)
    assert "It completes by itself on" in client.get(f"/orders/{number}", headers=ENGLISH).text
    trade.claim(order_id, "tea")
    page = client.get(f"/orders/{number}", headers=ENGLISH).text
    assert "It completes by itself on" not in page
    assert "does not complete by itself while we look" in page
