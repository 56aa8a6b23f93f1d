"""From a CAP 1.2 message to weather warnings, or to a refusal that says which element and why."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from xml.etree.ElementTree import Element

from brain.model.area import AreaTree, LonLat
from brain.model.clock import utc_ms
from brain.model.reason import Reason
from brain.model.warned_areas import Shape, area_of_code, circle, outline, touched
from brain.model.warning import Reference, WarningEnd, WeatherWarning, Wording
from feeds.payloads.cap_level import level_of
from feeds.payloads.cap_xml import children, pairs, text, texts
from feeds.payloads.refusal import Refusal

UnknownArea = Literal["refuse", "city"]

_HOUR_MS = 3_600_000
_CJK = re.compile("[\u3400-\u9fff]")
_NAME = re.compile(r"[^\s,<&]+")  # of sender and identifier, as CAP has it


@dataclass(frozen=True, slots=True)
class Reader:
    """`lasts_h`: how long a warning without an end is in force. `unknown_area`: what to do with one whose codes and
    shapes lie outside the city."""

    areas: AreaTree
    lasts_h: float
    unknown_area: UnknownArea
    simulated: bool = False

    def read(self, alert: Element) -> list[WeatherWarning | WarningEnd]:
        """The warnings of a message, or the end of earlier ones. Raises Refusal."""
        sender, identifier = _name(alert, "sender"), _name(alert, "identifier")
        sent_ms = _time(alert, "sent")
        if sent_ms is None:
            raise Refusal(Reason.MISSING_FIELD, "sent: missing; every message has its time")
        _check_public(alert)
        kind, references = text(alert, "msgType"), _references(alert)
        if kind == "Cancel":
            if not references:
                raise Refusal(Reason.MISSING_FIELD, "references: missing; a Cancel names what it cancels")
            return [WarningEnd(sender, identifier, sent_ms, references)]
        if kind not in ("Alert", "Update"):
            raise Refusal(Reason.BAD_FIELD, "msgType: only Alert, Update and Cancel say something of the weather")
        replaces = references if kind == "Update" else ()
        infos = list(_by_part(list(children(alert, "info"))))
        if not infos:
            raise Refusal(Reason.MISSING_FIELD, "info: missing; nothing says what is warned of")
        return [self._warning(sender, identifier, part, sent_ms, blocks, replaces) for part, blocks in enumerate(infos)]

    def _warning(
        self,
        sender: str,
        identifier: str,
        part: int,
        sent_ms: int,
        blocks: dict[str, Element],
        replaces: tuple[Reference, ...],
    ) -> WeatherWarning:
        first = blocks.get("zh", blocks.get("en", next(iter(blocks.values()))))
        onset_ms, effective_ms = _time(first, "onset"), _time(first, "effective") or sent_ms
        expires_ms = _time(first, "expires")
        if expires_ms is None:
            expires_ms = max(effective_ms, onset_ms or 0) + round(self.lasts_h * _HOUR_MS)
        if expires_ms <= effective_ms:
            raise Refusal(Reason.BAD_FIELD, "expires: not later than effective; the warning would never be in force")
        said = [text(block, name) for block in blocks.values() for name in ("headline", "event")]
        codes = [*pairs(first, "parameter"), *pairs(first, "eventCode")]
        severity = text(first, "severity")
        other = Wording() if {"zh", "en"} & blocks.keys() else _wording(first)
        return WeatherWarning(
            sender=sender,
            identifier=identifier,
            part=part,
            sent_ms=sent_ms,
            level=level_of(codes, said, severity),
            severity=severity,
            urgency=text(first, "urgency"),
            certainty=text(first, "certainty"),
            effective_ms=effective_ms,
            onset_ms=onset_ms,
            expires_ms=expires_ms,
            zh=_wording(blocks["zh"]) if "zh" in blocks else Wording(),
            en=_wording(blocks["en"]) if "en" in blocks else other,
            area_ids=self._areas(first),
            replaces=replaces,
            simulated=self.simulated,
        )

    def _areas(self, info: Element) -> tuple[str, ...]:
        """By code; else by what is drawn; a message without either is for the whole city."""
        found: set[str] = set()
        shapes: list[Shape] = []
        placed = False
        for area in children(info, "area"):
            codes = [value for _, value in pairs(area, "geocode")]
            known = {i for code in codes if (i := area_of_code(self.areas, code)) is not None}
            drawn = [] if known else list(_shapes(area))
            placed = placed or bool(codes or drawn)
            found |= known
            shapes += drawn
        if shapes:
            found.update(touched(self.areas, shapes))
        if found:
            return tuple(sorted(found))
        if placed and self.unknown_area == "refuse":
            detail = "area: none of its codes and shapes is in this city; if it is meant all the same"
            raise Refusal(Reason.UNKNOWN_AREA, f"{detail}, set unknown_area: city")
        return (self.areas.root.id,)


def _check_public(alert: Element) -> None:
    status, scope = text(alert, "status"), text(alert, "scope")
    if status != "Actual":
        known = status if status in ("Exercise", "System", "Test", "Draft") else "unknown"
        raise Refusal(Reason.NOT_ACTUAL, f"status: {known}; only Actual warnings are shown")
    if scope not in ("", "Public"):
        raise Refusal(Reason.NOT_ACTUAL, "scope: not Public; only what everybody may know is shown")


def _by_part(infos: Iterable[Element]) -> Iterator[dict[str, Element]]:
    """The blocks of one subject in its languages: the first of each language belong together, then the second."""
    by_language: dict[str, list[Element]] = {}
    for info in infos:
        by_language.setdefault(_language(info), []).append(info)
    spoken = [lang for lang in ("zh", "en") if lang in by_language] or list(by_language)[:1]
    for part in range(max((len(by_language[lang]) for lang in spoken), default=0)):
        yield {lang: by_language[lang][part] for lang in spoken if part < len(by_language[lang])}


def _language(info: Element) -> str:
    """zh, en or the tag as it is. Senders often leave it out, which CAP takes for English: Chinese letters tell."""
    tag = text(info, "language").lower().partition("-")[0]
    chinese = _CJK.search(text(info, "event") + text(info, "headline"))
    return "zh" if tag == "zh" or (chinese and tag in ("", "en", "cn")) else tag or "en"


def _wording(info: Element) -> Wording:
    return Wording(text(info, "event"), text(info, "headline"), text(info, "description"), text(info, "instruction"))


def _name(alert: Element, name: str) -> str:
    found = text(alert, name)
    if not found:
        raise Refusal(Reason.MISSING_FIELD, f"{name}: missing; it tells the messages apart")
    if len(found) > 128 or not _NAME.fullmatch(found):
        raise Refusal(Reason.BAD_FIELD, f"{name}: at most 128 characters without blanks, commas, < and &")
    return found


def _references(alert: Element) -> tuple[Reference, ...]:
    """sender,identifier,sent with blanks between them."""
    found = []
    for entry in text(alert, "references").split():
        parts = entry.split(",")
        if len(parts) != 3 or not all(parts):
            raise Refusal(Reason.BAD_FIELD, "references: each is sender,identifier,sent")
        found.append(Reference(parts[0], parts[1]))
    return tuple(found)


def _time(element: Element, name: str) -> int | None:
    said = text(element, name)
    if not said:
        return None
    try:
        at = datetime.fromisoformat(said)
        if at.tzinfo is None:
            raise ValueError("without zone")
        ms = utc_ms(at)
    except (ValueError, OverflowError) as error:
        raise Refusal(Reason.BAD_TIME, f"{name}: a time is 2026-05-02T14:30:00+08:00, with its zone") from error
    if not 0 <= ms < 4_102_444_800_000:
        raise Refusal(Reason.BAD_TIME, f"{name}: outside 1970 to 2100")
    return ms


def _shapes(area: Element) -> Iterator[Shape]:
    for said in texts(area, "polygon"):
        try:
            yield outline([_point(pair) for pair in said.split()])
        except ValueError as error:
            detail = "polygon: points are lat,lon with blanks between them, three corners at least, on earth"
            raise Refusal(Reason.BAD_FIELD, detail) from error
    for said in texts(area, "circle"):
        try:
            centre, radius = said.split()
            yield circle(_point(centre), float(radius))
        except ValueError as error:
            raise Refusal(Reason.BAD_FIELD, "circle: it is lat,lon and a radius in km") from error


def _point(pair: str) -> LonLat:
    lat, lon = pair.split(",")
    return float(lon), float(lat)
