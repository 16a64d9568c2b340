"""What the record tells of a capture: environment, steps, headers, in Chinese sentences."""

from __future__ import annotations

import platform
import socket
from importlib import metadata
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from wangdun import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from crawler.config import Site
    from crawler.items import Exchange
    from referrals.record.facts import Extraction, Order, Origin, Step
    from referrals.record.offer import Offer
    from storage.evidence.records import Capture
    from storage.leads import Lead
    from wangdun.official.fetching import Found

MOST_HEADERS = 2000  # characters of one answer's headers on paper; all of them are in the WARC


def extraction_of(  # noqa: PLR0913, PLR0917 -- what the record tells of
    order: Order, lead: Lead, site: Site, found: Found, capture: Capture, zone: tzinfo, stamped: str
) -> Extraction:
    """All that the papers need."""
    from crawler.items import Listing
    from referrals.record.facts import Extraction

    account = found.read.seller if isinstance(found.read, Listing) else None
    return Extraction(
        order=order,
        lead_id=lead.id,
        site=f"{urlsplit(lead.url).netloc}（本系统内的站点名：{lead.site}）",
        account=account or lead.seller or "",
        url=lead.url,
        began_at=found.began_at,
        ended_at=found.ended_at,
        zone=zone,
        clock=_clock(capture.facts.get("clock", {})),
        device=_device(),
        software=_software(found),
        network=_network(),
        targets=tuple(_targets(found.seen.exchanges)),
        method=method(found),
        steps=tuple(_steps(found, capture)),
        exchanges=tuple(_told(one) for one in found.seen.exchanges),
        robots=_robots(site, found),
        screen=_screen(capture),
        capture=capture,
        origins=dict(_origins(found, lead.url)),
        timestamp=stamped,
        offer=offer_of(found, lead),
        remarks=tuple(_remarks(found, capture)),
    )


def method(found: Found) -> str:
    """How it was gone about: only what was really done."""
    if not found.seen.exchanges:
        reason = found.seen.failure or "没有答复"
        return f"本次没有向该网址发出请求，也没有用浏览器打开，原因：{reason}。软件没有登录，没有绕过访问限制。"
    parts = ["在公开网络上以 HTTP(S) 访问公开网页：未登录、未提交任何表单、未绕过验证码等访问限制"]
    if found.seen.answer is None:
        parts.append("由软件以 GET 请求该网址，没有得到答复")
    else:
        parts.append("由软件以 GET 请求该网址，逐字节保存往返报文（WARC）")
    if found.shot.png:
        parts.append("再以全新的浏览器环境打开同一网址，整页截屏，保存网页存档")
    elif _browsed(found):
        parts.append("再以全新的浏览器环境打开同一网址，没有得到截屏")
    else:
        parts.append("没有使用浏览器，没有截屏")
    return "；".join(parts) + "。"


def _browsed(found: Found) -> bool:
    return bool(found.shot.png or found.shot.facts.get("product"))


def offer_of(found: Found, lead: Lead) -> Offer:
    """What was offered: as read from the page, else as a person sees it in the browser."""
    from crawler.items import Listing
    from referrals.record.offer import Offer
    from referrals.record.pictures import first_view

    shot = found.shot
    words = tuple(dict.fromkeys(hit.matched for hit in lead.hits))
    view = first_view(shot.png) if shot.png else None
    if isinstance(found.read, Listing):
        return Offer(found.read.title, "\n".join((found.read.body, *found.read.replies)), "text.txt", words, view)
    return Offer(shot.title, shot.text, "screen.txt" if shot.text else "", words, view)


def _clock(clock: dict[str, Any]) -> str:
    parts = [str(clock.get("source", "系统时钟"))]
    if clock.get("synchronised"):
        parts.append(f"已与时间服务器同步，估计误差 {clock.get('estimated_error', 0):.3f} 秒")
    else:
        parts.append(str(clock.get("reason") or "是否同步不明"))
    if clock.get("server_offset") is not None:
        ahead = float(clock["server_offset"])
        parts.append(f"比目标服务器所报时间{'快' if ahead >= 0 else '慢'} {abs(ahead):.1f} 秒（对方只报到秒）")
    return "；".join(parts)


def _device() -> str:
    try:
        system = platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:  # no such file on this system
        system = ""
    return (
        f"{platform.machine()} 计算机，主机名 {platform.node()}；{system or platform.system()}（{platform.release()}）"
    )


