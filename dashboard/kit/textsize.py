"""How wide a text will be, without a browser: near enough to keep labels apart."""

_FIRST_WIDE = 0x2E80  # from here up characters are as wide as high
_NARROW = 0.52  # of the height, for the Latin face of the cockpit


def text_px(text: str, size: int) -> float:
    return sum(size if ord(c) >= _FIRST_WIDE else size * _NARROW for c in text)
