"""Bundle plotly.js with the traces our panels use, and of its core what our figures need:
`python tools/assets/plotly_bundle.py`.

Dash fetches its own copy (all traces, three times the size) only where no `window.Plotly` is defined yet, and loads
the scripts in assets first. The version is the one the plotly package for Python ships, so that both speak of the same
schema: `check_version` fails otherwise. Also written: the licences of everything bundled."""

import json
import re
import subprocess
from pathlib import Path

import plotly
from packages import ASSETS, PINNED, fetch

TRACES = ("bar", "heatmap", "scattergeo", "choropleth")  # scatter is part of the core
# Parts of the core that none of our figures has: what people would select, slide, press or zoom with, and pictures.
LEFT_OUT = (
    "annotations3d",
    "selections",
    "images",
    "updatemenus",
    "sliders",
    "rangeslider",
    "rangeselector",
    "grid",
    "errorbars",
)
# Of packages: exotic projections (maps are drawn in one that d3-geo has), and countries by name (ours are GeoJSON).
ABSENT = {
    "d3-geo-projection": "module.exports = {};\n",
    "country-iso-search": "exports.COUNTRIES = []; exports.createLookup = () => ({ lookupAlpha3: () => undefined });\n",
}
ENTRY = "city-brain-plotly.js"


def check_version() -> None:
    """Raise ValueError if the pinned plotly.js is not the one Python's plotly was made for."""
    shipped = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    found = re.search(r"plotly\.js v([\d.]+)", shipped.read_text(encoding="utf-8")[:400])
    if found is None or found[1] != PINNED["plotly.js"]:
        raise ValueError(
            f"package.json pins plotly.js {PINNED['plotly.js']}, Python's plotly ships {found and found[1]}"
        )


def write_entry(room: Path) -> Path:
    """The script that is bundled: plotly's own core less what we leave out, with our traces registered."""
    core = (room / "node_modules" / "plotly.js" / "src" / "core.js").read_text(encoding="utf-8")
    for name in LEFT_OUT:
        core, found = re.subn(rf"^ *require\('\./components/{name}'\),\n", "", core, flags=re.MULTILINE)
        if not found:
            raise ValueError(f"plotly's core has no component {name} on a line of its own")
    core = core.replace("require('./", "require('plotly.js/src/").replace("require('../", "require('plotly.js/")
    traces = ", ".join(f"require('plotly.js/src/traces/{name}')" for name in TRACES)
    entry = room / ENTRY
    entry.write_text(f"{core}\nregister([{traces}]);\n", encoding="utf-8")
    return entry


def absent(room: Path) -> list[str]:
    """Options that put an empty module in the place of each absent package."""
    for name, text in ABSENT.items():
        (room / f"no-{name}.js").write_text(text, encoding="utf-8")
    return [f"--alias:{name}=./no-{name}.js" for name in ABSENT]


def build(modules: Path, target: Path) -> set[str]:
    """Bundle and minify into `target`; return the names of the npm packages that went in."""
    room = modules.parent
    meta = room / "meta.json"
    command = [
        str(modules / "esbuild" / "bin" / "esbuild"),
        str(write_entry(room)),
        "--bundle",
        "--minify",
        *absent(room),
        "--format=iife",
        "--global-name=Plotly",
        "--target=es2020",
        "--charset=utf8",
        "--define:global=window",
        "--define:define.amd=false",
        "--loader:.css=empty",  # of map tiles we do not use; it would become a file of its own
        "--legal-comments=none",
        f"--banner:js=/*! plotly.js {PINNED['plotly.js']} with {', '.join(TRACES)}; licences: plotly.LICENSES.txt */",
        f"--metafile={meta}",
        f"--outfile={target}",
    ]
    subprocess.run(command, cwd=room, check=True)
    (output,) = json.loads(meta.read_text(encoding="utf-8"))["outputs"].values()
    used = [name for name, share in output["inputs"].items() if share["bytesInOutput"] and not name.endswith(".css")]
    return {match[1] for name in used if (match := re.match(r".*node_modules/((?:@[^/]+/)?[^/]+)/", name))}


def licences(modules: Path, names: set[str]) -> str:
    """Name, version, licence and licence text of each package."""
    parts = []
    for name in sorted(names):
        folder = modules / name
        manifest = json.loads((folder / "package.json").read_text(encoding="utf-8"))
        texts = sorted(path for path in folder.iterdir() if re.match(r"licen[cs]e|copying", path.name, re.IGNORECASE))
        text = texts[0].read_text(encoding="utf-8").strip() if texts else f"Licence: {manifest.get('license')}"
        parts.append(f"{name} {manifest['version']} ({manifest.get('license')})\n{'=' * 60}\n{text}\n")
    return "\n\n".join(parts)


def main() -> None:
    check_version()
    modules = fetch("plotly.js", "esbuild")
    target = ASSETS / "vendor" / "0_plotly.min.js"
    names = build(modules, target)
    (target.parent / "plotly.LICENSES.txt").write_text(licences(modules, names), encoding="utf-8")
    print(f"{target.stat().st_size / 1e3:.0f} kB from {len(names)} packages: {', '.join(sorted(names))}")


if __name__ == "__main__":
    main()
