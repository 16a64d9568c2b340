"""The command line: light, Chinese, honest about how it ended."""

from __future__ import annotations

import importlib
import json
import re
import signal
import subprocess
import sys

import click
import pytest

from tests import warmed
from tests.wangdun.running import PATIENCE, ROOT, environment, python, wangdun, write_config
from wangdun import chinese
from wangdun.cli import COMMANDS, cli

HAN = re.compile(r"[\u4e00-\u9fff]")


def every_command(group=cli, path=()):
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from every_command(command, (*path, name))


ALL = list(every_command())
IDS = [" ".join(path) for path, _ in ALL]


def test_there_is_a_module_for_each_command():
    files = {path.stem for path in (ROOT / "wangdun" / "commands").glob("*.py")} - {"__init__"}
    beside = {
        name for name in files if name.partition("_")[0] in {"evidence", "campaign"} and "_" in name
    }  # their parts
    parts = {module for module, _ in importlib.import_module("wangdun.commands.refer").PARTS.values()}
    assert files - beside - parts == {name.replace("-", "_") for name in COMMANDS}
    shown = importlib.import_module("wangdun.commands.evidence").command.list_commands(click.Context(cli))
    assert {name.removeprefix("evidence_") for name in beside if name.startswith("evidence_")} <= set(shown)
    for name in COMMANDS:
        assert isinstance(cli.get_command(click.Context(cli), name), click.Command)


@pytest.mark.parametrize(("path", "command"), ALL, ids=IDS)
def test_each_command_and_option_has_chinese_help(path, command):
    assert HAN.search(command.help or "")
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            assert HAN.search(parameter.help or ""), parameter.opts


@pytest.mark.parametrize(("path", "command"), ALL, ids=IDS)
def test_each_command_takes_the_shared_options(path, command):
    options = {option for parameter in command.params for option in parameter.opts}
    assert {"--config", "-c", "--debug"} <= options


@pytest.mark.parametrize("name", list(COMMANDS))
def test_each_command_is_documented(name):
    assert f"| `wangdun {name}` |" in (ROOT / "docs" / "config.md").read_text(encoding="utf-8")


def test_help_imports_no_command_and_nothing_heavy():
    code = """
        import sys
        from wangdun.cli import run
        run(["--help"])
        loaded = [name for name in sys.modules if name.startswith(("wangdun.commands.", "rich", "pydantic", "scrapy",
                  "sqlalchemy", "yaml", "jieba", "numpy", "lxml", "apscheduler"))]
        print("LOADED", loaded)
    """
    shown = python(code, ROOT)
    assert "LOADED []" in shown
    assert all(f"  {name} " in shown for name in COMMANDS)
    assert all(text in shown for text in COMMANDS.values())


def test_click_speaks_chinese(tmp_path):
    shown = wangdun("leads", "list", "--help", cwd=tmp_path).stdout.decode()
    assert shown.startswith("用法： wangdun leads list [选项]")
    assert "选项:" in shown
    for english in ("Usage", "Options", "Commands", "Show", "default"):
        assert english not in shown


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["nonsense"], "没有命令 nonsense"),
        (["leads", "lsit"], "没有命令 lsit"),
        (["check", "--jsn"], "没有选项 --jsn"),
        (["check", "extra"], "多余的参数（extra）"),
        (["leads", "list", "--limit", "many"], "不是数字"),
        (["leads", "list", "--limit", "0"], "超出范围"),
        (["leads", "list", "--limit"], "需要一个值"),
        (["leads", "list", "--verdict", "bad"], "不在可选范围内"),
        (["leads", "show"], "缺少参数"),
        (["leads", "export"], "缺少选项"),
        (["schedule", "now"], "缺少参数"),
        (["leads", "show", "99999999999999999999999"], "超出范围"),
        (["scan"], "缺少参数"),
        (["check", "-c", "none.yaml"], "none.yaml  找不到配置文件"),
    ],
)
def test_wrong_usage_is_exit_code_2_in_chinese(tmp_path, args, said):
    done = warmed.wangdun(*args, cwd=tmp_path)
    errors = done.stderr.decode()
    assert done.returncode == 2, errors
    assert said in errors
    assert "错误：" in errors
    assert done.stdout == b""
    assert "Traceback" not in errors
    assert not re.search(r"\b(Error|Missing|Invalid|Try|Usage)\b", errors)


def test_all_of_clicks_messages_that_can_be_seen_are_translated():
    source = "".join(
        importlib.import_module(f"click.{name}").__loader__.get_source(f"click.{name}")
        for name in ("exceptions", "types", "parser")
    )
    sentences = {text.encode().decode("unicode_escape") for text in re.findall(r"""\b_\(\s*"([^"]+)"\s*\)""", source)}
    unseen = {  # faults of the program, and types that no option here has
        "Invalid start character for option ({option})", "{value!r} is not a valid UUID.",
        "{value!r} is not a valid boolean. Recognized values: {states}", "Choice({choices})",
        "{name} {filename!r} is not executable.", "Missing {param_type}",
    }  # fmt: skip
    assert sentences - unseen - set(chinese.SENTENCES) == set()


