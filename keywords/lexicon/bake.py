"""Bakes the character tables: `python -m keywords.lexicon.bake`, with OpenCC and pypinyin in a scratch environment.

Both are needed only here; the product reads the baked files. OpenCC is Apache-2.0, pypinyin is MIT.
"""

from __future__ import annotations

import importlib
import json
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TABLES = Path(__file__).resolve().parent.parent / "tables"
CODE_POINTS = 0x110000  # all of Unicode
STRIP = 0  # not part of any word: spaces, marks, symbols, invisible characters
HAN = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))
FILLERS = "\u115f\u1160\u3164\uffa0\u2800丶丨丿亅"  # letters by category, used as blanks or strokes between characters
RADICALS = dict(
    zip(
        "⺁⺅⺉⺊⺌⺖⺘⺝⺡⺨⺩⺪⺫⺬⺭⺮⺯⺰⺲⺶⺷⺹⺺⺼⺾⺿⻀⻁⻂⻃⻄⻅⻆⻇⻈⻉⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻖⻗⻘⻙⻚⻛⻜⻝⻞⻟⻠⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲",
        "厂亻刂卜小忄扌月氵犭王疋目示礻竹糸纟罒羊羊老聿月艹艹艹虎衤西西见角角讠贝车辶辶辶阝钅长长长门阝雨青韦页风飞食食饣饣马骨鬼鱼鸟卤麦黄黾齐齐齿齿龙龙龟龟",
        strict=True,
    )
)
VARIANTS = dict(
    zip("亀変瑇蝟衹麞銕鉄釣麐鎗虵猿猨蟇緑拡塩黒気戦", "龟变玳猬只獐铁铁钓麟枪蛇猿猿蟆绿扩盐黑气战", strict=True)
)
LATIN = dict(
    zip(
        "αβγδεζηικλμνορτυχωабвгдезиклмнорстухьıɑɡᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡʏᴢ",
        "abydeznikaunoptyxwabbrae3ukamhopctyxbiagabcdefghijklmnopqrstuvwyz",
        strict=True,
    )
) | {"з": "z", "и": "n", "л": "n", "к": "k", "λ": "l", "μ": "m", "ν": "v"}
BOXED = ((0x1F150, 0x1F169), (0x1F170, 0x1F189), (0x1F1E6, 0x1F1FF))  # 🅐 🅰 🇦: symbols that read as a to z


def is_han(code: int) -> bool:
    """Tell whether a code point is in a block of Chinese characters, assigned or not."""
    return any(low <= code <= high for low, high in HAN)


def plain_letter(char: str) -> str:
    """Return the lower-case, unaccented, half-width form of one character; itself when that is not one character."""
    composed = unicodedata.normalize("NFKC", char).lower()
    if len(composed) == 1 and ord(composed) < 0x2000:  # accents only matter in alphabets
        composed = unicodedata.normalize("NFKD", composed)[0]
    composed = LATIN.get(composed, composed)
    return composed if len(composed) == 1 else char


def fold_one(code: int, simplify: Callable[[str], str]) -> int:
    """Return what a code point reads as, `STRIP` when it is no part of a word."""
    char = chr(code)
    for low, high in BOXED:
        if low <= code <= min(high, low + 25):
            return ord("a") + code - low
    if char in FILLERS:
        return STRIP
    char = RADICALS.get(char, char)
    letter = plain_letter(char)
    if is_han(ord(letter)):
        return ord(VARIANTS.get(letter) or simplify(letter))
    return STRIP if unicodedata.category(letter)[0] not in "LN" else ord(letter)


def fold_table() -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    """Return the table code point -> folded code point for all of Unicode."""
    opencc = importlib.import_module("opencc")
    traditional, japanese = opencc.OpenCC("t2s"), opencc.OpenCC("jp2t")

    def simplify(char: str) -> str:
        simple = traditional.convert(char)
        if simple == char:
            simple = traditional.convert(japanese.convert(char))
        return simple if len(simple) == 1 else char

    table = np.zeros(CODE_POINTS, dtype=np.uint32)
    for code in range(1, CODE_POINTS):
        if not 0xD800 <= code <= 0xDFFF:  # lone surrogates are junk
            table[code] = fold_one(code, simplify)
    return table


def readings() -> Iterator[tuple[str, str]]:
    """Yield (syllable without tone, character) for the everyday block of simplified characters."""
    pypinyin = importlib.import_module("pypinyin")
    for code in (*range(0x4E00, 0xA000), *(ord(char) for char in "䴙䴘䴓䴕䳭䗛䱀𫛭𩷶")):
        syllable = pypinyin.lazy_pinyin(chr(code), v_to_u=False, errors="ignore")
        if syllable and syllable[0].isascii():
            yield syllable[0], chr(code)


def main() -> None:
    """Write both tables."""
    TABLES.mkdir(exist_ok=True)
    table = fold_table()
    codes = np.arange(CODE_POINTS, dtype=np.uint32)
    shift = np.where(table == STRIP, 0, table.astype(np.int64) - codes).astype(np.int32)
    np.savez_compressed(TABLES / "fold.npz", shift=shift, strip=np.packbits(table == STRIP))
    simple = {chr(code) for code in set(table.tolist()) if is_han(code)}
    sounds: dict[str, str] = {}
    for syllable, char in readings():
        if char in simple:
            sounds[syllable] = sounds.get(syllable, "") + char
    text = json.dumps(dict(sorted(sounds.items())), ensure_ascii=False, indent=0)
    (TABLES / "pinyin.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
