"""Gates: the rules by which a candidate does not count, each with the name that a reviewer sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keywords.boundary import LONG

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from keywords.boundary import Judge
    from keywords.context import Cue
    from keywords.entries import Entry
    from keywords.match import Candidate

NEAR = 30  # characters on each side in which an excluding word speaks about the candidate
OBJECT_CUES = frozenset({"live", "wild", "no_papers", "secrecy", "craft", "eat", "hunting", "fishing", "import"})
TRADE_CUES = frozenset({"sell", "buy", "pay", "contact", "ship", "price", "quantity", "contact_number", "serve"})
SURE_CUES = frozenset({"wild", "no_papers", "secrecy", "import"})
# Ways of writing that can be an ordinary word by accident, so that jieba is asked too.
CUT_CHANNELS = frozenset({"exact", "width", "variant", "inserted", "homophone", "lookalike", "reordered", "codeword"})


def covered(candidate: Candidate, covers: Sequence[tuple[int, int, tuple[int, ...]]]) -> bool:
    """Tell whether an ordinary word covers a plainly written candidate; it never covers for a disguise."""
    return not candidate.disguised and any(
        start <= candidate.start and candidate.end <= end and candidate.way.entry in entries
        for start, end, entries in covers
    )


def near_word(candidate: Candidate, entry: Entry, folded: str) -> str:
    """Return the excluding word near a plainly written candidate, or nothing."""
    if candidate.disguised or not entry.exclude_near:
        return ""
    around = folded[max(0, candidate.start - NEAR) : candidate.end + NEAR]
    return next((word for word in entry.exclude_near if word in around), "")


def missing_context(candidate: Candidate, entry: Entry, cues: Mapping[str, Sequence[Cue]]) -> str:
    """Return what context the candidate lacks, or nothing."""
    present = cues.keys()
    if candidate.way.gated:
        if not present & (OBJECT_CUES | entry.requires):
            return "伪装写法或暗语须有标的语境"
        if not present & TRADE_CUES and not present & SURE_CUES:
            return "伪装写法或暗语须有交易语境"
        return ""
    if candidate.disguised or not entry.requires:
        return ""
    if not present & entry.requires:
        return "须有语境：" + "、".join(sorted(entry.requires))
    return "" if not entry.common or present & TRADE_CUES else "日常用语，须有交易语境"


def boundary(candidate: Candidate, folded: str, judge: Judge) -> tuple[str, tuple[str, ...]]:
    """Return why the candidate is no word of its own here, or nothing; and the cut it was judged by."""
    if candidate.channel not in CUT_CHANNELS or candidate.end - candidate.start >= LONG:
        return "", ()
    cut = judge.cut(folded, candidate.start, candidate.end)
    if cut.verdict == "word":
        return "", cut.words
    if candidate.channel == "inserted" and cut.verdict == "inside":
        return "", cut.words  # 象*牙白: the longer word does not excuse the disguise
    reason = "处在更长的词中" if cut.verdict == "inside" else "跨越词的边界"
    return f"{reason}：{'/'.join(cut.words)}", cut.words
