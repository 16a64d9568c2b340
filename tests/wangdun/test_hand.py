"""One process at the far end of a line: what it says when it cannot work, and that it never outlives its end."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from keywords.config import KeywordsConfig
from tests import detectors
from wangdun.exceptions import LexiconChanged, WorkersLost
from wangdun.hand import Hand, Loading


class StubbornError(Exception):
    """Cannot be copied to another process."""

    def __init__(self, one, two):
        super().__init__(one + two)


def double(number, _detector):
    return 2 * number


def strange(_given, _detector):
    return threading.Lock()  # cannot be copied either


def refuse(word, _detector):
    raise StubbornError(word, "!")


def fail(number, _detector):
    raise ValueError(number)


def leave(_given, _detector):
    raise SystemExit


def made(version=None):
    config = KeywordsConfig(learned=False)
    hand = Hand(Loading(config, detectors.kept(), version or detectors.rules().version), threading.Lock())
    hand.spawn()
    return hand


@pytest.fixture(scope="module")
def running():
    hand = made()
    yield hand
    hand.kill()
    hand.close()


def test_answers_and_errors_come_back_and_it_goes_on(running):
    assert running.ask(double, 4) == 8
    with pytest.raises(ValueError, match="7") as caught:
        running.ask(fail, 7)
    assert "test_hand.py" in "".join(caught.value.__notes__), "where it happened, over there"
    with pytest.raises(RuntimeError, match="StubbornError: ab!"):
        running.ask(refuse, "ab")
    with pytest.raises(TypeError, match="lock"):
        running.ask(strange, None)
    with pytest.raises(TypeError, match="lock"):
        running.ask(double, threading.Lock())
    assert running.ask(double, 5) == 10


def test_another_lexicon_than_the_parents_is_refused():
    hand = made("another")
    with pytest.raises(LexiconChanged, match="词库在运行中有改动"):
        hand.ask(double, 1)
    hand.kill()
    hand.close()


def test_an_ended_one_is_not_started_again():
    hand = made()
    pid = hand._process.pid
    hand.kill()
    with pytest.raises(WorkersLost):
        hand.ask(double, 1)
    hand.close()
    with pytest.raises(WorkersLost):
        hand.ask(double, 1)
    assert not Path(f"/proc/{pid}").exists()


def test_a_process_that_leaves_over_a_task_is_replaced_once():
    hand = made()
    with pytest.raises(WorkersLost):
        hand.ask(leave, None)
    assert hand.ask(double, 3) == 6, "the next task has a try of its own"
    hand.kill()
    hand.close()
