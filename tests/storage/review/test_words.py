from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.review.words import (
    END,
    MOST_TOKENS,
    pack,
    phrases,
    plain,
    plain_query,
    postgres_query,
    postgres_vector,
    readable,
    says,
    search_row,
    sqlite_query,
    tokens,
    told_query,
)


@pytest.mark.parametrize(("text", "expected"), [
    ("出售猫头鹰", ["出售", "售猫", "猫头", "头鹰", "鹰", END]),
    ("加QQ１２３群", ["加", "qq123", "群", END]),
    ("象\u200b牙🐘🦷", ["象牙", "牙", "🐘", "🦷", END]),
    ("a\0b\ud800'\"\\c", ["a", "b", "c", END]),
    ("", [END]),
])  # fmt: skip
def test_tokens(text, expected):
    assert tokens([text]) == expected


def test_long_texts_are_bounded():
    assert len(tokens(["象牙" * 50_000])) == MOST_TOKENS
    assert len(tokens(["象,"] * 50_000)) == MOST_TOKENS
    assert all(len(token) <= 60 for token in tokens(["x" * 50_000]))


@pytest.mark.parametrize(("query", "sqlite", "postgres"), [
    ("象牙", '"象牙"', "('象牙')"),
    ("猫头鹰 demo_owl", '"猫头 头鹰" AND "demo owl"', "('猫头' & '头鹰') & ('demo' & 'owl')"),
    ("象", '"象" *', "('象':*)"),
    ("1380", '"1380" *', "('1380':*)"),
    ("qq群", '"qq 群" *', "('qq' & '群':*)"),
    ("加群qq", '"加群 群 qq"', "('加群' & '群' & 'qq')"),
    ("\"*'()\0 \ud800 -:^", None, None),
    ("", None, None),
])  # fmt: skip
def test_queries(query, sqlite, postgres):
    assert (sqlite_query(query), postgres_query(query)) == (sqlite, postgres)


@settings(max_examples=100)
@given(st.text(alphabet=st.characters(codec=None), max_size=60))
def test_no_text_escapes_its_quotes(text):
    query = sqlite_query(text)
    assert query is None or set('"*') >= {letter for letter in query if letter.isascii() and not letter.isalnum()} - {
        " "
    }
    assert "''" not in postgres_vector(tokens([text]))


@settings(max_examples=100)
@given(st.text(alphabet="象牙出售猫头鹰aB1，🐘 ", max_size=30), st.integers(0, 30), st.integers(2, 8))
def test_what_a_text_holds_is_found_in_its_tokens(text, start, length):
    """Any part of a text that begins and ends at whole ASCII words is a phrase of its tokens."""
    part = text[start : start + length]
    cut_before = part[:1].isascii() and text[max(start - 1, 0) : start].isascii() and start > 0
    cut_after = part[-1:].isascii() and text[start + length : start + length + 1].isascii()
    if cut_before or cut_after or " " in part:
        return
    row = tokens([text])
    for phrase, goes_on in phrases(part):
        *before, last = phrase
        assert any(
            row[place : place + len(before)] == before
            and place + len(before) < len(row)
            and (row[place + len(before)] == last or (goes_on and row[place + len(before)].startswith(last)))
            for place in range(len(row))
        ), (row, phrase)


def test_rows_come_riskiest_first():
    places = [(80.0, 5), (80.0, 4), (79.99, 900), (0.0, 2), (-3.0, 1)]
    rows = [search_row(*place) for place in places]
    assert rows == sorted(rows, reverse=True)
    assert all(0 < row < 2**63 for row in (*rows, search_row(1e300, 2**47)))


def test_names_that_can_be_read():
    assert all(map(readable, ("象牙", "A 1", "象牙　角", "李明🦉")))
    assert not any(map(readable, ("", "😀", "象\u202e牙", "\u200b", "\u3164", "a\ud800", "——")))


def test_a_telephone_number_in_groups_is_asked_for_as_it_is_kept():
    assert phrases("138-0000-2002") == phrases("13800002002")
    assert phrases("2026-017x") != phrases("2026017x")


def _says_plainly(row, asked):
    """As PostgreSQL is asked."""
    return all(any(piece in plain(row) for piece in pieces) for pieces in plain_query(asked))


@given(st.lists(st.text("象牙虎骨a1 -😀¶", max_size=12), max_size=4), st.text("象牙虎骨a1 -😀", max_size=8))
def test_a_kept_text_says_what_the_index_would(parts, asked):
    """`says` and FTS5 agree on every text and query."""
    said, query = told_query(asked), sqlite_query(asked)
    assert (said is None) == (query is None) == (not plain_query(asked))
    if said is None:
        return
    words = " ".join(tokens(parts))
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE VIRTUAL TABLE s USING fts5(words, tokenize='ascii', content='', columnsize=0)")
        db.execute("INSERT INTO s (rowid, words) VALUES (1, ?)", (words,))
        found = db.execute("SELECT count(*) FROM s WHERE s MATCH ?", (query,)).fetchone()[0]
    assert says(pack(words), said) == bool(found) == _says_plainly(tokens(parts), asked)


def test_no_text_says_nothing():
    assert not says(None, " 象牙 ")
    assert not says(b"", " 象牙 ")


@pytest.mark.parametrize(("row", "expected"), [
    (["猫头", "头鹰", "鹰", "qq", "群", END], " 猫头鹰 qq 群 ¶ "),
    (["象牙", "牙"], " 象牙 "),
    (["象牙"], " 象牙"),
    ([], " "),
])  # fmt: skip
def test_the_plain_text_of_tokens(row, expected):
    assert plain(row) == expected


@pytest.mark.parametrize(("asked", "numbers", "expected"), [
    ("猫头鹰 demo_owls", {}, [("猫头鹰",), (" demo owls",)]),
    ("象 a", {}, [("象",), (" a ",)]),
    ("加群qq1", {}, [("加群 qq1 ",)]),
    ("5678", {"5678": ["13800005678", "5678x"]}, [(" 5678", " 13800005678 ")]),
    ("-- '", {}, []),
])  # fmt: skip
def test_pieces_of_a_plain_text(asked, numbers, expected):
    assert plain_query(asked, numbers) == expected
