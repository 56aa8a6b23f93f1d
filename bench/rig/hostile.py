"""Payloads and topics that no honest device sends, from a seed."""

import json
from random import Random

_WORDS = (
    *("../../etc/passwd", "%00", "%2e%2e", "<script>alert(1)</script>", "'; DROP TABLE reading; --", "=1+1", "$SYS"),
    *("设备-七", "\u202egpj", "\ufeff", "e\u0301", "🚰", " ", "\t", "\n", "-", ".", "..", "a" * 65, "a" * 600, "null"),
    *(
        "bench-1",
        "442000101",
        "city",
        "water_level",
        "a.b",
        "a:b",
        "A_b-9",
        "{device}",
        "${CITY_KEY}",
        "\\",
        "|",
        "`id`",
    ),
)
_FORBIDDEN = ("+", "#", "a+b", "a#b", "city/#", "\x00", "bench-\x00", "\ud800")
_REFUSED = set("+#") | {chr(code) for code in (*range(32), *range(127, 160))}
_NUMBERS = (
    "0",
    "-0.0",
    "1e308",
    "1e309",
    "-1e400",
    "9" * 400,
    "0.1",
    "NaN",
    "Infinity",
    "1_000",
    "0x10",
    "１２",
    "1,5",
)
_TIMES = (
    "0",
    "-1",
    "253402300800",
    "99999999999999999999",
    '"2026-02-30"',
    '"yesterday"',
    "null",
    "true",
    "[]",
    "1e12",
)
_VALUES = ("null", "true", '""', '"12"', '"12 cm"', "[]", "{}", "[1]", '{"v":1}', '"\\ud800"', '"\\u0000"')


def payload(random: Random, good_at_s: int) -> bytes:
    """Three of ten are as they should be, with a moment of their own."""
    dice = random.random()
    good = b'{"v":%.2f,"ts":%d}' % (random.random(), good_at_s)
    if dice < 0.3:
        return good
    if dice < 0.5:
        value, at = random.choice((*_NUMBERS, *_VALUES)), random.choice((*_TIMES, str(good_at_s)))
        return f'{{"v":{value},"ts":{at}}}'.encode("utf-8", "surrogatepass")
    if dice < 0.7:
        return _bent(bytearray(good), random)
    if dice < 0.8:
        return good[: random.randrange(len(good))]
    return _strange(random, good)


def _bent(text: bytearray, random: Random) -> bytes:
    for _ in range(random.randint(1, 6)):
        text[random.randrange(len(text))] = random.randrange(256)
    return bytes(text)


def _strange(random: Random, good: bytes) -> bytes:
    depth = random.choice((10, 200, 5000))
    made = (
        lambda: b"",
        lambda: random.randbytes(random.choice((1, 50, 3000))),
        lambda: b"[" * depth + b"]" * depth,
        lambda: b'{"v":' * depth + b"1" + b"}" * depth,
        lambda: good + good,
        lambda: b"\xef\xbb\xbf" + good,
        lambda: good.decode().encode("utf-16"),
        lambda: json.dumps({random.choice(_WORDS): random.choice(_WORDS) for _ in range(20)}).encode(),
        lambda: b'{"v":1,"v":2,' + good[1:],
        lambda: b'{"x":"' + b"y" * random.choice((70_000, 100_000)) + b'",' + good[1:],
    )
    return random.choice(made)()


def topic(random: Random) -> str:
    """Of four levels, so that the broker delivers it, if it lets it pass at all; or not even that."""
    levels = ["city", "442000101", "water_level", f"h-{random.randrange(50)}"]
    for _ in range(random.randint(0, 3)):
        levels[random.randrange(1, 4)] = random.choice(_WORDS)
    if random.random() < 0.3:
        levels[random.randrange(4)] = random.choice(_FORBIDDEN)
    if random.random() < 0.1:
        levels = random.choice((levels[:2], [*levels, "more"], ["", *levels], ["x" * 65_000], ["$SYS", "broker"]))
    return "/".join(levels)


def is_sent(topic: str) -> bool:
    """Whether a broker lets a publisher say it and the subscription city/+/+/+ delivers it; control characters it may
    refuse, and mosquitto does, by ending the connection."""
    try:
        size = len(topic.encode())
    except UnicodeEncodeError:
        return False
    return topic.count("/") == 3 and topic.startswith("city/") and size <= 65_535 and not _REFUSED & set(topic)
