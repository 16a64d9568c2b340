from __future__ import annotations

import math

from keywords.learned.anchors import LIMIT, LONGEST, OFTEN, RARE, choose, grams
from keywords.match import ENOUGH

ORDINARY = ["今天天气很好", "孩子上学去了", "今天去菜市场"] * 200


def test_grams_are_two_to_four_characters_of_the_opening() -> None:
    assert grams("懂的来私") == {"懂的", "的来", "来私", "懂的来", "的来私", "懂的来私"}
    assert grams("懂") == set()
    assert len(grams("好" * LONGEST + "懂的")) == 3  # what stands behind the opening is not read


def test_what_ads_say_often_and_others_never_is_an_anchor() -> None:
    chosen = choose(["懂的来找我"] * OFTEN + ["要的私我"] * (OFTEN - 1), ORDINARY)
    assert "懂的来" in chosen
    assert not {"私我", "要的私我"} & chosen.keys()


def test_what_others_say_too_is_none() -> None:
    chosen = choose(["今天懂的来"] * 20, ORDINARY)
    assert "今天" not in chosen
    assert "懂的" in chosen
    rare = [f"{number}懂的" for number in range(RARE)]
    assert "懂的" in choose(["今天懂的来"] * 20, [*ORDINARY, *rare])
    assert "懂的" not in choose(["今天懂的来"] * 20, [*ORDINARY, *rare, "又懂的"])


def test_figures_are_none() -> None:
    assert all(not gram.isdigit() for gram in choose(["138138来"] * 20, ORDINARY))


def test_evidence_grows_with_use_and_one_wording_is_never_enough() -> None:
    often, seldom = (
        choose(["懂的"] * 90 + ["好货"] * 10, ORDINARY)["懂的"],
        choose(["懂的"] * 10 + ["好货"] * 90, ORDINARY)["懂的"],
    )
    assert often > seldom > 0
    exact = math.log(10.5 / 101) - math.log(0.5 / (len(ORDINARY) + 1))
    assert seldom == round(exact, 2)
    flooded = choose(["懂的"] * 100, ORDINARY * 100)
    assert flooded == {"懂的": LIMIT}
    assert LIMIT < ENOUGH


def test_the_order_of_texts_does_not_matter() -> None:
    texts = ["懂的来"] * 4 + ["老地方见"] * 5
    assert list(choose(texts, ORDINARY).items()) == list(choose(texts[::-1], ORDINARY[::-1]).items())
