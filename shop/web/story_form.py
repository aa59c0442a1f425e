"""A story as it is typed: by the team, and by a coordinator for an own village."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from shop.stories.access import PostReach
from shop.stories.desk import possible_authors, villages_in
from shop.stories.models import Post, PostKind
from shop.stories.words import KINDS
from shop.stories.writing import LONGEST_NAME, LONGEST_TEXT, LONGEST_TITLE, LONGEST_TITLE_EN, PostWords
from shop.web.database import read_session
from shop.web.fields import IdField, SeenField, TokenField
from shop.web.forms import ShopForm
from shop.web.phrases import language

_MARKS = _(
    "Markdown: **bold**, lists with -, headings with ##. Nothing else, and no pictures: they have their place below."
)


class StoryForm(ShopForm):
    """`seen` is the version that its person was shown."""

    token = TokenField()
    seen = SeenField()
    kind = SelectField(_("Kind"), choices=[])
    title_zh = StringField(
        _("Title in Chinese"),
        [DataRequired(_("Please write a title in Chinese.")), Length(max=LONGEST_TITLE)],
        render_kw={"maxlength": LONGEST_TITLE},
    )
    text_zh = TextAreaField(
        _("Text in Chinese"), [Length(max=LONGEST_TEXT)], description=_MARKS, render_kw={"rows": 12}
    )
    title_en = StringField(
        _("Title in English"), [Length(max=LONGEST_TITLE_EN)], render_kw={"maxlength": LONGEST_TITLE_EN}
    )
    text_en = TextAreaField(
        _("Text in English"),
        [Length(max=LONGEST_TEXT)],
        description=_("Without it, English pages show the Chinese text and say so."),
        render_kw={"rows": 8},
    )
    village_id = IdField(_("Village"))
    author_id = IdField(_("Author"))
    author_name = StringField(
        _("Author's name for readers"),
        [Length(max=LONGEST_NAME)],
        description=_("As readers see it, such as “Secretary Chen, Ruhe”. Empty: the shop itself speaks."),
        render_kw={"maxlength": LONGEST_NAME},
    )

    def offer(self, reach: PostReach, author_id: int | None) -> None:
        """What can be chosen. Coordinators write of own villages, and their posts keep their author."""
        self.kind.choices = [(kind.value, gettext(word)) for kind, word in KINDS.items()]
        session = read_session()
        zh = language() == "zh"
        villages = [
            (one_id, (name_zh if zh else name_en)) for one_id, name_zh, name_en in villages_in(session, reach)
        ]
        self.village_id.offer(villages, empty=gettext("No village") if reach.everything else None)
        if reach.everything:
            known = () if author_id is None else (author_id,)
            self.author_id.offer(possible_authors(session, also=known), empty=gettext("The shop itself"))
        else:
            del self.author_id

    def words(self, author_id: int | None) -> PostWords:
        """`author_id` holds where the form does not ask."""
        return PostWords(
            kind=PostKind(self.kind.data),
            title_zh=self.title_zh.data or "",
            title_en=self.title_en.data or "",
            text_zh=self.text_zh.data or "",
            text_en=self.text_en.data or "",
            village_id=self.village_id.data,
            author_id=self.author_id.data if "author_id" in self else author_id,
            author_name=self.author_name.data or "",
        )


def begun_form(reach: PostReach, author_id: int, author_name: str) -> StoryForm:
    """Of a new story, filled with who writes it."""
    form = StoryForm(data={"author_id": author_id, "author_name": author_name[:LONGEST_NAME]})
    form.offer(reach, author_id)
    return form


def form_of(post: Post, reach: PostReach, *, typed: bool = False) -> StoryForm:
    """Of a story that is there; `typed`: with what this request sends."""
    form = StoryForm(obj=post) if typed else StoryForm(formdata=None, obj=post)
    form.offer(reach, post.author_id)
    if not form.seen.raw_data:
        form.seen.data = str(post.version)
    return form
