"""Cut the fonts the cockpit ships: `python tools/assets/fonts.py`; run it again when catalogues or city packs grew.

Needs npm, and of requirements-dev.txt fonttools and brotli. Writes assets/fonts/*.woff2 and assets/css/fonts.css. Of
each Chinese face the characters of our own texts are cut into a few small slices, first of them what the first screen
of a wall says in that face (said.py); the packages' own slices serve all else. Of two faces that both hold a character
a browser takes the one declared last, so ours end the sheet."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from characters import LATIN, SIGNS, said, tiers
from fontTools import subset
from fontTools.merge import Merger
from fontTools.ttLib import TTFont
from packages import ASSETS, fetch

FACE = re.compile(r"url\(\./files/(?P<file>[\w-]+\.woff2)\)")


@dataclass(frozen=True, slots=True)
class Family:
    """One npm package: its CSS family, the weights we ship, and whether our characters are cut out of it."""

    package: str
    name: str
    weights: tuple[int, ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class Slice:
    """One font file and the characters a browser may ask it for."""

    family: Family
    weight: int
    file: Path
    unicode_range: str


FAMILIES = (
    Family("barlow-semi-condensed", "Barlow Semi Condensed", (400, 500, 600), cut=False),
    Family("noto-sans-sc", "Noto Sans SC", (400, 500, 700), cut=True),
    Family("noto-serif-sc", "Noto Serif SC", (600, 900), cut=True),
)
DRAWN_AS = {ord("✕"): ord("×")}  # signs we write that the families lack, and the glyph that stands for each
SCRIPTS = re.compile(r"latin|latin-ext|\d+")  # slices we ship: numbered ones are Chinese


def packaged(family: Family, modules: Path) -> Iterator[Slice]:
    """The slices of a package, all weights of one slice together: equal ranges side by side compress well.

    Ranges are read from the fonts, since the packages' own promise glyphs that the fonts lack."""
    folder = modules / "@fontsource" / family.package
    by_slice: dict[str, list[Slice]] = {}
    for weight in family.weights:
        for face in FACE.finditer((folder / f"{weight}.css").read_text(encoding="utf-8")):
            name = face["file"].removeprefix(f"{family.package}-").removesuffix(f"-{weight}-normal.woff2")
            if SCRIPTS.fullmatch(name):
                file = folder / "files" / face["file"]
                by_slice.setdefault(name, []).append(Slice(family, weight, file, ranges(TTFont(file).getBestCmap())))
    for slices in by_slice.values():
        yield from slices


def cut(slices: list[Slice], characters: set[str], room: Path, name: str) -> Slice | None:
    """One file holding the given characters of one face, gathered from the package's slices; None if it has none."""
    parts: list[str] = []
    left = {ord(character) for character in characters}
    held: set[int] = set()
    for number, piece in enumerate(slices):
        font = TTFont(piece.file, recalcTimestamp=False)
        here = left & set(font.getBestCmap())
        if not here:
            continue
        left -= here
        held |= here
        parts.append(str(thin(font, here, room / f"{name}-{number}.ttf")))
    if not parts:
        return None
    merged = Merger().merge(parts) if len(parts) > 1 else TTFont(parts[0])
    held |= lend(merged, left)
    merged.flavor = "woff2"
    merged.recalcTimestamp = False  # the same characters give the same file, hence the same name
    target = room / f"{name}.woff2"
    merged.save(target)
    return Slice(slices[0].family, slices[0].weight, target, ranges(held))


def lend(font: TTFont, missing: set[int]) -> set[int]:
    """Let missing signs be drawn by the glyphs that stand for them; return those that now are."""
    lent: set[int] = set()
    for table in font["cmap"].tables:
        for code, stand_in in DRAWN_AS.items():
            if code in missing and stand_in in table.cmap:
                table.cmap[code] = table.cmap[stand_in]
                lent.add(code)
    return lent


def thin(font: TTFont, characters: set[int], target: Path) -> Path:
    """Save a Chinese font cut down to some characters, without layout rules and hints: we use neither."""
    options = subset.Options(layout_features=[], hinting=False, notdef_outline=True)
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "STAT", "vhea", "vmtx"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters)
    cutter.subset(font)
    font.flavor = None
    font.save(target)
    return target


def plain_latin(piece: Slice, room: Path) -> Slice:
    """Of a Latin face what English and figures need, with its layout rules: figures stand in columns."""
    font = TTFont(piece.file, recalcTimestamp=False)
    held = {ord(character) for character in LATIN | SIGNS} & set(font.getBestCmap())
    cutter = subset.Subsetter(subset.Options(layout_features=["*"], hinting=False, notdef_outline=True))
    cutter.populate(unicodes=held)
    cutter.subset(font)
    font.flavor = "woff2"
    target = room / f"{piece.family.package}-first-{piece.weight}.woff2"
    font.save(target)
    return Slice(piece.family, piece.weight, target, ranges(held))


def ranges(codes: Iterable[int]) -> str:
    """Code points as a CSS unicode-range."""
    spans: list[list[int]] = []
    for code in sorted(codes):
        if spans and code == spans[-1][1] + 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    return ",".join(f"u+{low:x}" if low == high else f"u+{low:x}-{high:x}" for low, high in spans)


def ship(piece: Slice, folder: Path) -> str:
    """Copy a slice under a name that changes with its content, so that browsers may keep it for ever; its CSS rule."""
    data = piece.file.read_bytes()
    stem = piece.file.stem.removesuffix("-normal")
    name = f"{stem}.{hashlib.sha256(data).hexdigest()[:8]}.woff2"
    (folder / name).write_bytes(data)
    return (
        f'@font-face{{font-family:"{piece.family.name}";font-weight:{piece.weight};font-display:swap;'
        f'src:url(../fonts/{name})format("woff2");unicode-range:{piece.unicode_range}}}'
    )


def faces(family: Family, modules: Path, room: Path) -> Iterator[Slice]:
    """All slices of a family in the order of the sheet: the packages' first, ours last."""
    slices = list(packaged(family, modules))
    yield from slices
    if not family.cut:
        yield from (plain_latin(piece, room) for piece in slices if "-latin-ext-" not in piece.file.name)
        return
    for tier, characters in [*reversed(tiers().items()), ("said", set())]:
        for weight in family.weights:
            own = [piece for piece in slices if piece.weight == weight]
            first = said(f"{family.name} {weight}")
            rest = characters - (first - {chr(code) for code in DRAWN_AS.values()})  # these draw others too
            made = cut(own, first if tier == "said" else rest, room, f"{family.package}-{tier}-{weight}")
            if made is not None:
                yield made


def main() -> None:
    modules = fetch(*(f"@fontsource/{family.package}" for family in FAMILIES))
    folder = ASSETS / "fonts"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.woff2"):
        old.unlink()
    rules: list[str] = ["/* Written by tools/assets/fonts.py; do not edit. Licences: assets/LICENSES.md. */"]
    with TemporaryDirectory() as room:
        for family in FAMILIES:
            rules += [ship(piece, folder) for piece in faces(family, modules, Path(room))]
            licence = modules / "@fontsource" / family.package / "LICENSE"
            (folder / f"{family.package}.LICENSE.txt").write_bytes(licence.read_bytes())
    (ASSETS / "css" / "fonts.css").write_text("\n".join(rules) + "\n", encoding="utf-8")
    size = sum(path.stat().st_size for path in folder.glob("*.woff2"))
    print(f"{len(rules) - 1} slices, {size / 1e6:.1f} MB; " + ", ".join(f"{k} {len(v)}" for k, v in tiers().items()))


if __name__ == "__main__":
    main()
