"""Conventions are executed: sizes, names, docstrings, dotted paths, what a commit must not hold."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = {
    "crawler": "GET", "keywords": "FIND", "pipelines": "DECIDE", "storage": "KEEP", "referrals": "TELL", "console": "JUDGE", "wangdun": "RUN",
}  # fmt: skip
BANNED_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "core", "misc"}
LONGEST_FUNCTION, LONGEST_FILE = 60, 400
MEDIAN_FUNCTION, P95_FUNCTION, P95_FILE = 8, 35, 300


def _sources() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def _functions(path: Path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.end_lineno - node.lineno + 1


def _percentile(values: list[int], share: float) -> int:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def test_functions_are_short():
    sizes = {(path, name): size for path in _sources() for name, size in _functions(path)}
    too_long = {f"{path.relative_to(ROOT)}:{name}": n for (path, name), n in sizes.items() if n > LONGEST_FUNCTION}
    assert too_long == {}
    assert statistics.median(sizes.values()) <= MEDIAN_FUNCTION
    assert _percentile(list(sizes.values()), 0.95) <= P95_FUNCTION


def test_files_are_short():
    sizes = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in _sources()}
    assert {str(path.relative_to(ROOT)): n for path, n in sizes.items() if n > LONGEST_FILE} == {}
    assert _percentile(list(sizes.values()), 0.95) <= P95_FILE


@pytest.mark.parametrize(("package", "verb"), PACKAGES.items())
def test_package_docstring_begins_with_its_verb(package, verb):
    said = import_module(package).__doc__ or ""
    assert said.startswith(f"{verb}: ")
    assert "May " in said or package == "wangdun"


def test_no_module_is_called_after_nothing():
    assert [str(path) for path in _sources() if path.stem in BANNED_NAMES] == []


def test_settings_name_what_exists():
    from crawler.settings import BASE

    for setting in ("ITEM_PIPELINES", "DOWNLOADER_MIDDLEWARES", "SPIDER_MIDDLEWARES", "EXTENSIONS"):
        for dotted in BASE[setting]:
            module, _, name = dotted.rpartition(".")
            assert hasattr(import_module(module), name), dotted


def test_every_stage_of_the_pipeline_is_in_the_settings():
    from crawler.settings import PIPELINES

    stages = {
        path.stem
        for path in (ROOT / "pipelines").glob("*.py")
        if "def process_item" in path.read_text(encoding="utf-8")
    }
    assert {dotted.split(".")[1] for dotted in PIPELINES} == stages


def test_no_except_swallows_everything_without_a_reason():
    for path in _sources():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(r"except(\s+(Base)?Exception\b.*)?:\s*$", line):
                pytest.fail(f"{path.relative_to(ROOT)}:{number}: no reason given")


def test_each_test_folder_is_a_package():
    folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_locks_have_hashes_and_name_no_index():
    locks = [ROOT / "requirements.lock", ROOT / "requirements-dev.lock", *ROOT.glob("tests/**/requirements.lock")]
    assert len(locks) == 4
    for lock in locks:
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text
        assert "--index" not in text
        pinned = len(re.findall(r"^[\w.\[\]-]+==", text, re.MULTILINE))
        assert pinned == len(re.findall(r"^[\w.\[\]-]+==[^\n]*\\\n    --hash=sha256:", text, re.MULTILINE))


def test_declared_dependencies_are_the_ones_imported():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    names = {re.split(r"[\[<>=]", one)[0] for one in declared}
    # imported under another name, or needed by name only: a database driver, time-zone data
    other = {
        "pyyaml": "yaml",
        "psycopg": "psycopg",
        "tzdata": None,
        "jinja2": "jinja2",
        "python-docx": "docx",
        "pillow": "PIL",
        "argon2-cffi": "argon2",
        "scikit-learn": "sklearn",
        "python-multipart": None,
    }
    text = "\n".join(path.read_text(encoding="utf-8") for path in _sources())
    for name in names:
        module = other.get(name, name.replace("-", "_"))
        if module is not None and module != "psycopg":
            assert re.search(rf"^\s*(?:import|from) {module}\b", text, re.MULTILINE), (
                f"{name} is declared, not imported"
            )


def test_nothing_that_must_stay_out_was_committed():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    files = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    phone = re.compile(rb"(?<!\d)1[3-9]\d{9}(?!\d)")
    for path in files:
        if path.suffix in {".lock", ".png", ".gz", ".jpg", ".bin"} or not path.is_file():
            continue
        for number in phone.findall(path.read_bytes()):
            assert number.startswith(b"1380000") or path.parent.name == "fields", f"{path}: {number.decode()}"
