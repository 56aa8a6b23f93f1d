"""Which feeds there are: every *.py of the feeds folder that does not begin with an underscore. Slug = file name."""

import importlib
import inspect
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any, Literal, Protocol, cast

from brain.feed import FeedContext, FeedSettings, Item, PushSettings

Mode = Literal["pull", "subscribe", "push"]
MODES = ("pull", "subscribe", "push")
INPUTS = ("readings", "tickets", "indicators", "warnings", "duty", "events")


class FeedModule(Protocol):
    """What a feed file declares; brain/feed.py says it in words. `run` or `accept` may be missing, by MODE."""

    MODE: Mode
    INPUT: str
    Settings: type[FeedSettings]

    def run(self, settings: Any, ctx: FeedContext, /) -> None: ...
    def accept(self, settings: Any, ctx: FeedContext, headers: Mapping[str, str], body: bytes, /) -> list[Item]: ...


class FeedContractErrors(Exception):
    """Everything wrong with the files of the feeds folder, one line per fault."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def discover(folder: Path, package: str) -> Mapping[str, FeedModule]:
    """Import the feeds of `folder`, which is the package `package`. Raises FeedContractErrors naming every fault."""
    found: dict[str, FeedModule] = {}
    problems: list[str] = []
    for path in sorted(folder.glob("*.py")):
        if path.stem.startswith("_"):
            continue
        try:
            module = importlib.import_module(f"{package}.{path.stem}")
        except Exception as error:
            problems.append(f"{package}/{path.name}: cannot be imported: {type(error).__name__}: {error}")
            continue
        faults = check_contract(module)
        problems += [f"{package}/{path.name}: {fault}" for fault in faults]
        found[path.stem] = cast(FeedModule, module)
    if problems:
        raise FeedContractErrors(problems)
    return MappingProxyType(found)


def check_contract(module: ModuleType) -> list[str]:
    """What a feed file lacks, in words that say what to write."""
    faults: list[str] = []
    mode = getattr(module, "MODE", None)
    if mode not in MODES:
        faults.append(f"MODE must be one of {', '.join(MODES)}, found {mode!r}")
    if getattr(module, "INPUT", None) not in INPUTS:
        faults.append(f"INPUT must be one of {', '.join(INPUTS)}, found {getattr(module, 'INPUT', None)!r}")
    settings = getattr(module, "Settings", None)
    base = PushSettings if mode == "push" else FeedSettings
    if not (inspect.isclass(settings) and issubclass(settings, base)):
        faults.append(f"Settings must be a subclass of brain.feed.{base.__name__}")
    else:
        undescribed = [name for name, field in settings.model_fields.items() if not field.description]
        faults += [f"Settings.{name} needs a description: config.yaml repeats it" for name in undescribed]
    wanted = ("accept", 4) if mode == "push" else ("run", 2)
    if mode in MODES:
        faults += _check_function(module, *wanted)
    return faults


def _check_function(module: ModuleType, name: str, arguments: int) -> list[str]:
    function = getattr(module, name, None)
    if not inspect.isfunction(function):
        return [f"MODE {module.MODE!r} needs a function {name}"]
    if len(inspect.signature(function).parameters) != arguments:
        return [f"{name} must take {arguments} arguments, found {inspect.signature(function)}"]
    return []
