"""A lot is declared with a photo, on a page or by a phone whose photo follows later; who may see it does."""

from __future__ import annotations

import io
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from PIL import Image

from shop.accounts.models import RoleName
from shop.catalogue.models import ProducerMember, Product, ProductPicture
from shop.catalogue.picture_names import WIDTHS, file_name, share_file
from shop.catalogue.pictures import make_pictures_ready, remove_picture
from shop.inventory.errors import PhotoNotAwaited
from shop.inventory.lot_photos import MOST_PHOTOS, PhotoOf, bring_photo, make_lot_photos_ready
from shop.inventory.models import Lot
from shop.inventory.photo_models import LotPhoto, LotPhotoState
from shop.kit.errors import NotFound
from shop.storage.media import MediaStore
from tests.factories.villages import NOW, add_lot
from tests.integration.village.test_farm_actions import press as kept_press
from tests.integration.village.test_farm_actions import send


def photo(size=(640, 480), kind="JPEG") -> bytes:
    written = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    Image.new("RGB", size, "olive").save(written, kind, exif=exif)
    return written.getvalue()


def sent(content: bytes):
    return (io.BytesIO(content), "photo.jpg")


@pytest.fixture
def store(app):
    return MediaStore(app.extensions["shop.settings"].media_url)


@pytest.fixture
def photos(unit_of_work):
    return lambda: unit_of_work.run(lambda s: list(s.scalars(sa.select(LotPhoto).order_by(LotPhoto.id))))


@pytest.fixture
def lots(unit_of_work):
    return lambda: unit_of_work.run(lambda s: list(s.scalars(sa.select(Lot).order_by(Lot.id.desc()))))


@pytest.fixture
def neighbour(signed_in, county):
    """Of another household, in the same village."""
    producer_id = county.producers[0][1]
    return signed_in(
        "neighbour", RoleName.FARMER, lambda user_id: ProducerMember(user_id=user_id, producer_id=producer_id)
    )


def follow(phone, key: str, content: bytes, person: str = ""):
    here = phone.get("/farm/actions", headers={"Accept": "application/json"}).json
    return phone.post(
        "/farm/actions/photo",
        query_string={"person": person or here["person"], "press": key},
        data=content,
        headers={"X-CSRFToken": here["token"], "Content-Type": "image/jpeg", "Accept": "application/json"},
    )


def test_a_photo_follows_its_press_once_and_only_those_see_it_who_answer_for_the_lot(
    county, farmer, neighbour, coordinator, stranger, unit_of_work, store, photos, lots
):
    kept = kept_press(f"/farm/lots/new/{county.tea}", units="5", day="0", sure="1", photo="follows")
    refused = follow(farmer, kept["id"], photo()).json
    assert refused["outcome"] == "refused", "the lot was not declared yet"
    assert photos() == []
    assert send(farmer, kept)["outcome"] == "applied"
    lot = lots()[0]
    [row] = photos()
    assert (row.lot_id, row.state) == (lot.id, LotPhotoState.EXPECTED)
    assert "照片还在手机上" in farmer.get(f"/farm/lots/{lot.id}").text

    assert follow(farmer, kept["id"], photo(), person="somebody").status_code == 409
    assert follow(neighbour, kept["id"], photo()).json["outcome"] == "refused", "another's press"
    assert follow(farmer, kept["id"], b"no photo").json["outcome"] == "refused"
    for _ in range(2):
        assert follow(farmer, kept["id"], photo()).json == {"outcome": "kept", "said": ""}
    [row] = photos()
    assert row.state is LotPhotoState.PROCESSING
    at = f"/lots/{lot.id}/photos/{row.id}"
    assert farmer.get(f"/farm{at}").status_code == 404, "nobody sees what was not made anew"
    assert make_lot_photos_ready(unit_of_work, store) == 1
    assert make_lot_photos_ready(unit_of_work, store) == 0

    for client, face in ((farmer, "farm"), (coordinator, "village")):
        shown = client.get(f"/{face}{at}")
        assert (shown.status_code, shown.content_type) == (200, "image/webp")
        assert b"taken at home" not in shown.data
        assert "private" in shown.headers["Cache-Control"]
        assert f"/{face}{at}" in client.get(f"/{face}/lots/{lot.id}").text
    for client, face in ((neighbour, "farm"), (stranger, "village"), (farmer, "village")):
        assert client.get(f"/{face}{at}").status_code == 404
    assert farmer.get(f"/media/{row.key}-640.webp").status_code == 404


