"""What `benchmarks.evaluate` counts: shares of labelled listings, of ordinary lines and of made-up texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from keywords import claims
from keywords.results import Detection, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

FLAGGED = (Verdict.ALERT, Verdict.REVIEW)
SMALL = 0.02  # shares below this are shown in percent


class Share(NamedTuple):
    """A part of a whole."""

    part: int
    whole: int

    def __str__(self) -> str:
        if not self.whole:
            return "-"
        share = self.part / self.whole
        return f"{self.part}/{self.whole} = " + (f"{share:.3%}" if 0 < share < SMALL else f"{share:.3f}")


class Judged(NamedTuple):
    """One labelled listing and what the detector says of it."""

    item: Mapping[str, Any]
    result: Detection

    @property
    def label(self) -> str:
        return str(self.item["label"])

    @property
    def flagged(self) -> bool:
        return self.result.verdict in FLAGGED

    @property
    def alerted(self) -> bool:
        return self.result.verdict is Verdict.ALERT

    @property
    def disguised(self) -> bool:
        return bool(self.item["evasions"])


def text_of(item: Mapping[str, Any]) -> str:
    """As the crawler hands a page on, account names as they are."""
    return f"{item['title']}\n{item['body']}"


def is_offered(item: Mapping[str, Any]) -> bool:
    """As the crawler's pipeline tells it: the page states a price or a contact."""
    return bool(item.get("price") or item.get("contact"))


def share(judged: Iterable[Judged], name: str) -> Share:
    """How many have the property `name`."""
    values = [bool(getattr(one, name)) for one in judged]
    return Share(sum(values), len(values))


def listing_shares(judged: Sequence[Judged]) -> dict[str, Share]:
    """The rows of the table for one set of labelled listings in one setting."""
    by_label = {label: [one for one in judged if one.label == label] for label in ("lead", "grey", "clear")}
    leads, grey, clear = by_label.values()
    found = [one for one in leads if one.flagged]
    claimed = [one for one in grey if claims.read(text_of(one.item))]
    return {
        "线索列入待核以上": share(leads, "flagged"),
        "　没有伪装的": share([one for one in leads if not one.disguised], "flagged"),
        "　有伪装的": share([one for one in leads if one.disguised], "flagged"),
        "线索被告警": share(leads, "alerted"),
        "灰色地带列入": share(grey, "flagged"),
        "灰色地带被告警": share(grey, "alerted"),
        "　其中声称有证的": share(claimed, "alerted"),
        "正常文本列入（误报）": share(clear, "flagged"),
        "正常文本被告警": share(clear, "alerted"),
        "列入的线索：主办部门正确": matching(found, "lead_department"),
        "列入的线索：意图正确": matching(found, "intent"),
        "列入的线索：命中与标注重叠": Share(sum(map(overlaps, found)), len(found)),
    }


def matching(judged: Sequence[Judged], field: str) -> Share:
    """How often the detector names the labelled lead department or intent."""
    right = 0
    for item, result in judged:
        said = result.intent if field == "intent" else next(iter(result.departments), None)
        right += said == item[field]
    return Share(right, len(judged))


def overlaps(judged: Judged) -> bool:
    """Whether a hit shares a character with a place that the label points at."""
    text = text_of(judged.item)
    marked = [place for span in judged.item["spans"] for place in places(text, span)]
    return any(hit.start < end and start < hit.end for hit in judged.result.hits for start, end in marked)


def places(text: str, span: str) -> Iterator[tuple[int, int]]:
    """Every place of an exact substring."""
    at = text.find(span)
    while at >= 0:
        yield at, at + len(span)
        at = text.find(span, at + 1)


def evasion_shares(judged: Sequence[Judged]) -> dict[str, Share]:
    """Leads that are flagged, by the way they hide."""
    leads = [one for one in judged if one.label == "lead"]
    kinds = sorted({kind for one in leads for kind in one.item["evasions"]})
    return {f"伪装：{kind}": share([one for one in leads if kind in one.item["evasions"]], "flagged") for kind in kinds}


def wrong(judged: Iterable[Judged]) -> list[str]:
    """Ids of leads and grey listings that were missed, and of innocent ones that were flagged."""
    return [f"{one.item['id']} {one.label}" for one in judged if one.flagged != (one.label != "clear")]


def verdict_shares(results: Sequence[Detection]) -> tuple[Share, Share]:
    """Texts at review or above, and at alert."""
    verdicts = [result.verdict for result in results]
    return Share(sum(v in FLAGGED for v in verdicts), len(verdicts)), Share(
        sum(v is Verdict.ALERT for v in verdicts), len(verdicts)
    )
