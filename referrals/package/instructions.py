"""校验说明.txt: how another office checks the package, step by step, with tools that every machine has."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from referrals.package.evidence import Stamp

NOTICE = "网络监测线索，供核查"
TEXT = """校验说明
========

{notice}

本证据包：{subject}
导出时间：{made_at}（北京时间）　导出人：{actor}
生成软件：{software}

一、这是什么
  本包按 BagIt 1.0（RFC 8493）组织。data/ 之内是内容，data/ 之外是清单与说明：
    data/lead-编号/            线索记录（线索记录.txt 便于阅读，lead.json、listing.json 供软件读取）
    data/capture-编号/         一次固定：网页原始数据 *.warc.gz（WARC 1.1，ISO 28500）、截屏 PNG、网页存档 MHTML、
                              文字、图片；manifest.json 为该次固定的清单
    data/capture-编号/timestamps/  可信时间戳（RFC 3161，*.tsr），没有则无此文件夹
    data/custody/custody.jsonl 保管链摘录；head.json 为导出时保管链的最新一条
    manifest-sha256.txt、manifest-sm3.txt        内容文件的 SHA-256、SM3（GB/T 32905）
    tagmanifest-sha256.txt、tagmanifest-sm3.txt  清单与说明文件的 SHA-256、SM3
  采集程序自动取得的材料是线索，不是提取记录；“固证”（kind 为 official）所附笔录、清单经两名提取人签名后方为提取记录。

二、先核对整个压缩包
  随案移送函、保管链中记有本压缩包的 SHA-256。包内的文件（包括 verify.py）证明不了自己没有被整体替换，请先核对它：
    Windows（命令提示符）：  certutil -hashfile 压缩包文件名.zip SHA256
    Linux：                  sha256sum 压缩包文件名.zip

三、核对包内文件（任选其一，互相印证更好；请先解压到空文件夹，在解压出的文件夹里执行）
  1. 随包脚本（Python 3.8 以上，不需要安装其他软件）：
       Windows：  py verify.py            Linux：  python3 -I verify.py
     它核对文件大小、SHA-256、SM3（本机支持时）、有无多余或缺少的文件、保管链、WARC 各记录的哈希；
     有任何不符，逐条列出并以退出码 1 结束。解压后系统自动生成的文件（如 Thumbs.db、.DS_Store）也会列为多余。
  2. Linux 命令：
       sha256sum -c manifest-sha256.txt
       sha256sum -c tagmanifest-sha256.txt
       openssl dgst -sm3 文件名           （与 manifest-sm3.txt 中该文件的值比较）
  3. Windows 命令：
       certutil -hashfile data\\capture-000001\\page.warc.gz SHA256    （与 manifest-sha256.txt 中该文件的值比较）
  4. BagIt 通用软件：
       pip install bagit 之后：  bagit.py --validate .

四、核对保管链
  custody.jsonl 每行一条。带 link 的行是与本包有关的记录，link 依次为：
    序号、时间（UTC）、经手人、动作、固定编号、详情、上一条的哈希
  把 link 写成 JSON（键排序、不加空格、UTF-8、不转义汉字）后计算 SHA-256，应等于该行的 hash。
  不带 link 的行只给出序号和哈希：其内容属于其他线索，不随本包提供；相邻两条靠哈希相连。
  动作 captured 的详情中 digest 是该次固定 manifest.json 的 SHA-256，manifest.json 又列出各文件的 SHA-256。

五、查看网页
  WARC 可用任何通用的 WARC 软件打开（如 warcio、pywb、ReplayWeb.page）；
  MHTML 可用 Chromium 类浏览器打开；截屏可用任何看图软件打开。建议在断网的电脑上打开。

六、可信时间戳
{stamps}
{remarks}"""


def instructions(  # noqa: PLR0913 -- what stands in the text
    *,
    subject: str,
    made_at: str,
    actor: str,
    software: str,
    stamps: Iterable[tuple[str, Stamp]],
    remarks: Iterable[str],
) -> bytes:
    """The text, as Windows' Notepad reads it: with its mark and line ends."""
    said = "\n".join(f"  · {one}" for one in remarks)
    text = TEXT.format(
        notice=NOTICE,
        subject=subject,
        made_at=made_at,
        actor=actor,
        software=software,
        stamps=_about_stamps(tuple(stamps)),
        remarks=f"\n七、其他说明\n{said}\n" if said else "",
    )
    return windows_text(text)


def windows_text(text: str) -> bytes:
    """UTF-8 with the mark by which old Notepads know it, and their line ends."""
    return ("\ufeff" + text.replace("\n", "\r\n")).encode("utf-8", "replace")


def _about_stamps(stamps: tuple[tuple[str, Stamp], ...]) -> str:
    if not stamps:
        return "  无。本包中的文件没有加可信时间戳；时间以采集、固定时的系统时钟为准，见各次固定的清单（manifest.json）。\n"
    lines = [f"    {name}：{one.at:%Y-%m-%d %H:%M:%S} UTC，{one.authority}" for name, one in stamps]
    return (
        "  下列文件有可信时间戳（RFC 3161）：\n"
        + "\n".join(lines)
        + "\n  核对方法（以 page.warc.gz 为例，在其所在文件夹中）：\n"
        + "    openssl ts -verify -in timestamps/page.warc.gz.tsr -token_in -data page.warc.gz -CAfile ca.pem\n"
        + "  ca.pem 应为时间戳服务机构自己公布的根证书；本包如附有 data/timestamps/ca.pem，仅供对照。\n"
    )
