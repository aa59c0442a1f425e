"""The tables of villages and households. Of a household only what lists show without a reason is in the table:
phone, people, stories and consent are read and changed on its own page, which writes down who looked and why.
"""

from __future__ import annotations

from typing import Final

from shop.catalogue.editing.people import HOUSEHOLD, save_household
from shop.catalogue.editing.places import VILLAGE, save_village
from shop.catalogue.models import Household, Village
from shop.catalogue.tables.cells import flag_cell, link_cell, text_cell
from shop.catalogue.tables.description import Column, MasterTable

VILLAGES: Final = MasterTable(
    name="villages",
    entity=Village,
    sheet=VILLAGE,
    columns=(
        Column("slug", "短名", "Short name", text_cell()),
        Column("name_zh", "中文名", "Name in Chinese", text_cell()),
        Column("name_en", "英文名", "Name in English", text_cell()),
        Column("town_zh", "乡镇（中文）", "Town in Chinese", text_cell()),
        Column("town_en", "乡镇（英文）", "Town in English", text_cell()),
        Column("county_zh", "县（中文）", "County in Chinese", text_cell()),
        Column("county_en", "县（英文）", "County in English", text_cell()),
        Column("packing_place_id", "打包点", "Packing place", link_cell("packing_place_id")),
        Column("story_zh", "中文故事", "Story in Chinese", text_cell()),
        Column("story_en", "英文故事", "Story in English", text_cell()),
    ),
    save=save_village,
    defaults={},
    rules={},
)
HOUSEHOLDS: Final = MasterTable(
    name="households",
    entity=Household,
    sheet=HOUSEHOLD,
    columns=(
        Column("slug", "短名", "Short name", text_cell()),
        Column("village_id", "村", "Village", link_cell("village_id")),
        Column("alias_zh", "化名（中文）", "Alias in Chinese", text_cell()),
        Column("alias_en", "化名（英文）", "Alias in English", text_cell()),
        Column("active", "供货", "Supplies goods", flag_cell()),
    ),
    save=save_household,
    defaults={},
    rules={},
    adds=False,
)
