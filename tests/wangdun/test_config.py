"""config.yaml: every mistake named with its line, nothing else accepted."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import warmed
from tests.wangdun.running import ROOT, python
from wangdun import yaml_lines
from wangdun.config import ConfigFile, load
from wangdun.exceptions import ConfigError
from wangdun.mistakes import all_keys

GOOD = """\
crawler:
  contact: demo@example.org
  sites:
    - {name: 论坛, start: "http://127.0.0.1:9/a", every: 6h}
    - name: shop
      platform: generic
      start: [http://127.0.0.1:9/b, http://127.0.0.1:9/c]
      cron: "0 7 * * 1-5"
      quiet: "23:00-06:30"
      active: {from: 2026-11-01, to: 2026-12-31}
storage:
  data_dir: data
wangdun:
  concurrent_sites: 3
"""


def mistakes(tmp_path: Path, text: str | bytes) -> list[tuple[int, str, str]]:
    path = tmp_path / "config.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as caught:
        load(path)
    return [(one.line, one.key, one.message) for one in caught.value.mistakes]


def only(tmp_path: Path, text: str | bytes) -> tuple[int, str, str]:
    found = mistakes(tmp_path, text)
    assert len(found) == 1, found
    return found[0]


def write(tmp_path: Path, text: str = GOOD) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_composes_all_sections(tmp_path):
    config = load(write(tmp_path))
    assert [site.name for site in config.crawler.sites] == ["论坛", "shop"]
    assert config.wangdun.concurrent_sites == 3
    assert config.storage.data_dir == tmp_path / "data"
    assert config.log_dir == tmp_path / "data" / "logs"
    assert config.path == tmp_path / "config.yaml"
    assert config.wangdun.grace.total_seconds() == 60


def test_relative_folders_are_those_of_the_file_wherever_we_stand(tmp_path, monkeypatch):
    write(tmp_path, GOOD + "  log_dir: mylogs\nkeywords:\n  overlay: [own.yaml]\n")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    config = load(Path("../config.yaml"))
    assert config.storage.data_dir.resolve() == tmp_path / "data"
    assert config.log_dir.resolve() == tmp_path / "mylogs"
    assert [path.resolve() for path in config.keywords.overlay] == [tmp_path / "own.yaml"]


def test_hash_follows_settings_not_comments(tmp_path):
    first = load(write(tmp_path)).hash
    assert re.fullmatch(r"[0-9a-f]{64}", first)
    assert load(write(tmp_path, "# 注释\n" + GOOD.replace("6h", "360m"))).hash == first
    assert load(write(tmp_path, GOOD.replace("6h", "5h"))).hash != first


def test_importing_loads_no_engine():
    code = """
        import sys, wangdun.config
        print(sorted({"scrapy", "twisted", "sqlalchemy", "jieba", "rich", "apscheduler"} & set(sys.modules)))
    """
    assert python(code, ROOT).strip() == "[]"


@pytest.mark.parametrize(
    ("text", "line", "key", "said"),
    [
        (GOOD.replace("every: 6h", "evry: 6h"), 4, "crawler.sites[0].evry", "没有这个设置，是不是 every？"),
        (GOOD.replace("platform: generic", "platform: generik"), 6, "crawler.sites[1].platform", "是不是 generic？"),
        (GOOD.replace("platform: generic", "platform: zzz"), 6, "crawler.sites[1].platform", "可用：discuz"),
        (GOOD.replace("0 7 * * 1-5", "0 7 * *"), 8, "crawler.sites[1].cron", "分 时 日 月 周"),
        (GOOD.replace("0 7 * * 1-5", "0 7 31 2 *"), 8, "crawler.sites[1].cron", "永远不会到来"),
        (GOOD.replace("concurrent_sites: 3", "concurrent_sites: 0"), 14, "wangdun.concurrent_sites", "不能小于 1"),
        (GOOD.replace("concurrent_sites: 3", "concurrent_sites: 三"), 14, "wangdun.concurrent_sites", "应为整数"),
        (GOOD.replace("to: 2026-12-31", "to: 2026-10-01"), 10, "crawler.sites[1].active", "不能早于"),
        (GOOD.replace("to: 2026-12-31", "to: 2026-13-41"), 10, "crawler.sites[1].active.to", "值无法识别"),
        (GOOD.replace("name: 论坛", "name: 110"), 4, "crawler.sites[0].name", "请加引号"),
        (GOOD.replace("name: 论坛", "name: a/b"), 4, "crawler.sites[0].name", "格式不对（站点名"),
        (GOOD.replace("name: shop", "name: 论坛"), 1, "crawler", "站点名重复：论坛"),
        (GOOD.replace("http://127.0.0.1:9/c", "ftp://x/"), 7, "crawler.sites[1].start[1]", "http://"),
        (GOOD.replace("every: 6h", 'every: 6h, cron: "0 7 * * *"'), 4, "crawler.sites[0]", "只能写一个"),
        (GOOD.replace("every: 6h", "every: 6小时"), 4, "crawler.sites[0].every", "90s"),
        (GOOD.replace("every: 6h", "robots: {obey: false}"), 4, "crawler.sites[0].robots", "理由"),
        (GOOD.replace("every: 6h", "item: {titel: h1}"), 4, "crawler.sites[0].item.titel", "是不是 title？"),
        (GOOD.replace("every: 6h", 'item: {title: "//["}'), 4, "crawler.sites[0].item.title[0].select", "选择器"),
        (
            GOOD.replace("contact: demo@example.org\n", "contact: ''\n").replace("127.0.0.1:9/a", "a.example/"),
            1,
            "crawler",
            "contact",
        ),
        (GOOD.replace("wangdun:\n  ", ""), 13, "concurrent_sites", "应写在 wangdun 下"),
        (GOOD.replace("wangdun:", "wangdum:"), 13, "wangdum", "是不是 wangdun？"),
        (GOOD.replace("data_dir: data", "url: postgresql://u:secret@h/d"), 12, "storage.url", "WANGDUN_DATABASE_URL"),
        (GOOD.replace("storage:\n  data_dir: data", "storage: data"), 11, "storage", "应为一组设置"),
        (GOOD.replace("sites:\n    -", "sites:\n    - 3\n    -"), 4, "crawler.sites[0]", "应为一组设置"),
        (GOOD.replace("  contact", "  contact: x\n  contact"), 3, "crawler", "键重复：contact"),
        (GOOD.replace("  data_dir", "\tdata_dir"), 12, "", "制表符"),
        (GOOD.replace('"http://127.0.0.1:9/a"', '"http://127.0.0.1:9/a'), 8, "", "从第 4 行开始"),
        (GOOD.replace("data_dir: data", "data_dir: da: ta"), 12, "", "冒号"),
        ("- a\n- b\n", 1, "", "最外层"),
        ("只是一句话\n", 1, "", "最外层"),
        ("", 0, "", "空的"),
        ("# 只有注释\n", 0, "", "空的"),
        (b"crawler: {}\n# \xb2\xe2\xca\xd4\n", 2, "", "UTF-8"),
        ("crawler: {}\n---\nkeywords: {}\n", 2, "", "多个 YAML 文档"),
        ("a: &a {x: 1}\ncrawler:\n  <<: *a\n", 3, "crawler", "<<"),
        ("crawler: !!python/object:os.system x\n", 1, "crawler", "值无法识别"),
        ("crawler: {? [a] : b}\n", 1, "crawler", "键必须是文字"),
    ],
)
def test_a_mistake_names_line_key_and_remedy(tmp_path, text, line, key, said):
    found = mistakes(tmp_path, text)
    assert any(one[:2] == (line, key) and said in one[2] for one in found), found


def test_a_mistake_is_reported_once(tmp_path):
    assert only(tmp_path, GOOD.replace("every: 6h", "evry: 6h"))[0] == 4
    assert only(tmp_path, GOOD.replace("platform: generic", "platform: discus"))[0] == 6
    assert only(tmp_path, GOOD.replace("http://127.0.0.1:9/a", "htp://x"))[1] == "crawler.sites[0].start[0]"


def test_all_mistakes_are_reported_at_once_in_line_order(tmp_path):
    text = (
        GOOD.replace("6h", "x")
        .replace("platform: generic", "platform: q")
        .replace("data_dir", "datadir")
        .replace("3", "-3")
    )
    lines = [line for line, _, _ in mistakes(tmp_path, text)]
    assert {4, 6, 12, 14} <= set(lines)
    assert lines == sorted(lines)


def test_the_message_starts_with_file_and_line(tmp_path):
    path = write(tmp_path, GOOD.replace("every: 6h", "evry: 6h"))
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert str(caught.value) == f"{path}:4  crawler.sites[0].evry：没有这个设置，是不是 every？"


def test_a_hostile_value_cannot_steer_the_terminal(tmp_path):
    path = write(tmp_path, GOOD.replace("name: 论坛", 'name: "\\e[31m\\u202e"'))
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert not re.search("[\x1b\u202e]", str(caught.value))


@pytest.mark.parametrize(
    "text",
    [
        "\n".join([f"a{n}: &a{n} [" + ", ".join([f"*a{n - 1}"] * 9) + "]" if n else "a0: &a0 [x]" for n in range(12)]),
        "a: &a [*a]\n",
        "crawler: " + "[" * 900 + "]" * 900 + "\n",
        "crawler: " + "{a: " * 5000 + "}" * 5000 + "\n",
        "crawler:\n" + "".join(" " * n + "- \n" for n in range(2000)),
    ],
    ids=["billion laughs", "endless alias", "deep list", "deeper mapping", "staircase"],
)
def test_yaml_bombs_are_refused_quickly(tmp_path, text):
    assert mistakes(tmp_path, text)


def test_plain_aliases_are_fine(tmp_path):
    text = GOOD.replace("every: 6h}", "every: 6h, limits: &small {pages: 3}}").replace("  data_dir", "  data_dir")
    text = text.replace("      platform: generic", "      platform: generic\n      limits: *small")
    assert [site.limits.pages for site in load(write(tmp_path, text)).crawler.sites] == [3, 3]


def test_a_missing_or_unreadable_file_is_said_plainly(tmp_path):
    for path, said in ((tmp_path / "none.yaml", "找不到"), (tmp_path, "文件夹")):
        with pytest.raises(ConfigError, match=said):
            load(path)


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    (tmp_path / "config.yaml").write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert len(load(tmp_path / "config.yaml").crawler.sites) == 2


def test_empty_sections_are_fine(tmp_path):
    assert load(write(tmp_path, "crawler:\nkeywords:\nstorage:\nwangdun:\n")).crawler.sites == ()


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_no_text_crashes_the_reader(text):
    document = yaml_lines.read(text)
    assert document.data is None or document.mistakes or document.lines


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["crawler", "sites", "name", "every", "cron", "list", "item", "title", "keywords", "storage", "x"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=15,
    )
)
@settings(max_examples=100, deadline=None)
def test_no_values_crash_the_validation(tmp_path_factory, value):
    import yaml

    path = tmp_path_factory.mktemp("c") / "config.yaml"
    path.write_text(yaml.safe_dump(value, allow_unicode=False), encoding="utf-8")
    with suppress(ConfigError):
        load(path)


def test_any_command_refuses_a_wrong_file_with_exit_code_2(tmp_path):
    write(tmp_path, GOOD.replace("every: 6h", "evry: 6h"))
    for command in (["check"], ["leads", "list"], ["schedule", "list"], ["crawl"]):
        done = warmed.wangdun(*command, cwd=tmp_path)
        assert done.returncode == 2, command
        assert "错误：config.yaml:4  crawler.sites[0].evry".encode() in done.stderr
    assert not (tmp_path / "data").exists()


# the shipped example and the documentation


def documented_keys() -> list[str]:
    # a pick's own keys are described once; quiet is written as one text
    return [
        key
        for key in all_keys(ConfigFile)
        if not key.endswith((".select", ".match", "[].path")) and ".quiet." not in key
    ]


def test_the_example_is_valid():
    assert load(ROOT / "config.yaml").crawler.sites == ()


def test_the_example_is_valid_with_every_comment_taken_away(tmp_path):
    lines = (ROOT / "config.yaml").read_text(encoding="utf-8").splitlines()
    text = "\n".join(re.sub(r"^(\s*)# (?=[ \-]|[a-z_]+:)", r"\1", line) for line in lines)
    text = (
        text.replace("sites: []", "sites:")
        .replace("keywords: {}", "keywords:")
        .replace("console: {}", "console:")
        .replace("referrals: {}", "referrals:")
        .replace('contact: ""', "contact: x@example.org")
    )
    config = load(write(tmp_path, text))
    assert len(config.crawler.sites) == 2
    assert config.keywords.alert == 55
    assert config.referrals.department("public_security").name == "某县公安局"
    assert config.referrals.folder.into == tmp_path / "inbox"


def test_every_key_occurs_in_the_example():
    text = (ROOT / "config.yaml").read_text(encoding="utf-8")
    missing = [key for key in documented_keys() if not re.search(rf"\b{key.rsplit('.', 1)[-1]}:", text)]
    assert missing == []


def test_every_key_is_documented_and_every_documented_key_exists():
    text = (ROOT / "docs" / "config.md").read_text(encoding="utf-8")
    rows = set(
        re.findall(r"^\| `((?:console|crawler|keywords|referrals|storage|wangdun)[\w.\[\]]*)` \|", text, re.MULTILINE)
    )
    assert set(documented_keys()) - rows == set()
    assert rows - set(all_keys(ConfigFile)) == set()


def test_every_key_has_a_chinese_description():
    assert ConfigFile.model_fields["crawler"].description
    for key in documented_keys():
        line = next(
            line
            for line in (ROOT / "docs/config.md").read_text(encoding="utf-8").splitlines()
            if f"| `{key}` |" in line
        )
        assert re.search(r"[\u4e00-\u9fff]|robots", line.split("|")[3]), key
