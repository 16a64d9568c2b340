"""Gates: the rules by which a candidate does not count, each with the name that a reviewer sees."""

from __future__ import annotations

from bisect import bisect_left
from operator import itemgetter
from typing import TYPE_CHECKING
from unicodedata import category

from keywords.boundary import LONG, WINDOW
from keywords.whole import LONG_PINYIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from keywords.boundary import Judge
    from keywords.entries import Entry
    from keywords.fold import Folded
    from keywords.match import Candidate

LONGEST_WORD = 200  # characters: no ordinary word is as long
UNUSUAL = 3  # characters from which a misspelling is hardly a word by accident
STOPS = frozenset("，、。；：！？,;!?\n")  # between them people say one thing and then another
NEAR = 30  # characters on each side in which an excluding word speaks about the candidate
OBJECT_CUES = frozenset({"live", "wild", "no_papers", "secrecy", "craft", "eat", "hunting", "fishing", "import"})
TEXT_CUES = frozenset(
    {"sell", "buy", "pay", "contact", "ship", "price", "quantity", "contact_number", "serve", "figure"}
)
TRADE_CUES = TEXT_CUES | {"attached", "offered"}
SURE_CUES = frozenset({"wild", "no_papers", "secrecy", "import"})
CLAIMS = frozenset({"permit", "farmed"})  # said of an object that is offered
LACKING, LISTED = "须有语境：", "、"  # before and between the groups of which one is missing
ANY_TRADE = "trade"  # in `requires`: any cue of trade is enough
ACCIDENTAL = frozenset({"homophone", "lookalike", "reordered"})  # an ordinary word may read like these
CODE = "codeword"  # an everyday word used as a name: written plainly, it hides nothing by itself
# Ways of writing that can be an ordinary word by accident, so that jieba is asked too.
CUT_CHANNELS = frozenset({"exact", "width", "variant", "inserted", "homophone", "lookalike", "reordered", "codeword"})


def covered(candidate: Candidate, covers: Sequence[tuple[int, int]]) -> bool:
    """Tell whether a longer, ordinary word covers a plainly written candidate; it never covers for a disguise.

    `covers`: where ordinary words stand, in the order of their ends.
    """
    if candidate.disguised and candidate.channel not in ACCIDENTAL and not _plain_code(candidate):
        return False
    length = candidate.end - candidate.start
    return any(e - s > length for s, e in _around(candidate, covers))


def covering(candidate: Candidate, covers: Sequence[tuple[int, int]], folded: str) -> str:
    """Return the longest of the words that cover a candidate, folded; `covered` said that there is one."""
    start, end = max(_around(candidate, covers), key=lambda span: span[1] - span[0])
    return folded[start:end]


def _around(candidate: Candidate, covers: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the words around a candidate: of thousands that a text may have, those that end near it are looked at."""
    for place in range(bisect_left(covers, candidate.end, key=itemgetter(1)), len(covers)):
        start, end = covers[place]
        if end > candidate.start + LONGEST_WORD:
            return
        if start <= candidate.start:
            yield start, end


def _plain_code(candidate: Candidate) -> bool:
    """Tell whether the candidate is a code word with nothing put between its characters."""
    return candidate.channel == CODE and len(candidate.matched) == len(candidate.folded)


def near_word(candidate: Candidate, entry: Entry, folded: str) -> str:
    """Return the excluding word near a plainly written candidate, or nothing."""
    if not entry.exclude_near or (candidate.disguised and not _plain_code(candidate)):
        return ""
    around = folded[max(0, candidate.start - NEAR) : candidate.end + NEAR]
    return next((word for word in entry.exclude_near if word in around), "")


def missing_context(candidate: Candidate, entry: Entry, cues: Mapping[str, object], *, attached: bool = False) -> str:
    """Return what context the candidate lacks, or nothing; `attached`: a trading verb stands right beside it."""
    if not candidate.way.gated and (
        not entry.requires or candidate.disguised or (attached and entry.strength == "strong")
    ):
        return ""
    present = cues.keys()
    trade = attached or not present.isdisjoint(TRADE_CUES)
    if candidate.way.gated:
        return _missing_for_gated(candidate, present, trade=trade, attached=attached)
    wanted = entry.requires if entry.livestock else entry.requires | CLAIMS
    if not (ANY_TRADE in entry.requires and trade) and present.isdisjoint(wanted):
        return LACKING + LISTED.join(sorted(entry.requires))
    return "" if not entry.common or trade else "日常用语，须有交易语境"


def _deliberate(candidate: Candidate) -> bool:
    """Tell whether the writing itself was disguised once more: nobody types pinyin full-width or cut up by accident."""
    return candidate.channel in {"pinyin", "homophone"} and any(
        "\uff21" <= char <= "\uff5a" or category(char) == "Cf" for char in candidate.matched
    )


def _missing_for_gated(candidate: Candidate, present: AbstractSet[str], *, trade: bool, attached: bool) -> str:
    """Return what a writing that is also an ordinary one lacks: an object cue and a trade cue; a long one needs less."""
    about = not present.isdisjoint(OBJECT_CUES) or _deliberate(candidate)
    if candidate.way.heard and len(candidate.folded) < UNUSUAL:
        sure = not present.isdisjoint(SURE_CUES)
        return "" if about and trade and sure else "两字谐音须有交易语境与来源语境"
    unusual = candidate.channel != "codeword" and len(candidate.folded) >= UNUSUAL * (
        2 if candidate.folded.isascii() else 1
    )
    if unusual and (about or attached or len(present & TEXT_CUES) > 1):
        return ""
    if attached and (
        candidate.channel == "emoji" or (candidate.channel == "pinyin" and len(candidate.folded) >= LONG_PINYIN)
    ):
        return ""
    if not about:
        return "伪装写法或暗语须有标的语境"
    return "" if trade or not present.isdisjoint(SURE_CUES) else "伪装写法或暗语须有交易语境"


def boundary(candidate: Candidate, folded: Folded, judge: Judge) -> tuple[str, tuple[str, ...]]:
    """Return why the candidate is no word of its own here, or nothing; and the cut it was judged by."""
    start, end = candidate.start, candidate.end
    if candidate.way.heard and not STOPS.isdisjoint(candidate.matched):
        return "读音跨过标点", ()  # 大，野猪、麂 sounds like 打野猪机
    if candidate.channel not in CUT_CHANNELS or end - start >= LONG:
        return "", ()
    if candidate.way.heard and judge.is_word(candidate.folded):
        return "普通词，与标的谐音", ()
    left, right = (0, len(folded.text)) if candidate.channel == "inserted" else _clause(folded, start, end)
    cut = judge.cut(folded.text, start, end, left, right)
    if cut.verdict == "word":
        return "", cut.words
    if candidate.channel == "inserted" and cut.verdict == "inside":
        return "", cut.words  # 象*牙白: the longer word does not excuse the disguise
    reason = "处在更长的词中" if cut.verdict == "inside" else "跨越词的边界"
    return f"{reason}：{'/'.join(cut.words)}", cut.words


def _clause(folded: Folded, start: int, end: int) -> tuple[int, int]:
    """Return the run of characters around [start, end) that stand side by side in the original text."""
    low, high = max(0, start - WINDOW), min(len(folded.text), end + WINDOW)
    if folded.index[high - 1] - folded.index[low] == high - low - 1:  # most have nothing between them
        return low, high
    left = next((at for at in range(start, low, -1) if folded.index[at] - folded.index[at - 1] > 1), low)
    right = next((at for at in range(end, high) if folded.index[at] - folded.index[at - 1] > 1), high)
    return left, right
