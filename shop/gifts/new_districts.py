"""New districts of the state (国家级新区), which are no divisions of their own: which cities parcels to them go through."""

from __future__ import annotations

from typing import Final

_STATE_NEW: Final = {
    "西咸新区": (("陕西省", "西安市"), ("陕西省", "咸阳市")),
    "雄安新区": (("河北省", "保定市"),),
    "天府新区": (("四川省", "成都市"), ("四川省", "眉山市")),
    "贵安新区": (("贵州省", "贵阳市"), ("贵州省", "安顺市")),
    "赣江新区": (("江西省", "南昌市"), ("江西省", "九江市")),
    "两江新区": (("重庆市", "重庆市"),),
    "兰州新区": (("甘肃省", "兰州市"),),
    "湘江新区": (("湖南省", "长沙市"),),
    "江北新区": (("江苏省", "南京市"),),
    "滇中新区": (("云南省", "昆明市"),),
}


def new_districts(rest: str, province: str = "") -> list[tuple[str, str, str, str]]:
    """西咸新区…: province, city, district and street of each place that it may be, in this province if one is named."""
    return [
        (*place, name, rest[len(name) :])
        for name, places in _STATE_NEW.items()
        if rest.startswith(name)
        for place in places
        if province in ("", place[0])
    ]
