"""What the first screen of a wall says, by font face: `python tools/assets/said.py [URL] [--minutes 3]`.

Reads the first wall page of a running cockpit (the simulated city, Chinese) and writes tools/assets/said.json,
{"family weight": characters}, by which fonts.py cuts the slice that a wall loads first. Needs Playwright and Chromium.
Characters that were said before are kept where --keep is given.
"""

import argparse
import json
import shutil
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

TARGET = Path(__file__).with_name("said.json")
# Of each text that is drawn: family of its style, weight, characters.
READ = """() => {
  const said = {};
  if (!document.body) return said;
  const texts = document.createTreeWalker(document.getElementById("wall") || document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const style = getComputedStyle(texts.currentNode.parentElement);
    const name = `${style.fontFamily.includes("Serif") ? "Noto Serif SC" : "Noto Sans SC"} ${style.fontWeight}`;
    said[name] = (said[name] || "") + texts.currentNode.data;
  }
  return said;
}"""
_OPENING_S, _OPENING_PAUSE_S = 15, 0.05  # while it is drawn: panels say that they load
_PAUSE_S = 5


def main() -> None:
    parser = argparse.ArgumentParser(prog="python tools/assets/said.py")
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:8050")
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--keep", action="store_true", help="add to what was said before")
    given = parser.parse_args()
    said: dict[str, set[str]] = {}
    if given.keep and TARGET.is_file():
        said = {name: set(text) for name, text in json.loads(TARGET.read_text(encoding="utf-8")).items()}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        page.goto(f"{given.url}/large/?lang=zh", wait_until="commit")
        listen(page, _OPENING_S, _OPENING_PAUSE_S, said)
        listen(page, given.minutes * 60, _PAUSE_S, said)
        browser.close()
    made = {name: "".join(sorted(letters)) for name, letters in sorted(said.items())}
    TARGET.write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(", ".join(f"{name} {len(letters)}" for name, letters in made.items()))


def listen(page: Page, seconds: float, pause_s: float, said: dict[str, set[str]]) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        told: dict[str, Any] = page.evaluate(READ)
        for name, text in told.items():
            said.setdefault(name, set()).update(letter for letter in text if letter > " ")
        page.wait_for_timeout(pause_s * 1000)


if __name__ == "__main__":
    main()
