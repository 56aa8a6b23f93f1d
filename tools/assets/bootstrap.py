"""Vendor Bootstrap's style sheet: `python tools/assets/bootstrap.py`.

Dash loads assets in the order of their paths, so `assets/vendor` comes after `assets/css`. The whole sheet is therefore
put into a cascade layer: rules outside any layer, ours, win over it whatever the order."""

import re

from packages import ASSETS, PINNED, fetch


def layered(sheet: str) -> str:
    """The sheet inside `@layer bootstrap`, without its charset and source map lines."""
    body = re.sub(r'^@charset "[^"]*";', "", sheet)
    body = re.sub(r"/\*# sourceMappingURL=[^*]*\*/", "", body).strip()
    return f'@charset "UTF-8";\n@layer bootstrap{{\n{body}\n}}\n'


def main() -> None:
    source = fetch("bootstrap") / "bootstrap" / "dist" / "css" / "bootstrap.min.css"
    target = ASSETS / "vendor" / "bootstrap.min.css"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(layered(source.read_text(encoding="utf-8")), encoding="utf-8")
    (target.parent / "bootstrap.LICENSE.txt").write_bytes((source.parents[2] / "LICENSE").read_bytes())
    print(f"{target} bootstrap {PINNED['bootstrap']}")


if __name__ == "__main__":
    main()