def test_version(tmp_path):
    assert re.fullmatch(r"wangdun \d+\.\d+\.\d+\n", wangdun("--version", cwd=tmp_path).stdout.decode())


def test_nothing_at_all_shows_the_help(tmp_path):
    done = wangdun(cwd=tmp_path)
    assert done.returncode == 0
    assert "命令:" in done.stdout.decode()


def test_the_configuration_comes_from_option_or_environment_before_or_after_the_command(tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    path = str(write_config(folder))
    ways = (
        [["check", "--json", "-c", path], {}],
        [["--config", path, "check", "--json"], {}],
        [["check", "--json"], {"WANGDUN_CONFIG": path}],
    )
    for args, env in ways:
        done = warmed.wangdun(*args, cwd=tmp_path, **env)
        assert done.returncode == 0, done.stderr.decode()
        assert json.loads(done.stdout)["config"] == path


def test_check_lists_the_sites(tmp_path):
    write_config(
        tmp_path,
        """
        - {name: 论坛, start: "http://127.0.0.1:9/a", every: 6h, quiet: "23:00-06:30"}
        - {name: 商店, start: "http://127.0.0.1:9/b", robots: {obey: false, reason: 已获站点书面同意}}
        """,
    )
    shown = wangdun("check", cwd=tmp_path).stdout.decode()
    for word in (
        "论坛",
        "商店",
        "每 6h",
        "23:00-06:30",
        "不遵守：已获站点书面同意",
        "仅手动",
        "配置正确：2 个站点",
        "词库版本",
    ):
        assert word in shown
    assert not (tmp_path / "data").exists()


def test_check_refuses_a_broken_lexicon_and_an_unwritable_folder(tmp_path):
    (tmp_path / "own.yaml").write_text("entries: [{term: 象牙, knid: product}]\n", encoding="utf-8")
    write_config(tmp_path, more="keywords:\n  overlay: [own.yaml]\n")
    done = warmed.wangdun("check", cwd=tmp_path)
    assert done.returncode == 2
    assert "own.yaml" in done.stderr.decode()
    write_config(tmp_path)
    (tmp_path / "data").write_text("a file where the folder should be")
    done = warmed.wangdun("check", cwd=tmp_path)
    assert done.returncode == 2
    assert "不是文件夹" in done.stderr.decode()


def test_a_failure_of_the_database_is_exit_code_1_and_one_line(tmp_path):
    write_config(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "wangdun.sqlite").write_bytes(b"this is no database" * 100)
    done = wangdun("leads", "list", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.decode().startswith("错误：")
    assert done.stderr.count(b"\n") == 1
    assert b"Traceback" in warmed.wangdun("leads", "list", "--debug", cwd=tmp_path).stderr


def test_a_fault_of_the_program_is_one_line_unless_debug_is_asked_for():
    code = """
        import click
        from wangdun import cli
        from wangdun.cli import Command, run
        @click.command(cls=Command)
        def broken():
            raise RuntimeError("boom \\x1b[31m")
        cli.LazyGroup.get_command = lambda self, ctx, name: broken
        print("CODE", run(["check"{}]))
    """
    script = [sys.executable, "-c"]
    for more, traced in (("", False), (', "--debug"', True)):
        body = "\n".join(line[8:] for line in code.format(more).splitlines())
        done = subprocess.run([*script, body], capture_output=True, cwd=ROOT, env=environment(), check=True)
        assert b"CODE 1" in done.stdout
        assert "错误：程序内部错误（RuntimeError：boom ␛[31m）" in done.stderr.decode()
        assert (b"Traceback" in done.stderr) == traced


def test_a_reader_that_leaves_early_ends_us_quietly(tmp_path):
    (tmp_path / "many.txt").write_text("出售象牙手镯\n" * 5000, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "wangdun", "scan", "many.txt", "--jobs", "1"],
        cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    with process:
        assert process.stdout.readline().startswith(b'{"id"')
        process.stdout.close()
        errors = process.stderr.read().decode()
        assert process.wait(PATIENCE) == 141
    assert "Traceback" not in errors
    assert "错误" not in errors
    assert "BrokenPipe" not in errors


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_is_exit_code_130(tmp_path, jobs):
    process = subprocess.Popen(
        [sys.executable, "-m", "wangdun", "scan", "-", "--format", "text", "--jobs", jobs],
        cwd=tmp_path, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    with process:
        line = "出售象牙手镯\n".encode() * 300
        process.stdin.write(line * 12)
        process.stdin.flush()
        assert process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "已中断" in errors.decode()
    assert b"Traceback" not in errors