def test_without_script_a_lot_comes_with_its_photo_or_not_at_all(
    county, farmer, press, photos, lots, coordinator, store, unit_of_work
):
    at = f"/farm/lots/new/{county.tea}"
    said = {"units": "5", "day": "0", "sure": "1", "token": "once" * 10}
    before = len(lots())
    bad = press(farmer, at, photo=sent(b"<svg onload=alert(1)>"), **said)
    assert bad.status_code == 400
    assert "photo-error" in bad.text
    assert 'value="5"' in bad.text, "what was typed is kept"
    assert len(lots()) == before
    for _ in range(2):
        assert press(farmer, at, photo=sent(photo()), **said).status_code == 303
    assert len(lots()) == before + 1
    assert [one.lot_id for one in photos()] == [lots()[0].id]

    lot_id = lots()[0].id
    for number in range(MOST_PHOTOS):
        answer = press(farmer, f"/farm/lots/{lot_id}/photos", photo=sent(photo()), token=f"more {number}")
    assert answer.status_code == 400
    assert len(photos()) == MOST_PHOTOS
    assert press(coordinator, f"/village/lots/{lot_id}/photos", token="x").status_code == 400
    assert make_lot_photos_ready(unit_of_work, store) == MOST_PHOTOS
    gone = photos()[0]
    here = f"/lots/{lot_id}/photos/{gone.id}"
    assert "删掉这张照片" in farmer.get(f"/farm{here}/remove").text
    for client, face in ((farmer, "farm"), (farmer, "farm"), (coordinator, "village")):
        assert press(client, f"/{face}{here}/remove").status_code == 303, "deleted twice is once"
    assert len(photos()) == MOST_PHOTOS - 1
    with pytest.raises(NotFound):
        store.read(f"lots/{gone.key}.webp")


def test_a_coordinator_declares_with_a_photo_for_a_household_and_its_pack_is_chosen(
    county, coordinator, press, photos, lots, unit_of_work
):
    producer_id = county.producers[0][0]
    unit_of_work.run(lambda s: add_lot(s, county, county.tea, producer_id, 3))
    page = coordinator.get(f"/village/lots/new?producer={producer_id}").text
    assert f'<option selected value="{county.tea}">' in page
    elsewhere = county.producers[1][0]
    assert (
        f'selected value="{elsewhere}"' not in coordinator.get(f"/village/lots/new?producer={elsewhere}").text
    )
    answer = press(
        coordinator,
        "/village/lots/new",
        producer=str(producer_id),
        variant=str(county.tea),
        units="4",
        harvested_on=NOW.date().isoformat(),
        token="a" * 40,
        photo=sent(photo()),
    )
    assert answer.status_code == 303, answer.text
    assert [one.lot_id for one in photos()] == [lots()[0].id]


def test_what_a_household_always_brings_is_not_asked_for(county, farmer, unit_of_work):
    assert 'href="/farm/lots/new"' in farmer.get("/farm/lots").text, "several packs: one of them is chosen"
    own = sa.update(Lot).where(Lot.producer_id == county.producers[0][0])
    unit_of_work.run(lambda s: s.execute(own.values(variant_id=county.tea)))
    assert f'href="/farm/lots/new/{county.tea}"' in farmer.get("/farm/lots").text
    page = farmer.get(f"/farm/lots/new/{county.tea}").text
    assert 'href="/farm/lots/new"' in page, "and another can be chosen from there"


def test_an_admin_shows_a_photo_with_the_product_and_it_is_there_once(
    county, farmer, press, photos, lots, store, unit_of_work, signed_in
):
    admin = signed_in("admin", RoleName.ADMIN)
    said = {"units": "5", "day": "0", "sure": "1", "token": "once" * 10}
    press(farmer, f"/farm/lots/new/{county.tea}", photo=sent(photo()), **said)
    [row] = photos()
    pick = f"/admin/lots/{row.lot_id}/photos/{row.id}/pick"
    assert press(admin, pick).status_code == 404, "not ready"
    make_lot_photos_ready(unit_of_work, store)
    assert "Show it with the product" in admin.get(f"/admin/lots/{row.lot_id}?lang=en").text
    for _ in range(2):
        assert press(admin, pick).status_code == 303
    pictures = unit_of_work.run(lambda s: list(s.scalars(sa.select(ProductPicture))))
    assert [one.alt_zh != "" for one in pictures] == [True]
    assert store.read(f"originals/{pictures[0].key}")


