"""What a second person counts in a cash box, at the point or in the office."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms.validators import InputRequired

from shop.web.fields import YuanField
from shop.web.forms import ShopForm


class SecondForm(ShopForm):
    counted = YuanField(_("I counted, too (¥)"), [InputRequired(_("Please fill this in."))])
