"""Topic patterns with placeholders: `city/{area}/{kind}/{device}`, `plant/{device}/#`, `v1/dev-{device}/up`.

A pattern gives the filter to subscribe to and reads the placeholders back out of a topic.
"""

import re
from dataclasses import dataclass, field

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_DEVICE_ID = re.compile(r"(?!\.\.?\Z)[A-Za-z0-9_.:-]{1,64}")
MAX_TOPIC = 512


@dataclass(frozen=True, slots=True)
class TopicPattern:
    """`filter` is what the broker is asked for; `names` are the placeholders in order."""

    text: str
    filter: str
    names: tuple[str, ...]
    _expression: re.Pattern[str] = field(repr=False)

    def read(self, topic: str) -> dict[str, str] | None:
        """The placeholders' values, None when the topic does not fit."""
        match = self._expression.fullmatch(topic) if len(topic) <= MAX_TOPIC else None
        return match.groupdict() if match else None


def compile_topic(text: str) -> TopicPattern:
    """Raises ValueError saying what to write instead."""
    levels = text.split("/")
    names = _PLACEHOLDER.findall(text)
    if len(names) != len(set(names)):
        raise ValueError(f"topic pattern {text!r} names a placeholder twice | give each its own name")
    if text.startswith("$") or not text:
        raise ValueError(f"topic pattern {text!r} must not be empty or begin with $ | such as city/{{device}}")
    filters, expressions = [], []
    for position, level in enumerate(levels):
        if level == "#":
            if position != len(levels) - 1 or position == 0:
                raise ValueError(
                    f"topic pattern {text!r}: # stands where it may not | put it last, after another level"
                )
            filters.append("#")
            continue
        bare = _PLACEHOLDER.sub("", level)
        if set("{}#") & set(bare) or ("+" in bare and level != "+"):
            raise ValueError(
                f"topic pattern {text!r}: level {level!r} is not understood | use {{device}}, + or plain text"
            )
        filters.append("+" if level == "+" or bare != level else level)
        expressions.append("[^/]*" if level == "+" else _level(level))
    tail = "(?:/.*)?" if levels[-1] == "#" else ""
    return TopicPattern(text, "/".join(filters), tuple(names), re.compile("/".join(expressions) + tail, re.DOTALL))


def overlap(one: str, other: str) -> bool:
    """Whether a topic may fit both filters."""
    ones, others = one.split("/"), other.split("/")
    for a, b in zip(ones, others, strict=False):
        if "#" in (a, b):
            return True
        if a != b and "+" not in (a, b):
            return False
    if len(ones) == len(others):
        return True
    longer, shorter = (ones, others) if len(ones) > len(others) else (others, ones)
    return longer[len(shorter) :] == ["#"]  # `a/#` is also `a`


def _level(level: str) -> str:
    parts = _PLACEHOLDER.split(level)  # plain, name, plain, name, ..., plain
    return "".join(re.escape(part) if k % 2 == 0 else f"(?P<{part}>[^/]+)" for k, part in enumerate(parts))


def is_device_id(text: str) -> bool:
    """Ids go into keys, links and files: letters, digits and `_ . : -` only, at most 64; not . and .. alone, which a
    browser takes for steps in a path."""
    return _DEVICE_ID.fullmatch(text) is not None
