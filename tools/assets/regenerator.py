"""Vendor the few functions that Dash's chart component takes from its polyfills: `python tools/assets/regenerator.py`.

It was made for browsers without generators of their own. The polyfills (33 kB over the wire) are left away, since a
browser that runs our modules has all else they bring; this is 2 kB."""

import subprocess

from packages import ASSETS, PINNED, fetch

TARGET = ASSETS / "vendor" / "2_regenerator.min.js"


def main() -> None:
    modules = fetch("regenerator-runtime", "esbuild")
    folder = modules / "regenerator-runtime"
    banner = f"/*! regenerator-runtime {PINNED['regenerator-runtime']}; licence: regenerator.LICENSE.txt */"
    command = [str(modules / "esbuild" / "bin" / "esbuild"), str(folder / "runtime.js")]
    options = ["--minify", "--legal-comments=none", f"--banner:js={banner}", f"--outfile={TARGET}"]
    subprocess.run([*command, *options], check=True)
    (TARGET.parent / "regenerator.LICENSE.txt").write_bytes((folder / "LICENSE").read_bytes())


if __name__ == "__main__":
    main()
