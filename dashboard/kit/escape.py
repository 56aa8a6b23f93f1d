"""Makes text safe for places that read it as markup. Dash children need none of this: React never parses them.

plotly reads its own small HTML (`<b>`, `<a href>`, `<br>`, entities) in every text, hover and annotation, fills
`%{...}` in templates and hands `$...$` to MathJax where that is loaded.
"""

import unicodedata

MAX_CHARS = 200

_MARKUP = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "{": "&#123;", "}": "&#125;", "$": "&#36;"}
_CUT = "…"


def plain(text: object, limit: int = MAX_CHARS) -> str:
    """One line without control, bidirectional-override and private-use characters, at most `limit` characters."""
    kept = "".join(c if unicodedata.category(c) not in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"} else " " for c in str(text))
    words = " ".join(kept.split())
    return words if len(words) <= limit else words[: limit - 1] + _CUT


def esc(text: object, limit: int = MAX_CHARS) -> str:
    """`text` for anything plotly draws: what it shows is what was written, whatever was written."""
    return "".join(_MARKUP.get(c, c) for c in plain(text, limit))


def outside_link(address: str) -> str | None:
    """An address elsewhere that a person may follow; None for what is no plain http or https address."""
    begins = address.startswith(("https://", "http://"))
    return address if begins and address.isascii() and address.isprintable() and " " not in address else None
