"""The commands of app.py and what may be said to them."""

import argparse
import re
from pathlib import Path

from brain.store.audit import Head


def _days(text: str) -> int:
    if not re.fullmatch(r"\d{1,4}d?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days; write for example 400d")
    return int(text.removesuffix("d"))


def _end_of_trail(text: str) -> Head:
    if not re.fullmatch(r"\d{1,18}:[0-9a-f]{64}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no end of a trail; write it as `app.py audit` printed it")
    seq, _, digest = text.partition(":")
    return Head(int(seq), digest)


def read_arguments(arguments: list[str], config: Path) -> argparse.Namespace:
    """`config` is the settings file where none is named. Ends the process for what cannot be understood."""
    parser = argparse.ArgumentParser(prog="app.py", description="City Brain cockpit.")
    parser.add_argument("--config", type=Path, default=config, help="settings file (default: config.yaml)")
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="run|web|feeds|check|audit|readmit|backup|restore|move"
    )
    for name, text in (
        ("run", "feeds and screens in one process"),
        ("web", "screens only; needs PostgreSQL"),
        ("feeds", "feeds only; needs PostgreSQL"),
        ("check", "name every mistake in config and city pack, start nothing"),
        ("audit", "check that the audit trail is whole"),
        ("backup", "all of the store into one file, also while it is in use"),
        ("restore", "all of the store from a backup"),
        ("move", "all of the store into another database"),
        ("readmit", "let in readings that were refused for their time, after the clock was mended"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("--config", type=Path, default=argparse.SUPPRESS, help="the same as before the command")
        if name in ("run", "feeds"):
            history = "days of past that a simulated city makes up, for example 400d (instead of history_days)"
            command.add_argument("--history", type=_days, metavar="DAYS", help=history)
        if name == "audit":
            end = "an end of the trail printed before: also shows a trail that was made anew"
            command.add_argument("--end", type=_end_of_trail, metavar="END", help=end)
        if name == "backup":
            command.add_argument("file", type=Path, help="a new file, or a folder to make one in")
        if name == "restore":
            command.add_argument("file", type=Path, help="what `app.py backup` made")
        if name == "move":
            command.add_argument(
                "--to", required=True, metavar="URL", help="as store.url; PGPASSWORD hides the password"
            )
        if name in ("restore", "move"):
            command.add_argument("--replace", action="store_true", help="lose the rows that are there")
        if name == "readmit":
            command.add_argument("--try", action="store_true", dest="try_only", help="count only, store nothing")
    return parser.parse_args(arguments)
