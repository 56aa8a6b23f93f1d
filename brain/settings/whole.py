"""config.yaml and the city pack it names, read together: every mistake in both, and between the two, at once."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from brain.feed import FeedSettings, Of
from brain.settings.city import City, load_city
from brain.settings.feed_names import names_in
from brain.settings.problem import Problem, SettingsError
from brain.settings.reader import Draft, Settings, in_order, read_draft
from brain.settings.references import Optioned, keys_of
from brain.settings.sections import RetentionSection

_DAY_S = 86_400


def read_whole(
    path: Path,
    environment: Mapping[str, str],
    feeds: Mapping[str, type[FeedSettings]],
    inputs: Mapping[str, str],
    panels: Mapping[str, Optioned],
    packs: Path,
) -> tuple[Settings, City]:
    """`feeds`, `panels`: as `read_settings`; `inputs`: feed file -> what it brings; `packs`: the folder of cities.

    Raises SettingsError with every problem found."""
    draft = read_draft(path, environment, feeds, panels)
    problems = [*draft.problems, *_windows(draft, inputs)]
    city: City | None = None
    in_pack: tuple[Problem, ...] = ()
    folder = _folder(draft, packs)
    if isinstance(folder, Problem):
        problems.append(folder)
    elif folder is not None:
        try:
            city = load_city(folder)
        except SettingsError as error:
            in_pack = error.problems
    if city is not None:
        problems += _names(draft, city)
    if problems or in_pack or draft.settings is None or city is None:
        raise SettingsError([*in_order(problems), *in_pack])
    return draft.settings, city


def city_folder(settings: Settings, packs: Path) -> Path:
    """Where the pack of `city` is. Raises SettingsError when it is not there."""
    draft = Draft(settings.document, {"city": settings.config.city}, (), settings.folder, settings, ())
    folder = _folder(draft, packs)
    if isinstance(folder, Path):
        return folder
    raise SettingsError([] if folder is None else [folder])


def _folder(draft: Draft, packs: Path) -> Path | Problem | None:
    """A folder name in `packs`, or a path relative to the config; None where the config names none."""
    name = draft.data.get("city")
    if not isinstance(name, str):
        return None
    folder = draft.folder / name if "/" in name else packs / name
    if folder.is_dir():
        return folder
    known = ", ".join(sorted(path.name for path in packs.iterdir() if path.is_dir()))
    return draft.problem(["city"], f"there is no city pack {name}", f"cities: {known}; or a path such as ./my_city")


def _windows(draft: Draft, inputs: Mapping[str, str]) -> Iterator[Problem]:
    """A reading that may still come, but would already be forgotten, would count twice when it is delivered again."""
    retention = keys_of(draft.data, "retention")
    given = retention.get("reading_days", RetentionSection().reading_days)
    windows = [
        (entry.settings.accept_past_s, entry.name)
        for entry in draft.entries
        if inputs[entry.slug] == "readings" and entry.settings.delivers_again
    ]
    for window_s, name in windows:
        if isinstance(given, int) and window_s > given * _DAY_S:
            message = f"readings are taken up to {window_s / _DAY_S:g} days late, but kept for {given} days"
            hint = f"accept_past_s: {given * _DAY_S} at most, or a longer retention.reading_days"
            yield draft.problem(["feeds", name, "accept_past_s"], message, hint)
    longest_s, name = max(windows, default=(0, ""))
    for kind, own in keys_of(retention, "kinds").items():
        days = own.get("reading_days") if isinstance(own, Mapping) else None
        if isinstance(days, int) and longest_s > days * _DAY_S:
            message = f"readings of {name} are taken up to {longest_s / _DAY_S:g} days late, but kept for {days} days"
            hint = f"{-(-longest_s // _DAY_S):g} days at least, or a shorter accept_past_s of {name}"
            yield draft.problem(["retention", "kinds", kind, "reading_days"], message, hint)


def _names(draft: Draft, city: City) -> Iterator[Problem]:
    """What rules and feeds name and the city pack lacks."""
    for rule_id, rule in keys_of(draft.data, "rules").items():
        owner = rule.get("owner") if isinstance(rule, Mapping) else None
        if isinstance(owner, str) and owner and owner not in city.unit_names:
            message = f"the city has no unit {owner}"
            yield draft.problem(["rules", rule_id, "owner"], message, "units stand in city.yaml")
    for entry in draft.entries:
        for path, what, name in names_in(entry.settings):
            if what is Of.AREA and name and name not in city.tree:
                message = f"the city has no area {name}"
                yield draft.problem(["feeds", entry.name, *path], message, "an id of areas.geojson")
