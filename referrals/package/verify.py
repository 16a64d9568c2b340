"""核验本证据包：python3 verify.py（Windows：py verify.py）。只用 Python 3.8 以上自带的库，不联网，不改动任何文件。"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import sys
from pathlib import Path

ROOT = (Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent).resolve()
BAD: list[str] = []
ACTIONS = {"captured": "固定", "recovered": "恢复", "viewed": "查看", "copied": "复制", "exported": "导出", "swept": "清理",
           "transferred": "移交", "verified": "核验", "stamped": "加盖时间戳", "deleted": "按保留期删除"}  # fmt: skip


def say(good: bool, text: str) -> None:
    print("正确　" if good else "错误　", text if text.isprintable() else ascii(text), sep="")
    BAD.extend([] if good else [text])


def digest(path: Path, algorithm: str = "sha256") -> str:
    return hashlib.new(algorithm, path.read_bytes()).hexdigest()  # one capture has some 64 MB at most


def check_sums(manifest: Path) -> set[str]:
    algorithm = manifest.stem.rpartition("-")[2]
    sums = {line[line.index("  ") + 2 :]: line.split()[0] for line in manifest.read_text("utf-8").splitlines()}
    try:
        hashlib.new(algorithm)
    except ValueError:
        print(f"未核　本机的 Python 不支持 {algorithm}，{manifest.name} 未核对，可用 openssl dgst -{algorithm}")
        return set(sums)
    for name, value in sums.items():
        path = (ROOT / name).resolve()  # where a link leads: not out of the package
        found = digest(path, algorithm) if ROOT in path.parents and path.is_file() else "缺少该文件"
        told = "一致" if found == value else f"不符，清单为 {value}，实为 {found}"
        say(found == value, f"{name}：{algorithm.upper()} {told}")
    return set(sums)


def check_files(root: Path) -> None:
    manifests = [*sorted(root.glob("manifest-*.txt")), *sorted(root.glob("tagmanifest-*.txt"))]
    say(len(manifests) == 4, f"校验清单 {len(manifests)} 份（应为 4 份）")
    known = {name for one in manifests for name in check_sums(one)} | {one.name for one in manifests[2:]}
    there = {path.relative_to(root).as_posix() for path in root.rglob("*") if not path.is_dir()}
    for name in sorted(there - known):
        say(False, f"{name}：清单中没有这个文件")
    sizes = [(root / name).stat().st_size for name in there if name.startswith("data/")]
    oxum = f"Payload-Oxum: {sum(sizes)}.{len(sizes)}"
    say(oxum in (root / "bag-info.txt").read_text("utf-8").splitlines(), f"总字节数与文件数（{oxum}）")


def check_custody(root: Path) -> None:
    sealed, last, hashes = {}, (0, ""), {}
    for line in (root / "data/custody/custody.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        link = row.get("link") or [row["id"], "", "", "", None, {}, row["previous"]]
        if "link" in row:
            text = json.dumps(link, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
            good = hashlib.sha256(text.encode()).hexdigest() == row["hash"]
            say(good, f"保管记录第 {link[0]} 条（{ACTIONS.get(link[3], link[3])}）")
        if link[3] in {"captured", "recovered"}:
            sealed[f"capture-{link[4]:06}"] = link[5]["digest"]
        if last[0] + 1 == link[0] > 1 and last[1]:
            say(last[1] == link[6], f"保管记录第 {last[0]} 条与第 {link[0]} 条相连")
        last, hashes[link[0]] = (link[0], row["hash"]), row["hash"]
    head = json.loads((root / "data/custody/head.json").read_text("utf-8"))["head"] or {"id": 0, "hash": ""}
    good = head["id"] >= last[0] and hashes.get(head["id"], head["hash"]) == head["hash"]
    say(good, f"链头（第 {head['id']} 条）与保管记录末条（第 {last[0]} 条）相符")
    for folder in sorted((root / "data").glob("capture-*")):
        say(sealed.get(folder.name) == digest(folder / "manifest.json"), f"{folder.name} 的固定清单与保管记录一致")
        for one in json.loads((folder / "manifest.json").read_text("utf-8"))["files"]:
            say(digest(folder / one["name"]) == one["sha256"], f"{folder.name}/{one['name']} 与固定清单一致")


def check_warc(path: Path) -> None:
    count, good = 0, True
    with gzip.open(path) as file:
        while good and file.readline().startswith(b"WARC/1."):
            fields = dict(line.rstrip(b"\r\n").split(b": ", 1) for line in iter(file.readline, b"\r\n"))
            name, _, value = fields[b"WARC-Block-Digest"].decode().partition(":")
            made = hashlib.new(name, file.read(int(fields[b"Content-Length"]))).digest()
            good = base64.b32encode(made).decode() == value and file.read(4) == b"\r\n\r\n"
            count += 1
        good = good and count > 0 and not file.read(1)
        say(good, f"{path.parent.name}/{path.name}：第 1 至 {count} 条 WARC 记录与其哈希相符")


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    warcs = [(check_warc, one) for one in sorted(ROOT.rglob("*.warc.gz"))]
    for check, path in [(check_files, ROOT), (check_custody, ROOT), *warcs]:
        try:
            check(path)
        except Exception as error:  # noqa: BLE001 -- whatever a damaged file causes is a finding
            say(False, f"{path.name} 无法核对（{type(error).__name__}：{error}）")
    print(f"结论：有 {len(BAD)} 处不符，本证据包已被改动或损坏" if BAD else "结论：全部相符（网络监测线索，供核查）")
    sys.exit(1 if BAD else 0)
