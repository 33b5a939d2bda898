"""What waits to be written into the journal is bounded in rows and in characters."""

from __future__ import annotations

from bx24app.portals.exchange_queue import (
    MOST_CHARACTERS,
    MOST_WAITING,
    ExchangeQueue,
    WaitingExchange,
)


def waiting(name: str, characters: int = 10) -> WaitingExchange:
    return WaitingExchange({"method": name, "request": "", "response": "x" * characters}, False)


def names(queue: ExchangeQueue) -> list[str]:
    return [one.row["method"] for one in queue.take()]


def test_beyond_its_rows_the_oldest_are_lost() -> None:
    queue = ExchangeQueue()
    for number in range(MOST_WAITING + 2):
        queue.add(waiting(str(number)))
    assert names(queue)[0] == "2"


def test_beyond_its_characters_the_oldest_are_lost() -> None:
    queue = ExchangeQueue()
    for name in "abc":
        queue.add(waiting(name, MOST_CHARACTERS // 2))
    assert names(queue) == ["b", "c"]
    assert len(queue) == 0


def test_what_is_put_back_comes_first_again() -> None:
    queue = ExchangeQueue()
    queue.add(waiting("first"))
    taken = queue.take()
    queue.add(waiting("second"))
    queue.put_back(taken)
    assert names(queue) == ["first", "second"]


def test_what_is_put_back_is_bounded_too() -> None:
    queue = ExchangeQueue()
    queue.add(waiting("first", MOST_CHARACTERS))
    taken = queue.take()
    queue.add(waiting("second"))
    queue.put_back(taken)
    assert names(queue) == ["second"]
