"""Texts that YAML allows and that would end the process, or stall it, are refused in one sentence."""

import subprocess
import sys

import pytest

from wangdun import yaml_lines

DEPTH = 100_000  # libyaml's binding overflows the C stack at some ten thousand


@pytest.mark.parametrize(
    "text",
    ["'[' * N", "'[' * N + ']' * N", "'a: ' + '{a: ' * N", "'- ' * N", "'crawler:\\n  sites: ' + '[' * N"],
)
def test_deep_nesting_is_refused_and_does_not_end_the_process(text):
    """In a process of its own: what this guards against is a segmentation fault."""
    program = f"from wangdun import yaml_lines; N = {DEPTH}; print(yaml_lines.read({text}).mistakes)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-300:]
    assert "嵌套太深" in done.stdout.decode()


def test_the_line_of_the_deep_place_is_named():
    (mistake,) = yaml_lines.read("crawler:\n  sites:\n    - " + "[" * 50 + "]" * 50).mistakes
    assert (mistake.line, mistake.message) == (3, yaml_lines.TOO_DEEP)


def test_as_deep_as_any_setting_needs_is_read():
    depth = yaml_lines.MAX_DEPTH - 1
    document = yaml_lines.read("a: " + "[" * depth + "]" * depth)
    assert not document.mistakes
    assert isinstance(document.data["a"][0], list)


def test_an_alias_bomb_and_a_list_within_itself_are_refused():
    bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
    bomb += "".join(
        f"{name}: &{name} [{','.join(['*' + before] * 10)}]\n"
        for before, name in zip("abcdefg", "bcdefgh", strict=True)
    )
    for text in (bomb, "a: &a [*a]\n"):
        (mistake,) = yaml_lines.read(text).mistakes
        assert mistake.message == yaml_lines.TOO_MUCH


def test_a_lone_surrogate_is_named_in_chinese():
    (mistake,) = yaml_lines.read('keywords:\n  province: "\\ud800"\n').mistakes
    assert mistake.line == 2
    assert "不是有效的字符" in mistake.message