def _software(found: Found) -> str:
    product = found.shot.facts.get("product")
    browser = f"浏览器 {product}" if product else "未使用浏览器"
    libraries = "、".join(f"{name} {metadata.version(name)}" for name in ("scrapy", "warcio", "playwright"))
    return f"网盾 {__version__}；Python {platform.python_version()}；{libraries}；{browser}"


def _network() -> str:
    """Our address on the way out, as the routing table says; nothing is sent."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1: connecting a datagram socket only chooses the route
            own = probe.getsockname()[0]
    except OSError:  # no network but this machine's own
        own = ""
    return f"______（由网络管理部门填写）；本机地址 {own or '______'}"


def _targets(exchanges: list[Exchange]) -> Iterator[tuple[str, str, str]]:
    told = {(urlsplit(one.url).netloc, one.ip or "", one.certificate_sha256 or "") for one in exchanges}
    yield from sorted(told)


def _told(exchange: Exchange) -> tuple[str, str]:
    if not exchange.status:
        return f"GET {exchange.url}\n没有答复：{exchange.failure}", ""
    headers = "\n".join(f"{name}: {value}" for name, value in exchange.response_headers)
    if len(headers) > MOST_HEADERS:
        headers = headers[:MOST_HEADERS] + "\n……（其余见 WARC）"
    status = f"{exchange.protocol} {exchange.status} {exchange.reason}".rstrip()
    return f"{exchange.method} {exchange.url}\n{status}，正文 {len(exchange.body):,} 字节", headers


def _steps(found: Found, capture: Capture) -> Iterator[Step]:
    from referrals.record.facts import Step

    yield Step(found.began_at, "启动软件，读取系统时钟的同步状态")
    count = len(found.seen.exchanges)
    if count:
        hops = f"，经 {count - 1} 次跳转" if count > 1 else ""
        kept = "保存全部请求与响应" if found.seen.answer else "没有得到答复，保存所发出的请求"
        yield Step(found.asked_at, f"以 HTTP GET 请求该网址{hops}，{kept}（结果：{found.reached}）")
    else:
        yield Step(found.asked_at, f"没有向该网址发出请求：{found.seen.failure or '没有答复'}")
    pictures = found.seen.pictures
    if pictures.pictures or pictures.failures:
        yield Step(found.opened_at, f"取得信息所附图片 {len(pictures.pictures)} 张，未取得 {len(pictures.failures)} 张")
    shown = "整页截屏，保存网页存档和可见文字" if found.shot.png else found.shot.missing or "没有截屏"
    opened = "以全新的浏览器环境打开该网址" if _browsed(found) else "没有用浏览器打开该网址"
    yield Step(found.opened_at, f"{opened}：{shown}")
    yield Step(capture.sealed_at, "计算各文件的 SHA-256、SM3，写入只增不改的证据库并登记保管链")


def _origins(found: Found, url: str) -> Iterator[tuple[str, Origin]]:
    from referrals.record.facts import Origin
    from wangdun.official.sealing import named_pictures

    for name in ("screen.png", "page.mhtml", "screen.txt"):
        yield name, Origin(found.shot.final_url or url, found.ended_at)
    answered = {one.url: one.answered_at for one in found.seen.pictures.exchanges}
    for name, picture in named_pictures(found):
        yield name, Origin(picture.url, answered.get(picture.url, found.opened_at))


def _robots(site: Site, found: Found) -> str:
    if not site.robots.obey:
        return f"未遵守 robots.txt，书面理由：{site.robots.reason}"
    return "遵守 robots.txt" + ("" if found.seen.exchanges else "；该网址未访问")


def _screen(capture: Capture) -> str:
    file = next((one for one in capture.files if one.role == "screenshot"), None)
    if file is None:
        return f"无截屏。{capture.missing}"
    width, height = _measure(capture)
    size = f"，{width} × {height} 像素" if width and height else ""
    return f"整页截屏 {file.name}{size}\nSHA-256：{file.sha256}"


def _measure(capture: Capture) -> tuple[Any, Any]:
    picture = capture.facts.get("browser", {}).get("picture")
    if isinstance(picture, dict):
        return picture.get("width"), picture.get("height")
    return (picture[0], picture[1]) if isinstance(picture, list) and len(picture) == 2 else (None, None)


def _remarks(found: Found, capture: Capture) -> Iterator[str]:
    if capture.missing:
        yield f"未能取得：{capture.missing}。"
    if not found.obtained:
        yield "本次没有取得该网页。本笔录只记载尝试的经过和结果，不是网页内容的提取记录。"
    elif not found.shot.png:
        yield "本次没有截屏，页面内容以网页原始数据（WARC）为准。"
