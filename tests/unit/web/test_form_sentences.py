"""What a form refuses is said in our words and in the reader's language, whatever WTForms would say."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import wtforms
from wtforms import DateField, DateTimeLocalField, DecimalField, IntegerField, SelectField, StringField
from wtforms.validators import Length, NumberRange

import shop.web
from shop.web.forms import SENTENCES, ShopForm

CJK = re.compile("[一-鿿]")


class _Sheet(ShopForm):
    class Meta:
        csrf = False

    name = StringField(validators=[Length(max=3)])
    number = IntegerField(validators=[NumberRange(1, 9)])
    amount = DecimalField()
    day = DateField()
    moment = DateTimeLocalField()
    choice = SelectField(choices=["a"])


WRONG = {"name": "four", "number": "12", "amount": "x", "day": "x", "moment": "x", "choice": "b"}


@pytest.mark.parametrize(("language", "is_chinese"), [("zh", True), ("en", False)])
def test_every_refusal_of_a_form_is_in_the_readers_language(app, language, is_chinese):
    with app.test_request_context(method="POST", data=WRONG, headers={"Accept-Language": language}):
        form = _Sheet()
        assert not form.validate()
        assert set(form.errors) == set(WRONG)
        for sentences in form.errors.values():
            for sentence in sentences:
                assert bool(CJK.search(sentence)) is is_chinese, sentence
                assert "Field" not in sentence
                assert "valid" not in sentence
    assert "至 9" in form.number.errors[0] or "to 9" in form.number.errors[0]
    assert "3" in form.name.errors[0]


def test_every_sentence_that_wtforms_can_say_has_words_of_ours():
    to_programmers = {"Choices cannot be None."}
    assert _said_by_wtforms() - set(SENTENCES) == to_programmers


def _said_by_wtforms() -> set[str]:
    """The sentences its validators and fields mark for translation, plurals by their singular."""
    home = Path(wtforms.__file__).parent
    found = set()
    for path in [home / "validators.py", *(home / "fields").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            marks = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if marks and node.func.attr in {"gettext", "ngettext"} and isinstance(node.args[0], ast.Constant):
                found.add(node.args[0].value)
    return found


def test_every_form_of_ours_speaks_so():
    faces = Path(shop.web.__file__).parent
    others = [
        str(path)
        for path in faces.rglob("*.py")
        if "FlaskForm" in path.read_text("utf-8") and path != faces / "forms.py"
    ]
    assert others == []
