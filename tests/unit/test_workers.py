"""Who does the work: results in order, few at a time; workers that are not as this process is are refused."""

from __future__ import annotations

import gc
import os
import signal
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from mrv import workers
from mrv.cli import main
from mrv.cli.output import Output
from mrv.cli.progress import ShownProgress, duration_text
from mrv.errors import InputError, UsageError
from mrv.findings import Finding, Phrase
from mrv.provenance import environment


def slow_first(factor: int, piece: int) -> int:
    time.sleep(0.02 if piece == 0 else 0)
    return factor * piece


def failing(_: None, piece: int) -> int:
    if piece == 3:
        raise InputError(
            [Finding("a.tif", "raster-unreadable", "{reason}", {"reason": Phrase("no {x}", x=1)})]
        )
    return piece


@pytest.mark.parametrize("pieces", [0, 1, 5, 500])
def test_results_come_in_the_order_of_the_pieces(pieces):
    with workers.threads(3) as own:
        assert list(workers.in_order(own, slow_first, 2, range(pieces))) == [2 * n for n in range(pieces)]


def test_the_last_messages_to_workers_are_short():
    own = workers.Workers(lambda *_: None, lambda subject: subject, 2, workers.PIECES_AT_ONCE, lambda _: None)
    for count, most in ((0, 0), (1, 1), (7, 7), (363, 35), (10_000, 340)):
        parts = workers._batches(range(count), own)
        assert len(parts) <= most
        assert [piece for part in parts for piece in part] == list(range(count))
        sizes = list(map(len, parts))
        assert sizes == sorted(sizes, reverse=True)
        assert max(sizes, default=0) <= workers.PIECES_AT_ONCE
        assert set(sizes[-6:]) <= {1}


def test_enough_pieces_are_given_out_towards_the_end():
    """Messages are short there, and one long piece must not have all workers wait."""
    given: list[int] = []

    class Kept:
        def __init__(self, pieces: list[int]) -> None:
            self.pieces = pieces

        def result(self) -> list[int]:
            return self.pieces

        def cancel(self) -> None:
            pass

    def submit(_: object, __: object, ___: object, pieces: list[int]) -> Kept:
        given.append(len(pieces))
        return Kept(list(pieces))

    own = workers.Workers(submit, lambda subject: subject, 2, workers.PIECES_AT_ONCE, lambda _: None)
    least = 2 * workers.PIECES_AHEAD
    for taken in workers.in_order(own, slow_first, 1, range(400)):
        assert sum(given) - taken >= min(least, 400 - taken)
    assert sum(given) == 400


def test_only_a_few_results_wait():
    begun: list[int] = []

    def act(_: None, piece: int) -> int:
        begun.append(piece)
        return piece

    with workers.threads(2) as own:
        results = workers.in_order(own, act, None, range(100))
        assert next(results) == 0
        time.sleep(0.05)
        assert len(begun) <= 2 * workers.PIECES_AHEAD + 1
        assert list(results) == list(range(1, 100))


def test_a_failure_arrives_and_nothing_more_is_begun():
    begun: list[int] = []

    def act(_: None, piece: int) -> int:
        begun.append(piece)
        return failing(None, piece)

    with workers.threads(2) as own, pytest.raises(InputError, match="no 1"):
        list(workers.in_order(own, act, None, range(1000)))
    # One more is given out for each of the three results before the failing one.
    assert len(begun) <= 2 * workers.PIECES_AHEAD + 3


def test_a_failure_of_another_process_arrives_whole():
    import pickle

    with pytest.raises(InputError) as failed:
        failing(None, 3)
    arrived = pickle.loads(pickle.dumps(failed.value))
    assert arrived.findings == failed.value.findings
    assert str(arrived) == str(failed.value)
    usage = pickle.loads(pickle.dumps(UsageError("{a} is one", a=1)))
    assert (usage.message, usage.values, str(usage)) == ("{a} is one", {"a": 1}, "1 is one")


def memory_settings(_: None, name: str) -> str | None:
    return os.environ.get(name)


