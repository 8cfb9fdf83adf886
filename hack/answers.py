#!/usr/bin/env python3
"""Asks each URL until two different servers have answered, and prints who answered.

Exits with 1 if one does not answer, or if only one server ever does: then nobody takes turns.
"""

from __future__ import annotations

import sys
import time
import urllib.error
import urllib.request

# Each connection picks one of two servers at random: all of 20 going to the same has a chance of one in 500,000.
_TRIES = 20
# A service is reachable a second or so after its pods are ready.
_FIRST_ANSWER_SECONDS = 30.0


def ask(url: str) -> tuple[int, str]:
    """Status and the name of the server that answered. Raises OSError."""
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.status, answer.headers.get("X-Served-By", "?")


def first_answer(url: str) -> tuple[int, str]:
    """Ask again until there is an answer. Raises OSError."""
    deadline = time.monotonic() + _FIRST_ANSWER_SECONDS
    while True:
        try:
            return ask(url)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def main(urls: list[str]) -> int:
    taking_turns = True
    for url in urls:
        try:
            answers = [first_answer(url)]
            print(f"GET {url}  {answers[0][0]} from {answers[0][1]}", flush=True)
            while len(answers) < 4 or (len({server for _, server in answers}) < 2 and len(answers) < _TRIES):
                answers.append(ask(url))
                print(f"GET {url}  {answers[-1][0]} from {answers[-1][1]}", flush=True)
        except OSError as error:
            print(f"error: {url} does not answer: {error}", file=sys.stderr)
            return 1
        taking_turns &= len({server for _, server in answers}) > 1
    if not taking_turns:
        print("error: the same server answered every time", file=sys.stderr)
    return 0 if taking_turns else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
