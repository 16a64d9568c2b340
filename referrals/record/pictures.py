"""Two screenshots side by side, with the regions that differ marked. Bounded in memory and size."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageDraw

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH = 700  # pixels of each picture on paper: 1,400 over 16 cm is 220 dots an inch
STRIP = 1700  # pixels: two pictures of this height fill an A4 page
STRIPS = 3  # pages; what is below is told, not shown
GAP = 20  # pixels between the two
WIDEST = 1280  # pixels: what a browser shows, over 16 cm 200 dots an inch
VIEW = 1.3  # height by width: 16 cm × 20.8 cm, with a heading and a caption a page
EDGE = 0.15  # of the height: what sites call their head and their foot
BLOCK = 20  # pixels; a mark covers whole blocks
NOISE = 24  # of 255: what scaling and compression change by themselves
MOST_PIXELS = 40_000_000  # 1280 × 31,000, some 300 MB while it is read; a picture that claims more is not opened
MARK = (208, 0, 0)


@dataclass(frozen=True, slots=True)
class SideBySide:
    """What the comparison of two screenshots gives."""

    strips: tuple[bytes, ...]
    """PNG, top to bottom: left the first capture, right the official one."""
    share: float
    """Part of the compared area (0 to 1) that differs."""
    note: str
    """What a reader must know: sizes, what was left out; or why there is no picture."""
    where: str = ""
    """Where on the page the differences are; empty where there are none."""


def first_view(content: bytes) -> bytes | None:
    """The top of a screenshot as PNG, as much as fills a page of paper; None when it cannot be opened."""
    picture = _read(content)
    if picture is None:
        return None
    part = picture.crop((0, 0, picture.width, min(picture.height, round(picture.width * VIEW))))
    if part.width > WIDEST:
        part = part.resize((WIDEST, round(part.height * WIDEST / part.width)), Image.Resampling.LANCZOS)
    return _png(part)


def side_by_side(first: bytes | None, now: bytes | None) -> SideBySide:
    """Compare two screenshots (PNG); without both there is only a note."""
    if first is None or now is None:
        missing = "、".join(name for name, one in (("首次采集", first), ("本次提取", now)) if one is None)
        return SideBySide((), 0.0, f"{missing}没有截屏，未作图像对照。")
    left, right = _opened(first), _opened(now)
    if left is None or right is None:
        return SideBySide((), 0.0, "有一幅截屏无法读取或过大，未作图像对照；原文件见证据包。")
    cut = max(left.height, right.height) > STRIP * STRIPS
    left, right = (_padded(one, max(left.height, right.height)) for one in (left, right))
    marks, share = _marks(left, right)
    note = f"两幅截屏缩放到同宽后逐块比较，约 {share:.1%} 的画面不同，已用红框标出。"
    if cut:
        note += f"截屏较长，只对照了上方 {STRIPS} 页的范围；原图见证据包。"
    return SideBySide(tuple(_strips(left, right, marks)), share, note, _where(marks, left.height))


def _where(marks: list[tuple[int, int, int, int]], height: int) -> str:
    if not marks:
        return ""
    if min(top for _, top, _, _ in marks) >= height * (1 - EDGE):
        return "页脚等处"
    return "页首等处" if max(bottom for _, _, _, bottom in marks) <= height * EDGE else "红框处"


def _opened(content: bytes) -> Image.Image | None:
    """Scaled to the common width; None when it is no picture, or too big to be opened."""
    picture = _read(content)
    if picture is None:
        return None
    height = max(1, round(picture.height * WIDTH / picture.width))
    shown = picture.resize((WIDTH, height), Image.Resampling.BILINEAR)
    return shown.crop((0, 0, WIDTH, min(height, STRIP * STRIPS + 1)))


def _read(content: bytes) -> Image.Image | None:
    try:
        with _strict(), Image.open(BytesIO(content), formats=("PNG", "JPEG", "WEBP")) as picture:
            if picture.width * picture.height > MOST_PIXELS or not picture.width:
                return None
            return picture.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None


@contextmanager
def _strict() -> Iterator[None]:
    """The library warns of a picture that claims to be huge, and reads on."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def _padded(picture: Image.Image, height: int) -> Image.Image:
    height = min(height, STRIP * STRIPS)
    sheet = Image.new("RGB", (WIDTH, height), "white")
    sheet.paste(picture.crop((0, 0, WIDTH, min(picture.height, height))), (0, 0))
    return sheet


def _marks(left: Image.Image, right: Image.Image) -> tuple[list[tuple[int, int, int, int]], float]:
    """Boxes around what differs, a row of blocks at a time, and the share of blocks that differ."""
    difference = ImageChops.difference(left, right).convert("L").point(lambda value: 255 if value > NOISE else 0)
    columns, rows = -(-left.width // BLOCK), -(-left.height // BLOCK)
    grid = difference.crop((0, 0, columns * BLOCK, rows * BLOCK)).reduce(BLOCK)
    lit = grid.tobytes()  # a block of the mean: any differing pixels leave a trace of at least 1
    marks = [box for row in range(rows) for box in _runs(lit[row * columns : (row + 1) * columns], row)]
    return _merged(marks), sum(value > 1 for value in lit) / max(1, columns * rows)


def _runs(line: bytes, row: int) -> Iterator[tuple[int, int, int, int]]:
    start = None
    for column, value in enumerate((*line, 0)):
        if value > 1 and start is None:
            start = column
        elif value <= 1 and start is not None:
            yield start * BLOCK, row * BLOCK, column * BLOCK, (row + 1) * BLOCK
            start = None


def _merged(boxes: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """Boxes of following rows that overlap become one: a mark around a paragraph, not around each line."""
    done: list[tuple[int, int, int, int]] = []
    open_: list[tuple[int, int, int, int]] = []
    for box in boxes:
        left, top, right, bottom = box
        still = []
        for other in open_:
            if other[3] < top - BLOCK:  # one clear row of blocks between them
                done.append(other)
            elif other[0] <= right + BLOCK and left <= other[2] + BLOCK:
                left, top = min(left, other[0]), min(top, other[1])
                right, bottom = max(right, other[2]), max(bottom, other[3])
            else:
                still.append(other)
        open_ = [*still, (left, top, right, bottom)]
    return [*done, *open_]


def _strips(left: Image.Image, right: Image.Image, marks: list[tuple[int, int, int, int]]) -> Iterator[bytes]:
    sheet = Image.new("RGB", (2 * WIDTH + GAP, left.height), (120, 120, 120))
    for place, picture in ((0, left), (WIDTH + GAP, right)):
        sheet.paste(picture, (place, 0))
        pen = ImageDraw.Draw(sheet)
        for box in marks:
            edges = (box[0] + place, box[1], min(box[2], WIDTH) - 1 + place, min(box[3], left.height) - 1)
            pen.rectangle(edges, outline=MARK, width=3)
    for top in range(0, sheet.height, STRIP):
        yield _png(sheet.crop((0, top, sheet.width, min(top + STRIP, sheet.height))))


def _png(picture: Image.Image) -> bytes:
    sink = BytesIO()
    picture.save(sink, "PNG", optimize=False)
    return sink.getvalue()
