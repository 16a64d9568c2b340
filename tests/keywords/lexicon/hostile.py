"""YAML that nobody writes by hand, by name."""

from __future__ import annotations

BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nentries: [*c, *c]\n"
FILES: dict[str, bytes] = {
    "deep brackets": b"[" * 100_000,
    "deep maps": b"{a: " * 100_000,
    "deep dashes": b"- " * 100_000 + b"x",
    "deep lines": b"".join(b" " * level + b"a:\n" for level in range(2_000)),
    "alias bomb": BOMB.encode(),
    "an alias to itself": b"entries: &a [*a]\n",
    "ten megabytes": b"entries:\n" + b"  - {term: abc}\n" * 700_000,
    "a list": b"- 1\n- 2\n",
    "a number": b"42\n",
    "entries as text": b"entries: nothing\n",
    "an entry as text": b"entries: [abc]\n",
    "a term as number": b"entries: [{term: 1}]\n",
    "a term as date": b"entries: [{term: 2026-11-01}]\n",
    "a date that is none": b"entries: [{term: 2026-13-45}]\n",
    "an endless number": b"entries: [{term: " + b"9" * 10_000 + b"}]\n",
    "an empty term": b"entries: [{term: ''}]\n",
    "a lone surrogate": b'entries: [{term: "\\ud800"}]\n',
    "raw surrogate bytes": b"entries: [{term: \xed\xa0\x80}]\n",
    "a NUL": b'entries: [{term: "a\\0b"}]\n',
    "an escape": b'entries: [{term: "\\e[31m"}]\n',
    "not UTF-8": "entries: [{term: 象牙}]\n".encode("gb18030"),
    "a Python object": b"entries: !!python/object/apply:os.system [id]\n",
    "two documents": b"entries: []\n---\nentries: []\n",
    "a key twice": "entries: []\nabout: x\nentries: [{term: 象牙}]\n".encode(),
    "a list as key": b"? [a]\n: b\n",
    "too many composed": b"compose: [{heads: ["
    + b",".join(b"a%d" % number for number in range(300))
    + b"], parts: ["
    + b",".join(b"b%d" % number for number in range(300))
    + b"], entry: {term: '{head}{part}'}}]\n",
}