def test_a_photo_that_its_household_deletes_goes_from_the_products_page_too(
    county, farmer, press, photos, store, unit_of_work, signed_in, app
):
    admin = signed_in("admin", RoleName.ADMIN)
    said = {"units": "5", "day": "0", "sure": "1", "token": "once" * 10}
    press(farmer, f"/farm/lots/new/{county.tea}", photo=sent(photo()), **said)
    [row] = photos()
    make_lot_photos_ready(unit_of_work, store)
    here = f"lots/{row.lot_id}/photos/{row.id}"
    assert "商品页" not in farmer.get(f"/farm/{here}/remove").text, "nobody shows it"
    press(admin, f"/admin/{here}/pick")
    make_pictures_ready(unit_of_work, store)
    [(slug, key)] = unit_of_work.run(
        lambda s: s.execute(sa.select(Product.slug, ProductPicture.key).join(Product.pictures)).all()
    )
    anybody, at = app.test_client(), f"/media/{file_name(key, 640)}"
    assert at in anybody.get(f"/products/{slug}").text
    assert anybody.get(at).status_code == 200

    assert "商品页上也在用这张" in farmer.get(f"/farm/{here}/remove").text, "it is told beforehand"
    assert "商品页也在用" in farmer.get(f"/farm/lots/{row.lot_id}").text
    assert press(farmer, f"/farm/{here}/remove").status_code == 303
    page = anybody.get(f"/products/{slug}")
    assert page.status_code == 200
    assert key not in page.text, "the drawing stands there again"
    assert anybody.get(at).status_code == 404
    for name in (f"originals/{key}", share_file(key), *(file_name(key, width) for width in WIDTHS)):
        with pytest.raises(NotFound):
            store.read(name)
    assert press(farmer, f"/farm/{here}/remove").status_code == 303, "deleted twice is once"


def test_a_photo_that_the_shop_takes_from_the_product_can_be_shown_there_again(
    county, farmer, press, photos, store, unit_of_work, signed_in
):
    admin = signed_in("admin", RoleName.ADMIN)
    said = {"units": "5", "day": "0", "sure": "1", "token": "once" * 10}
    press(farmer, f"/farm/lots/new/{county.tea}", photo=sent(photo()), **said)
    make_lot_photos_ready(unit_of_work, store)
    [row] = photos()
    pick = f"/admin/lots/{row.lot_id}/photos/{row.id}/pick"
    press(admin, pick)
    [first] = unit_of_work.run(lambda s: list(s.scalars(sa.select(ProductPicture.id))))
    remove_picture(unit_of_work, store, first, actor_id=None, now=NOW)
    assert "Show it with the product" in admin.get(f"/admin/lots/{row.lot_id}?lang=en").text
    press(admin, pick)
    assert len(unit_of_work.run(lambda s: list(s.scalars(sa.select(ProductPicture.id))))) == 1


@pytest.mark.race(fence="a conditional update of the photo that is awaited")
def test_a_photo_that_four_tabs_send_is_kept_once(county, farmer, unit_of_work, store, photos, tmp_path):
    kept = kept_press(f"/farm/lots/new/{county.tea}", units="5", day="0", sure="1", photo="follows")
    send(farmer, kept)
    of = PhotoOf(photos()[0].added_by_id, kept["id"], NOW)
    files = MediaStore(str(tmp_path / "photos"))
    together = threading.Barrier(4)

    def bring(_tab):
        together.wait()
        bring_photo(unit_of_work, files, photo(), of)

    with ThreadPoolExecutor(4) as tabs:
        list(tabs.map(bring, range(4)))
    [row] = photos()
    assert row.state is LotPhotoState.PROCESSING
    assert [one.name for one in (tmp_path / "photos/originals").iterdir()] == [row.key]
    with pytest.raises(PhotoNotAwaited):
        bring_photo(unit_of_work, files, photo(), PhotoOf(of.user_id, "another", NOW))
