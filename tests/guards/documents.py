"""The project's Markdown documents as tests look at them: headings, code blocks, links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.guards.source import ROOT

# Ours: the written documents, not what a city pack or an asset says of its sources.
DOCUMENTS = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")))
_FENCE = re.compile(r"^```(?P<lang>\w*)(?: file=(?P<file>\S+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block; `file` is what it says it is a file of, "" for none."""

    lang: str
    file: str
    text: str


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def blocks(text: str) -> list[Block]:
    return [Block(found["lang"], found["file"] or "", found["text"]) for found in _FENCE.finditer(text)]


def prose(text: str) -> str:
    """The text without its code blocks."""
    return _FENCE.sub("", text)


def headings(text: str) -> list[tuple[int, str]]:
    """(depth, words)."""
    return [(len(found[1]), found[2]) for found in _HEADING.finditer(prose(text))]


def anchors(text: str) -> set[str]:
    """What `#...` may lead to, as GitHub makes it of headings."""
    return {re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-") for _, words in headings(text)}


def links(text: str) -> Iterator[str]:
    yield from _LINK.findall(prose(text))


def files_in(path: Path) -> dict[str, str]:
    """The blocks of a document that say which file they are; of one file the blocks are joined."""
    found: dict[str, str] = {}
    for block in blocks(read(path)):
        if block.file:
            found[block.file] = found.get(block.file, "") + block.text
    return found
