"""``wangdun evidence upload``: copy what lies in the evidence folder into the bucket that is configured now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from wangdun.cli import Command, Invocation, json_option
from wangdun.exceptions import UsageError, WangdunError
from wangdun.output import note, print_json, print_line

if TYPE_CHECKING:
    from storage.evidence.copying import Copied

EVERY = 200  # files between two signs of life
SHOWN = 10  # damaged files that are named: all of them are told by `wangdun evidence verify`


@click.command("upload", cls=Command)
@json_option
@click.pass_obj
def upload(invocation: Invocation, *, as_json: bool) -> None:
    """把证据文件夹里的文件复制到所设的存储桶（storage.evidence.store），逐个核对；可中断，再次运行接着复制。"""
    from storage.evidence.copying import copy_store
    from storage.evidence.objects import Objects

    config = invocation.load().storage
    if config.evidence.store is None:
        raise UsageError("没有设置存储桶：请先填写 storage.evidence.store（s3://桶/前缀）")
    folder = Objects(config.evidence_dir, config.evidence)
    target = Objects.of(config)
    done = copy_store(folder, target, tell=_tell)
    if as_json:
        print_json({"copied": done.copied, "bytes": done.size, "there": done.there, "damaged": done.damaged})
    else:
        print_line(
            f"已复制 {done.copied} 个文件（{done.size / 1e6:.1f} MB），已在存储桶中的 {done.there} 个；文件夹未改动"
        )
    if done.damaged:
        names = "、".join(done.damaged[:SHOWN])
        raise WangdunError(f"{len(done.damaged)} 个文件已损坏，没有复制，请运行 wangdun evidence verify：{names}")


def _tell(done: Copied) -> None:
    count = done.copied + done.there + len(done.damaged)
    if count % EVERY == 0:
        note(f"已处理 {count} 个文件…")
