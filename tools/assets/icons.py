"""Draw what a phone shows of the cockpit on its home screen: `python tools/assets/icons.py`.

Writes assets/app: the icon as SVG and PNG, and the manifests. Colours are those of assets/css/tokens.css. Needs
Chromium and, of requirements-dev.txt, playwright."""

import json
import os
import re

from packages import ASSETS
from playwright.sync_api import sync_playwright

FOLDER = ASSETS / "app"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
# PNG: side in pixels, and how much of it the drawing takes. Phones cut a maskable icon to any shape within its middle.
PICTURES = {
    "icon-192": (192, 1.0),
    "icon-512": (512, 1.0),
    "icon-maskable-512": (512, 0.72),
    "apple-touch-icon": (180, 0.9),
}
NAMES = {"zh": ("城市大脑", "城市大脑"), "en": ("City Brain", "City Brain")}
LANGUAGES = {"zh": "zh-CN", "en": "en"}


def dark(name: str) -> str:
    """A colour of the dark theme, as #RRGGBB."""
    found = re.search(rf"--{name}: (#[0-9A-F]{{6}});", (ASSETS / "css" / "tokens.css").read_text(encoding="utf-8"))
    if found is None:
        raise SystemExit(f"tokens.css has no --{name}")
    return found[1]


def drawing(part: float) -> str:
    """A skyline that is a bar chart, on the water-lines of our maps, with one live point over it."""
    bars = ((104, 268, 60), (184, 188, 60), (264, 228, 60), (344, 148, 60))
    towers = "".join(f'<rect x="{x}" y="{y}" width="{w}" height="{372 - y}"/>' for x, y, w in bars)
    lines = "".join(
        f'<path d="M{104 + inset} {y}H{404 - inset}" stroke-opacity="{fade}"/>'
        for y, inset, fade in ((400, 0, 0.8), (424, 24, 0.5), (446, 56, 0.3))
    )
    shift = 256 * (1 - part)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512">'
        f'<path fill="{dark("ground")}" d="M0 0h512v512H0z"/>'
        f'<g transform="translate({shift:g} {shift:g}) scale({part:g})"><g fill="{dark("acc2")}">{towers}</g>'
        f'<g stroke="{dark("acc")}" stroke-width="8">{lines}</g>'
        f'<circle cx="374" cy="104" r="22" fill="{dark("acc")}"/></g></svg>\n'
    )


def manifest(lang: str) -> str:
    name, short = NAMES[lang]
    icons = [
        {"src": "icon.svg", "sizes": "any", "type": "image/svg+xml"},
        *({"src": f"icon-{side}.png", "sizes": f"{side}x{side}", "type": "image/png"} for side in (192, 512)),
        {"src": "icon-maskable-512.png", "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
    ]
    told = {
        "id": "/small/",
        "name": name,
        "short_name": short,
        "lang": LANGUAGES[lang],
        "start_url": "/small/",
        "scope": "/",
        "display": "standalone",
        "theme_color": dark("ground"),
        "background_color": dark("ground"),
        "icons": icons,
    }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "icon.svg").write_text(drawing(1.0), encoding="utf-8")
    for lang in NAMES:
        (FOLDER / f"small.{lang}.webmanifest").write_text(manifest(lang), encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for name, (side, part) in PICTURES.items():
            page = browser.new_page(viewport={"width": side, "height": side})
            page.set_content(f'<body style="margin:0">{drawing(part)}')
            page.screenshot(path=str(FOLDER / f"{name}.png"))
            page.close()
        browser.close()
    print(", ".join(f"{path.name} {path.stat().st_size}" for path in sorted(FOLDER.iterdir())))


if __name__ == "__main__":
    main()
