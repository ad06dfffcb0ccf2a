"""What keeps the program from going on goes in, one line for its log comes out."""

from __future__ import annotations


class Refusal(Exception):
    """The program cannot go on; ``str()`` is the one line that is shown."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))
