"""Simulated weather warnings of the simulated city: a few a day, as the CAP files that a weather bureau would send."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from brain.model.area import AreaTree
from feeds.payloads.cap_xml import NAMESPACES
from feeds.payloads.demo_chance import draw

SLOT_MS = 4 * 3_600_000
LASTS_MS = 6 * 3_600_000
QUIET_SHARE = 0.25  # of the slots have no warning

_SENDER = "demo@weather.invalid"


@dataclass(frozen=True, slots=True)
class _Kind:
    """What is warned of, in (Chinese, English). `whole`: for the whole city, else for some towns."""

    event: tuple[str, str]
    colour: tuple[str, str]
    severity: str
    advice: tuple[str, str]
    whole: bool


_KINDS = (
    _Kind(
        ("暴雨", "Rainstorm"),
        ("黄", "yellow"),
        "Moderate",
        ("注意防范低洼易涝点", "Keep away from low-lying roads"),
        False,
    ),
    _Kind(("雷雨大风", "Thunderstorm"), ("蓝", "blue"), "Minor", ("户外作业注意避雷", "Take shelter"), True),
    _Kind(("高温", "Heat"), ("橙", "orange"), "Severe", ("避免午后户外作业", "Avoid outdoor work at noon"), True),
    _Kind(("大雾", "Fog"), ("黄", "yellow"), "Moderate", ("减速慢行", "Drive slowly"), False),
    _Kind(("暴雨", "Rainstorm"), ("橙", "orange"), "Severe", ("转移低洼地带人员", "Leave low-lying places"), False),
)
_LANGUAGES = ("zh-CN", "en-US")


def warning_files(now_ms: int, seed: int, areas: AreaTree) -> list[tuple[str, bytes]]:
    """(file name, CAP 1.2) of the warnings issued until `now_ms` that may still be in force; the same for the same
    arguments, and a file once made never changes. Texts are marked 模拟."""
    first = (now_ms - LASTS_MS) // SLOT_MS
    made = ((slot, _issued_ms(slot, seed)) for slot in range(first, now_ms // SLOT_MS + 1))
    return [
        (f"demo-{slot}.xml", _message(slot, at_ms, seed, areas))
        for slot, at_ms in made
        if at_ms <= now_ms < at_ms + LASTS_MS and (draw(seed, "quiet", slot) >= QUIET_SHARE)
    ]


def _issued_ms(slot: int, seed: int) -> int:
    """On a whole minute within the slot."""
    return slot * SLOT_MS + int(draw(seed, "issued", slot) * SLOT_MS) // 60_000 * 60_000


def _message(slot: int, at_ms: int, seed: int, areas: AreaTree) -> bytes:
    kind = _KINDS[int(draw(seed, "kind", slot) * len(_KINDS))]
    alert = Element("alert", xmlns=NAMESPACES[0])
    said = (("identifier", f"demo-{seed}-{slot}"), ("sender", _SENDER), ("sent", _text_of(at_ms)))
    _add(alert, *said, ("status", "Actual"), ("msgType", "Alert"), ("scope", "Public"))
    places = [areas.get(i) for i in ((areas.root.id,) if kind.whole else _towns(areas, seed, slot))]
    for lang in range(len(_LANGUAGES)):
        _info(alert, lang, kind, at_ms, [(area.id, (area.name, area.name_en)[lang]) for area in places])
    body: bytes = tostring(alert, encoding="utf-8", xml_declaration=True)
    return body


def _info(alert: Element, lang: int, kind: _Kind, at_ms: int, places: Sequence[tuple[str, str]]) -> None:
    info = SubElement(alert, "info")
    _add(info, ("language", _LANGUAGES[lang]), ("category", "Met"), ("event", kind.event[lang]))
    _add(info, ("urgency", "Expected"), ("severity", kind.severity), ("certainty", "Likely"))
    _add(info, ("effective", _text_of(at_ms)), ("expires", _text_of(at_ms + LASTS_MS)))
    headlines = (
        f"模拟：发布{kind.event[0]}{kind.colour[0]}色预警信号",
        f"Simulated: {kind.colour[1]} warning of {kind.event[1].lower()}",
    )
    _add(info, ("headline", headlines[lang]), ("instruction", kind.advice[lang]))
    for area_id, name in places:
        area = SubElement(info, "area")
        _add(area, ("areaDesc", name))
        _add(SubElement(area, "geocode"), ("valueName", "area"), ("value", area_id))


def _towns(areas: AreaTree, seed: int, slot: int) -> Iterator[str]:
    """Three neighbours of the list, at most."""
    below = areas.children(areas.root.id) or (areas.root,)
    start = int(draw(seed, "town", slot) * len(below))
    yield from dict.fromkeys(below[(start + step) % len(below)].id for step in range(3))


def _add(element: Element, *texts: tuple[str, str]) -> None:
    for name, text in texts:
        SubElement(element, name).text = text


def _text_of(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat()
