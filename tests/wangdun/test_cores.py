"""Work over several processes: order, flatness, and what happens when one of them dies."""

from __future__ import annotations

import os
import signal
import threading
import time
from itertools import count
from pathlib import Path

import pytest

from keywords.config import KeywordsConfig
from keywords.detector import Detector
from tests import detectors
from tests.wangdun.running import python
from wangdun import cores as module
from wangdun.cores import ALONE, WAITING, Cores
from wangdun.exceptions import WorkersLost

pytestmark = pytest.mark.usefixtures("loaded_once")  # workers that are not forked load their own

LARGE = 4 << 20  # bytes; many times what a pipe or a socket holds


def verdict(text, detector):
    return text, detector.detect(text).verdict.value, os.getpid()


def deadly(item, _detector):
    """Die where the file says so, the first time or every time."""
    number, marker = item
    if number == 7 and marker and not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if number == 7 and not marker:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def failing(number, _detector):
    if number == 9:
        raise ValueError("nine")
    return number


def large(number, _detector):
    return bytes([number]) * LARGE


def torn(number, detector):
    """Twice die while the answer is on its way: the parent is stopped meanwhile, so that it reads nothing of it."""
    if number in (5, 9) and not Path(str(number)).exists():
        Path(str(number)).touch()
        os.kill(os.getppid(), signal.SIGSTOP)
        threading.Thread(target=_die).start()
    return large(number, detector)


def _die():
    time.sleep(0.3)  # the line is full by now
    os.kill(os.getppid(), signal.SIGCONT)
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def two():
    with Cores(KeywordsConfig(), 2) as made:
        yield made


@pytest.fixture(scope="module")
def shared():
    """The same for tests that do not mind whether workers are there already: starting one takes seconds of CPU."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Detector, "load", detectors.once)
        made = Cores(KeywordsConfig(), 2)
    with made:
        yield made


def workers():
    listed = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    names = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in listed if Path(f"/proc/{pid}").exists()}
    return {int(pid) for pid, name in names.items() if b"resource_tracker" not in name and name}


def test_answers_come_in_order_and_from_other_processes_once_there_are_many(two):
    texts = [f"出售象牙手镯 {n}" if n % 3 else f"转让沙发 {n}" for n in range(40)]
    found = list(two.map(verdict, texts))
    assert [text for text, _, _ in found] == texts
    assert [one for _, one, _ in found] == [two.detector.detect(text).verdict.value for text in texts]
    assert {pid for _, _, pid in found[:ALONE]} == {os.getpid()}
    assert os.getpid() not in {pid for _, _, pid in found[ALONE:]}


def test_a_small_input_starts_no_process(two):
    before = workers()
    assert len(list(two.map(verdict, ["出售象牙"] * ALONE))) == ALONE
    assert workers() == before


def test_input_is_read_only_as_far_ahead_as_workers_need(shared):
    taken = count()
    found = shared.map(failing, (next(taken) * 0 for _ in range(100)))
    for _ in range(50):
        next(found)
    assert next(taken) <= 50 + 2 * WAITING + 1
    assert list(found) == [0] * 50


def test_long_texts_are_bounded_by_their_size(shared, monkeypatch):
    monkeypatch.setattr(module, "WAITING_BYTES", 10)
    taken = count()
    found = shared.map(failing, (next(taken) * 0 for _ in range(100)), lambda _: 6)
    for _ in range(20):
        next(found)
    assert next(taken) <= 23
    assert list(found) == [0] * 80


def test_no_worker_outlives_the_block_or_an_unfinished_loop():
    before = workers()
    with Cores(KeywordsConfig(), 2) as made:
        made.start()
        while len(workers() - before) != 2:  # one that is just being started has no name yet
            time.sleep(0.01)
        found = made.map(failing, range(1000))
        next(found)
        found.close()
        assert workers() == before, "what nobody waits for is ended"
        assert list(made.map(failing, range(3))) == [0, 1, 2]
    assert workers() == before


def test_a_worker_that_dies_once_costs_nothing(shared, tmp_path):
    marker = str(tmp_path / "died")
    assert list(shared.map(deadly, [(n, marker) for n in range(30)])) == list(range(30))
    assert Path(marker).exists()


def test_workers_that_die_again_are_a_clear_error(shared):
    shared.start()
    with pytest.raises(WorkersLost, match="--workers 1"):
        list(shared.map(deadly, [(n, "") for n in range(30)]))


def test_an_error_of_a_task_is_raised_at_its_place(shared):
    found = shared.map(failing, range(30))
    assert [next(found) for _ in range(9)] == list(range(9))
    with pytest.raises(ValueError, match="nine"):
        next(found)


def test_workers_end_when_their_parent_is_killed(tmp_path):
    code = """
        import os, signal
        from pathlib import Path
        from keywords.config import KeywordsConfig
        from wangdun.cores import Cores
        if __name__ == "__main__":
            if (pid := os.fork()) == 0:
                cores = Cores(KeywordsConfig(), 2)
                cores.start()
                listed = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text()
                print(listed, flush=True)
                os.kill(os.getpid(), signal.SIGKILL)
            os.waitpid(pid, 0)
    """
    pids = [int(pid) for pid in python(code, tmp_path).split()]
    assert len(pids) == 2
    while any(Path(f"/proc/{pid}").exists() for pid in pids):  # the limit of all tests is the limit of this one
        time.sleep(0.05)


def test_ended_in_the_middle_of_large_answers_nothing_waits_for_their_rest(tmp_path):
    code = """
        from keywords.config import KeywordsConfig
        from tests.wangdun.test_cores import LARGE, large
        from wangdun.cores import Cores
        with Cores(KeywordsConfig(learned=False), 2) as cores:
            for turn in range(40):
                cores.start()
                found = cores.map(large, range(100))
                for _ in range(turn % 3):
                    assert len(next(found)) == LARGE
                found.close()
        print("ended")
    """
    assert python(code, tmp_path) == "ended\n"


def test_workers_killed_in_the_middle_of_large_answers_cost_nothing(tmp_path):
    code = """
        from keywords.config import KeywordsConfig
        from tests.wangdun.test_cores import LARGE, torn
        from wangdun.cores import Cores
        if __name__ == "__main__":
            with Cores(KeywordsConfig(learned=False), 2) as cores:
                cores.start()
                answers = list(cores.map(torn, range(12)))
            assert answers == [bytes([number]) * LARGE for number in range(12)]
            print("ended")
    """
    assert python(code, tmp_path) == "ended\n"
    assert {path.name for path in tmp_path.iterdir()} == {"5", "9"}
