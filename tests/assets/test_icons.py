"""What a phone puts on its home screen: the manifests name what lies beside them, in the colours of the cockpit."""

import json
from pathlib import Path

import pytest
from PIL import Image

from tests.assets.test_styles import tokens

APP = Path(__file__).parents[2] / "assets" / "app"


@pytest.mark.parametrize(("lang", "name"), [("zh", "城市大脑"), ("en", "City Brain")])
def test_a_manifest_names_its_icons_at_their_size(lang: str, name: str) -> None:
    told = json.loads((APP / f"small.{lang}.webmanifest").read_text(encoding="utf-8"))
    assert (told["name"], told["start_url"], told["display"]) == (name, "/small/", "standalone")
    assert {told["theme_color"], told["background_color"]} == {tokens("dark")["ground"]}
    sizes = {icon["src"]: icon["sizes"] for icon in told["icons"]}
    assert sizes.pop("icon.svg") == "any"
    assert len(sizes) == 3
    for source, size in sizes.items():
        with Image.open(APP / source) as picture:
            assert "{}x{}".format(*picture.size) == size


def test_the_icon_is_drawn_in_the_colours_of_the_dark_theme() -> None:
    colours = tokens("dark")
    drawn = (APP / "icon.svg").read_text(encoding="utf-8")
    assert all(colours[name] in drawn for name in ("ground", "acc", "acc2")), "run: python tools/assets/icons.py"
