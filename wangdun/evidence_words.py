"""What the facts of a capture and the details of custody are called on screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wangdun.words import VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FIRST = ("not_captured", "failures", "outcome", "reason")
"""What is not there comes before everything else."""
LABELS = {
    "not_captured": "未固定", "failures": "没有取到", "outcome": "结果", "reason": "原因", "notice": "性质", "method": "取得方式",
    "software": "软件", "operator": "监测单位", "user_agent": "User-Agent", "site": "站点设置", "robots": "robots.txt",
    "policy": "做法", "decision": "结论", "told": "说明", "lexicon_version": "词库版本", "config_sha256": "配置 SHA-256",
    "clock": "时钟", "source": "来源", "synchronised": "已同步", "state": "状态", "offset": "偏差（秒）",
    "estimated_error": "估计误差（秒）", "maximum_error": "最大误差（秒）", "server_date": "服务器 Date 头",
    "server_offset": "与服务器相差（秒）", "environment": "运行环境", "os": "操作系统", "machine": "机型", "python": "Python",
    "hostname": "主机名", "exit_ip": "出口 IP", "network": "网络", "ip": "服务器地址", "protocol": "协议", "tls": "TLS 版本",
    "cipher": "加密套件", "certificate_sha256": "证书 SHA-256", "redirects": "跳转", "from": "从", "to": "到", "how": "方式",
    "as_kept": "保存方式", "headers": "报文头", "body": "正文", "what": "内容", "why": "原因", "url": "网址", "name": "名称",
    "pictures": "图片", "verdict": "等级", "score": "分数", "terms": "命中词", "matched": "命中原文", "factors": "计分",
    "suppressed": "未计入的词", "listing_digest": "内容哈希", "notes": "说明", "asked": "截屏要求", "by": "提出人", "at": "时间",
    "attempt": "第几次尝试", "requested_url": "请求的网址", "final_url": "最后网址", "status": "状态码", "title": "网页标题",
    "browser": "浏览器", "product": "产品", "sandbox": "沙箱", "media_type": "内容类型", "timings": "用时（秒）",
    "page_height": "网页全高（像素）", "picture": "图片尺寸（像素）", "servers": "访问过的服务器", "refused": "拒绝的连接",
    "traffic": "流量（字节）", "dialogs": "弹窗", "unfinished": "没有载完", "viewport": "窗口（像素）", "scripts": "执行脚本",
    "peak_mb": "最多占用内存（MB）", "playwright": "Playwright", "scripts_to_blame": "因脚本看不成", "requests": "放行的请求",
    "blocked": "拦下的请求", "type": "类型", "lead": "线索", "official": "正式固证", "reached": "最后到达",
    "browser_requests": "浏览器放行的请求", "browser_blocked": "浏览器拦下的请求", "began_at": "开始时间", "ended_at": "结束时间",
    "drafts_of": "所属固证", "drafts_of_digest": "所属固证的清单 SHA-256", "platform": "平台", "start": "起始网址",
    "delay": "访问间隔（秒）", "officers": "提取人", "witness": "见证人", "no_witness": "没有见证人的原因", "place": "地点",
    "case": "案由", "unit": "单位", "document": "证件", "digest": "清单 SHA-256", "files": "文件", "kind": "种类",
    "scope": "范围", "captures": "固定（次）", "bytes": "字节", "links": "保管记录（条）", "stamps": "时间戳（个）",
    "hashes": "核对的哈希", "faults": "问题（处）", "first": "第一处", "folder": "文件夹", "file": "文件", "package": "证据包",
    "sha256": "SHA-256", "size": "大小（字节）", "leads": "线索", "note": "说明", "purpose": "用途", "token": "时间戳 SHA-256",
    "authority": "时间戳机构", "day": "日期", "capture": "固定", "position": "位置", "start_urls": "起始网址", "term": "词",
    "channel": "写法", "category": "类别", "text": "原文", "points": "分", "weight": "权重", "encoding": "编码",
    "code": "代码", "count": "次数", "load": "载入", "scroll": "滚动", "archive": "存档", "navigation": "打开", "shot": "截图",
}  # fmt: skip
"""Key of a fact -> its Chinese."""
WORDS = {
    "outcome": {"gone": "网页已不在"},
    "verdict": VERDICTS,
    "policy": {"obey": "遵守", "ignore": "不遵守"},
    "decision": {"allowed": "允许访问", "overridden": "按书面理由访问", "refused": "不允许，没有打开"},
    "kind": {"page": "网页", "pictures": "图片", "screen": "截屏", "official": "正式固证"},
    "what": {"custody": "整条保管链", "head": "链头", "file": "文件"},
}
"""Key of a fact -> its codes in Chinese."""
CUSTODY_LABELS = {"to": "接收", "files": "文件数", "site": "站点"}
HIDDEN = ("digest", "sha256", "token")  # in the table of custody they would fill the line; --json has them
DEEPEST = 6  # levels: facts have four, a damaged row must not end the program


def describe_facts(facts: Mapping[str, Any]) -> Iterator[str]:
    """One line a fact, inner ones indented; what is missing first, empty ones left out."""
    order = sorted(facts, key=lambda key: FIRST.index(key) if key in FIRST else len(FIRST))
    for key in order:
        yield from _lines(key, facts[key], 0)


def _lines(key: str, value: Any, depth: int) -> Iterator[str]:
    if value in (None, "", [], {}):
        return
    pad, name = "　" * depth, LABELS.get(key, key)
    if isinstance(value, dict) and depth < DEEPEST:
        yield f"{pad}{name}："
        for inner, one in value.items():
            yield from _lines(str(inner), one, depth + 1)
    elif isinstance(value, list) and any(isinstance(one, (dict, list)) for one in value):
        yield f"{pad}{name}：{len(value)} 项"
        yield from (f"{pad}　{number}. {_flat(key, one)}" for number, one in enumerate(value, 1))
    else:
        yield f"{pad}{name}：{_flat(key, value)}"


def _flat(key: str, value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict):
        parts = ((LABELS.get(str(inner), str(inner)), _flat(str(inner), one)) for inner, one in value.items())
        return "，".join(f"{name}：{said}" for name, said in parts if said)
    if isinstance(value, list):
        return "、".join(_flat(key, one) for one in value)
    return "" if value is None else WORDS.get(key, {}).get(str(value), str(value))


def describe_detail(detail: Mapping[str, Any]) -> str:
    """What a link of custody says of its action, on one line; hashes left out."""
    parts = []
    for key, value in detail.items():
        if key in HIDDEN or value in (None, "", [], {}):
            continue
        said = str(len(value)) if key == "files" and isinstance(value, list) else _flat(key, value)
        parts.append(f"{CUSTODY_LABELS.get(key) or LABELS.get(key, key)}：{said}")
    return "，".join(parts)
