"""Photos of products, from the upload to the page."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa
from PIL import Image

from shop.catalogue.models import PictureState, ProductPicture
from shop.catalogue.pictures import Upload, add_picture, make_pictures_ready, pictures_of, remove_picture
from shop.kit.errors import InvalidInput, NotFound
from shop.storage.media import MediaStore, StorageFull
from tests.factories.market import open_market


@pytest.fixture
def market(session):
    return open_market(session)


@pytest.fixture
def store(app, settings):
    return MediaStore(settings.media_url)


def photo(size=(800, 600)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "tan").save(file, "JPEG")
    return file.getvalue()


@pytest.fixture
def add(unit_of_work, store, market):
    def run(content=None):
        upload = Upload(market.products["muer"], content or photo(), alt_zh="一筐木耳")
        return add_picture(unit_of_work, store, upload, actor_id=None, now=market.now)

    return run


def test_a_photo_is_shown_when_the_worker_has_made_it_ready(client, session, unit_of_work, store, add):
    add()
    assert "/media/" not in client.get("/products/muer").text
    assert make_pictures_ready(unit_of_work, store) == 1
    page = client.get("/products/muer").text
    (key,) = session.scalars(sa.select(ProductPicture.key))
    assert f"/media/{key}-640.webp" in page
    assert f"/media/{key}-640.webp" in client.get("/products").text
    answer = client.get(f"/media/{key}-320.webp")
    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    with Image.open(io.BytesIO(answer.data)) as made:
        assert made.size == (320, 240)


def test_what_cannot_be_decoded_is_refused_and_thrown_away(session, unit_of_work, store, add):
    picture_id = add(photo((1600, 1600))[:3000])
    make_pictures_ready(unit_of_work, store)
    picture = session.get_one(ProductPicture, picture_id)
    assert picture.state is PictureState.REFUSED
    with pytest.raises(NotFound):
        store.read(f"originals/{picture.key}")


def test_a_worker_that_was_killed_half_way_starts_again(session, unit_of_work, store, add):
    picture_id = add()
    key = session.get_one(ProductPicture, picture_id).key
    session.rollback()
    store.write(f"{key}-320.webp", b"half")
    make_pictures_ready(unit_of_work, store)
    assert store.read(f"{key}-320.webp").startswith(b"RIFF")
    assert make_pictures_ready(unit_of_work, store) == 0


def test_originals_and_other_files_cannot_be_asked_for(client, session, store, add):
    add()
    (key,) = session.scalars(sa.select(ProductPicture.key))
    for name in (
        key,
        f"originals/{key}",
        f"originals%2F{key}",
        f"{key}-640.webp",
        f"{key}-9999.webp",
        "../shop.db",
        "..%2Fshop.db",
    ):
        assert client.get(f"/media/{name}").status_code == 404, name


def test_a_photo_that_is_taken_away_takes_its_files_along(session, unit_of_work, store, market, add):
    picture_id = add()
    make_pictures_ready(unit_of_work, store)
    key = session.get_one(ProductPicture, picture_id).key
    session.rollback()
    remove_picture(unit_of_work, store, picture_id, actor_id=None, now=market.now)
    assert pictures_of(session, market.products["muer"]) == []
    with pytest.raises(NotFound):
        store.read(f"{key}-640.webp")


def test_a_product_has_a_dozen_photos_at_most(add):
    for _ in range(12):
        add()
    with pytest.raises(InvalidInput):
        add()


def test_a_full_disk_is_said_and_leaves_nothing_behind(tmp_path):
    store = MediaStore(f"file://{tmp_path}/media")
    (tmp_path / "media").write_text("a file where the folder should be")
    with pytest.raises(StorageFull):
        store.write("originals/abc", b"x")


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a//b", "A.webp", "a b", "", "a/../b", "a\x00"])
def test_only_names_of_our_own_making_are_looked_up(tmp_path, name):
    with pytest.raises(NotFound):
        MediaStore(f"file://{tmp_path}").read(name)
