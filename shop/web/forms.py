"""The form that every form of ours derives from: what is wrong is said in our words, in the reader's language.

WTForms brings sentences of its own, some of them untranslated and most of them about fields and values.
"""

from __future__ import annotations

from typing import Any, Final

from flask_babel import gettext
from flask_wtf import FlaskForm

from shop.kit.text import msg

_CHOOSE: Final = msg("Please choose one from the list.")
_FILL_IN: Final = msg("Please fill this in.")
_A_DAY: Final = msg("Please enter a day such as 2026-11-30.")
_NOT_THIS: Final = msg("This cannot be entered here.")
# WTForms' sentences, in the singular, and ours with the same places for numbers.
SENTENCES: Final = {
    "This field is required.": _FILL_IN,
    "Not a valid integer value.": msg("Please enter a whole number."),
    "Not a valid decimal value.": msg("Please enter a number such as 12.5."),
    "Not a valid float value.": msg("Please enter a number such as 12.5."),
    "Number must be at least %(min)s.": msg("Please enter %(min)s or more."),
    "Number must be at most %(max)s.": msg("Please enter %(max)s or less."),
    "Number must be between %(min)s and %(max)s.": msg("Please enter a number from %(min)s to %(max)s."),
    "Field must be at least %(min)d character long.": msg("Please write at least %(min)d characters."),
    "Field cannot be longer than %(max)d character.": msg("Please write at most %(max)d characters."),
    "Field must be exactly %(max)d character long.": msg("Please write exactly %(max)d characters."),
    "Field must be between %(min)d and %(max)d characters long.": msg(
        "Please write between %(min)d and %(max)d characters."
    ),
    "Not a valid date value.": _A_DAY,
    "Not a valid week value.": _A_DAY,
    "Not a valid datetime value.": msg("Please enter a day and a time such as 2026-11-30 16:00."),
    "Not a valid time value.": msg("Please enter a time such as 16:00."),
    "Date must be at least %(min)s.": msg("Please enter %(min)s or a later day."),
    "Date must be at most %(max)s.": msg("Please enter %(max)s or an earlier day."),
    "Date must be between %(min)s and %(max)s.": msg("Please enter a day from %(min)s to %(max)s."),
    "Not a valid choice.": _CHOOSE,
    "Invalid Choice: could not coerce.": _CHOOSE,
    "Invalid choice(s): one or more data inputs could not be coerced.": _CHOOSE,
    "'%(value)s' is not a valid choice for this field.": _CHOOSE,
    "Invalid value, must be one of: %(values)s.": _CHOOSE,
    "Invalid value, can't be any of: %(values)s.": _NOT_THIS,
    "Invalid input.": _NOT_THIS,
    "Invalid email address.": msg("Please enter an e-mail address such as name@example.com."),
    "Invalid URL.": msg("Please enter an address that begins with https://."),
    "Invalid IP address.": _NOT_THIS,
    "Invalid Mac address.": _NOT_THIS,
    "Invalid UUID.": _NOT_THIS,
    "Invalid field name '%s'.": _NOT_THIS,
    "Field must be equal to %(other_name)s.": msg("Both must be the same."),
    "This field cannot be edited.": msg("This cannot be changed here."),
    "This field is disabled and cannot have a value.": msg("This cannot be changed here."),
}


class _OurWords:
    """What WTForms asks for its sentences; one it learns later stands as it is."""

    def gettext(self, sentence: str) -> str:
        return str(gettext(SENTENCES.get(sentence, sentence)))

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return self.gettext(singular)


_WORDS: Final = _OurWords()


class ShopForm(FlaskForm):
    class Meta(FlaskForm.Meta):
        def get_translations(self, form: Any) -> Any:
            return _WORDS
