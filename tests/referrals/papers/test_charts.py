from __future__ import annotations

from io import BytesIO

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from PIL import Image

from referrals.papers import charts
from referrals.papers.charts import Range, Series


def texts(svg: str) -> list[str]:
    return [one.text for one in etree.fromstring(svg).iter("{*}text")]


def boxes(svg: str, colour: str) -> list[float]:
    return [float(one.get("width")) for one in etree.fromstring(svg).iter("{*}rect") if one.get("fill") == colour]


def test_bars_are_as_long_as_their_numbers():
    svg = charts.bars(["猫头鹰", "象牙"], [Series("已确认", (30, 10)), Series("其他", (10, 10))])
    assert boxes(svg, charts.COLOURS[0])[1:] == [322.5, 107.5]  # the first is the legend's
    assert {"猫头鹰", "40", "象牙", "20", "已确认", "其他"} <= set(texts(svg))


def test_columns_share_an_axis_that_ends_at_a_round_number():
    svg = charts.columns(["1-05", "1-12"], [Series("新发现", (46, 3))])
    assert {"60", "30", "0", "1-05", "新发现"} <= set(texts(svg))


def test_ranges_stand_on_powers_of_ten():
    svg = charts.ranges([Range("象牙 元/克", 20, 38, 60, "38")], "元")
    assert {"10", "100", "象牙 元/克", "38"} <= set(texts(svg))


def test_a_flow_names_places_and_amounts():
    svg = charts.flow([["甲", "乙"], ["快递"]], [((0, 0), 3), ((1, 0), 2)], ["发布地", "方式"])
    assert {"甲 3", "乙 2", "快递 5", "发布地"} <= set(texts(svg))
    assert len(list(etree.fromstring(svg).iter("{*}path"))) == 2


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=20), st.floats(0, 1e6)), max_size=5))
def test_any_name_and_number_gives_a_well_formed_drawing(rows):
    names, values = [name for name, _ in rows], tuple(value for _, value in rows)
    for svg in (
        charts.bars(names, [Series("甲", values)]),
        charts.columns(names, [Series("甲", values)]),
        charts.ranges([Range(name, value, value, value, name) for name, value in rows], "元"),
    ):
        etree.fromstring(svg)


def test_markup_in_names_stays_text():
    svg = charts.bars(["<image href='x'/>&"], [Series("甲", (1,))])
    assert "<image hre…" in texts(svg)
    assert etree.fromstring(svg).find(".//{*}image") is None


def test_pictures_of_them_for_documents():
    svgs = [charts.bars(["猫头鹰"], [Series("甲", (1,))]), charts.bars(["甲", "乙"], [Series("甲", (1, 2))])]
    pictures = [Image.open(BytesIO(one)) for one in charts.as_pngs(svgs)]
    assert [one.width for one in pictures] == [1778, 1778]
    assert pictures[0].height < pictures[1].height
    assert pictures[0].convert("RGB").getpixel((900, 40)) == (0x1F, 0x6F, 0x78)
    assert charts.as_pngs([]) == []