def test_workers_of_this_machine_keep_freed_memory():
    with workers.processes(1) as own:
        found = list(workers.in_order(own, memory_settings, None, list(workers.KEPT_MEMORY)))
    assert found == [str(size) for size in workers.KEPT_MEMORY.values()]


def on_interruption(_: None, number: signal.Signals) -> object:
    return signal.getsignal(number)


def test_an_interruption_is_for_the_process_that_gives_the_work():
    """A terminal interrupts workers as well; one that ended would leave its work waited for for ever."""
    before = signal.getsignal(signal.SIGINT)
    with workers.processes(1) as own:
        assert list(workers.in_order(own, on_interruption, None, [signal.SIGINT])) == [signal.SIG_IGN]
        # What raises while garbage is collected is told and forgotten.
        assert not [call for call in gc.callbacks if call.__module__.startswith("distributed")]
    assert signal.getsignal(signal.SIGINT) is before


class Client:
    """What is asked of a client of Dask, answered for two workers."""

    def __init__(self, own: dict[str, str], sizes: dict[str, int]) -> None:
        self.own, self.sizes = own, sizes

    def run(self, act, *arguments):
        here = act(*arguments)
        if act is environment:
            return {"tcp://a:1": here, "tcp://b:2": {**here, **self.own}}
        there = [self.sizes.get(path.name, size) for path, size in zip(arguments[0], here, strict=True)]
        return {"tcp://a:1": here, "tcp://b:2": there}

    def submit(self, act, *arguments, **options):
        raise NotImplementedError

    def nthreads(self):
        return {"tcp://a:1": 1, "tcp://b:2": 3}


def test_workers_of_another_version_are_refused():
    with pytest.raises(UsageError, match=r"worker tcp://b:2 has numpy 1\.0; this machine has"):
        workers._of_client(Client({"numpy": "1.0"}, {}))
    assert workers._of_client(Client({}, {})).count == 4


def test_workers_that_do_not_see_the_files_are_refused(tmp_path: Path):
    for name in ("a.tif", "b.tif"):
        (tmp_path / name).write_bytes(b"x")
    files = [tmp_path / "a.tif", tmp_path / "b.tif"]
    workers._of_client(Client({}, {})).check_files(files)
    with pytest.raises(UsageError, match=r"worker tcp://b:2 does not see .*b\.tif"):
        workers._of_client(Client({}, {"b.tif": 0})).check_files(files)


def test_a_scheduler_that_does_not_answer(monkeypatch, tmp_path):
    monkeypatch.setattr(workers, "WAIT_S", 0.2)
    arguments = ["map", "data/demo", "--model", "m", "--date", "2020-01-01", "-o", str(tmp_path / "out")]
    result = CliRunner().invoke(main, [*arguments, "--scheduler", "tcp://127.0.0.1:9"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "tcp://127.0.0.1:9: no Dask scheduler answers within 0.2 s\n"
    both = CliRunner().invoke(main, [*arguments, "--workers", "2", "--scheduler", "tcp://127.0.0.1:9"])
    assert both.exit_code == 2
    assert "exclude each other" in both.stderr


def test_where_nobody_watches_a_line_is_told_now_and_then(monkeypatch, capsys):
    monkeypatch.setattr("mrv.cli.progress.EVERY_S", 0.0)
    with ShownProgress(Output(False, "en", 0)).long_step("Predicting", 4) as advance:
        advance(1)
        advance(3)
    assert capsys.readouterr() == ("", "Predicting: 1 of 4, about 0:00 left\n")
    for quiet in (Output(False, "en", -1), Output(False, "zh", -1)):
        with ShownProgress(quiet).long_step("Predicting", 4) as advance:
            advance(1)
    assert capsys.readouterr() == ("", "")
    with ShownProgress(Output(False, "zh", 0)).long_step("Predicting", 4) as advance:
        advance(2)
    assert capsys.readouterr().err == "正在预测：已完成 2／4，预计还需 0:00\n"


def test_durations():
    assert [duration_text(seconds) for seconds in (0, 59.6, 61, 3661)] == ["0:00", "1:00", "1:01", "1:01:01"]
