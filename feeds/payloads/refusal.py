"""One thing that cannot be taken, on its way to becoming a dead letter."""

from brain.model.reason import Reason


class Refusal(Exception):
    """`detail` says what, where and what to do, and never repeats personal data."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail
