"""Who sends something to many people: fills the gift, uploads the list, mends it, writes the card, orders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.browser.navigators.visitor import Visitor


class GiftBuyer(Visitor):
    def begins(self, name: str) -> None:
        self.open("/org")
        self.press(self.page.locator("a[href$='/gifts']").filter(visible=True).first)
        self.press(self.link("新建礼品单", "New gift order"))
        self.main.locator("input[name=name]").fill(name)
        self.press(self.button("选礼品", "Choose what is in it"))

    def puts_in(self, asked: str) -> None:
        self.main.locator("input[name=q]").first.fill(asked)
        self.press(self.button("搜索", "Search"))
        self.main.locator("input[name^=units-]").first.fill("1")
        self.press(self.button("保存，去填收礼人", "Keep, then the recipients"))

    def uploads(self, folder: Path, rows: Sequence[str]) -> None:
        table = folder / "名单.csv"
        table.write_text("\n".join(["姓名,手机,地址", *rows]), "utf-8")
        self.main.locator("input[type=file]").set_input_files(table)
        self.press(self.button("上传", "Upload"))

    def writes(self, text: str, signature: str) -> None:
        self.goes_to_card()
        self.signs(text, signature)

    def goes_to_card(self) -> None:
        self.press(self.link("去写卡片", "On to the card"))

    def packs_in(self, packaging: str) -> None:
        self.main.locator("label.pick", has_text=packaging).click()

    def to_transfer(self) -> tuple[str, str]:
        """The reference, and the amount as it is shown."""
        facts = self.main.locator(".pt-list dd > span").all_inner_texts()
        return facts[-1], facts[0]

    def signs(self, text: str, signature: str) -> None:
        self.main.locator("textarea[name=text]").fill(text)
        self.main.locator("input[name=signature]").fill(signature)
        self.press(self.button("保存，去选日期", "Keep, then the day"))
        self.press(self.button("保存，去看价格", "Keep, then the price"))
