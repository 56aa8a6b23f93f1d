"""config.yaml -> `Settings`, or every mistake in it at once."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from brain.feed import FeedSettings
from brain.settings.explain import problems_of
from brain.settings.feed_entry import FeedEntry
from brain.settings.lines import Document, read_document
from brain.settings.problem import Problem, SettingsError
from brain.settings.references import Optioned, verify_references
from brain.settings.root import Config
from brain.settings.secrets import fill

_FEED_NAME = re.compile(r"(?P<slug>[a-z][a-z0-9_]*)(?::(?P<label>[a-z0-9][a-z0-9_]{0,23}))?")


@dataclass(frozen=True)
class Settings:
    """A config without mistakes. `folder` is where relative paths of it start."""

    config: Config
    feeds: tuple[FeedEntry, ...]
    folder: Path
    document: Document


@dataclass(frozen=True)
class Draft:
    """A config as far as it could be read. `entries` are the feeds without a mistake of their own; `settings` is None
    where anything of `problems` stands in the way."""

    document: Document
    data: Mapping[str, Any]
    entries: tuple[FeedEntry, ...]
    folder: Path
    settings: Settings | None
    problems: tuple[Problem, ...]

    def problem(self, path: Sequence[str | int], message: str, hint: str) -> Problem:
        key = ".".join(str(step) for step in path)
        return Problem(self.document.file, self.document.line_of(path), key, message, hint)


def read_settings(
    path: Path,
    environment: Mapping[str, str],
    feeds: Mapping[str, type[FeedSettings]],
    panels: Mapping[str, Optioned],
) -> Settings:
    """Read and check `path`. `feeds`: slug -> its settings model; `panels`: id -> what is known of its options.

    Raises SettingsError with every problem found.
    """
    draft = read_draft(path, environment, feeds, panels)
    if draft.settings is None:
        raise SettingsError(in_order(draft.problems))
    return draft.settings


def read_draft(
    path: Path,
    environment: Mapping[str, str],
    feeds: Mapping[str, type[FeedSettings]],
    panels: Mapping[str, Optioned],
) -> Draft:
    """As `read_settings`, but what is wrong is in the answer. Raises SettingsError for a file that is no YAML."""
    try:
        text = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise SettingsError([Problem(str(path), None, "", reason, "name a config file with --config")]) from None
    document = read_document(str(path), text)
    folder = path.resolve().parent
    data, problems = fill(document, environment, folder)
    entries = tuple(_feeds(data.get("feeds"), document, feeds, problems))
    draft = Draft(document, data, entries, folder, None, ())
    settings: Settings | None = None
    try:
        config = Config.model_validate({**data, "feeds": data["feeds"] if _is_feeds(data.get("feeds")) else {}})
        settings = Settings(config, entries, draft.folder, document)
    except ValidationError as error:
        problems += problems_of(error, document, Config)
    problems += [draft.problem(*trouble) for trouble in verify_references(data, entries, panels)]
    return replace(draft, settings=None if problems else settings, problems=tuple(problems))


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: (problem.line or 0, problem.key))


def _is_feeds(section: Any) -> bool:
    return isinstance(section, dict) and all(isinstance(stanza, dict) for stanza in section.values())


def _feeds(
    section: Any, document: Document, models: Mapping[str, type[FeedSettings]], problems: list[Problem]
) -> list[FeedEntry]:
    entries: list[FeedEntry] = []

    def no(name: str, message: str, hint: str) -> None:
        path = ("feeds", name) if name else ("feeds",)
        problems.append(Problem(document.file, document.line_of(path), ".".join(path), message, hint))

    if section is None:
        return entries
    if not isinstance(section, dict):
        no("", "must hold feeds by name", "write `<feed>:` and its keys below it")
        return entries
    for name, stanza in section.items():
        match = _FEED_NAME.fullmatch(name)
        if match is None:
            no(name, "not a feed name", "write <file in feeds/> or <file>:<label>, small letters, digits and _")
        elif match["slug"] not in models:
            no(name, f"there is no feed {match['slug']}", f"feeds: {', '.join(sorted(models))}")
        elif not isinstance(stanza, dict):
            no(name, "must hold keys", "write its settings below it, or {} for none")
        else:
            model = models[match["slug"]]
            try:
                entries.append(FeedEntry(name, match["slug"], model.model_validate(stanza)))
            except ValidationError as error:
                problems += problems_of(error, document, model, ("feeds", name))
    return entries
