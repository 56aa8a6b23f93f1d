"""bench/RESULTS.md: a head, then sections, each replaced by who measured it and kept by everybody else."""

import re
from pathlib import Path

from bench.report import found

RESULTS = found.FOLDER / "RESULTS.md"
HEAD = "# Measured\n"


def replace_section(path: Path, name: str, body: str) -> None:
    """Writes the section `## name`, where it stood or at the end; everything else of the file stays as it is."""
    text = path.read_text(encoding="utf-8") if path.exists() else HEAD
    head, *sections = re.split(r"(?m)^(?=## )", text)
    made = f"## {name}\n\n{body.strip()}\n"
    kept = [(section.partition("\n")[0].removeprefix("## ").strip(), section.strip() + "\n") for section in sections]
    names = [known for known, _ in kept]
    if name in names:
        kept[names.index(name)] = (name, made)
    else:
        kept.append((name, made))
    path.write_text("\n".join([head.strip() + "\n", *(section for _, section in kept)]), encoding="utf-8")


def sections_but(path: Path, names: set[str]) -> str:
    """The sections of the file that are not of these names, as they stand; for who writes the rest of it anew."""
    if not path.exists():
        return ""
    sections = re.split(r"(?m)^(?=## )", path.read_text(encoding="utf-8"))[1:]
    return "".join(s for s in sections if s.partition("\n")[0].removeprefix("## ").strip() not in names)
