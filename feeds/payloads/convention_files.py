"""Which payload conventions there are: every *.py of feeds/payloads/conventions/. Slug = file name = config key."""

import importlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from pydantic import Field, create_model

from feeds.payloads.convention import ConventionModule, ConventionSettings
from feeds.payloads.json_mapping import Stanza

FOLDER = Path(__file__).with_name("conventions")


@cache
def conventions() -> Mapping[str, ConventionModule]:
    found = {}
    for path in sorted(FOLDER.glob("[!_]*.py")):
        found[path.stem] = cast(ConventionModule, importlib.import_module(f"feeds.payloads.conventions.{path.stem}"))
    return MappingProxyType(found)


class _Chosen(Stanza):
    """Which conventions are read, each with its stanza."""

    def chosen(self) -> Mapping[str, ConventionSettings]:
        stanzas = ((name, getattr(self, name)) for name in type(self).model_fields)
        return {name: stanza for name, stanza in stanzas if stanza is not None}


if TYPE_CHECKING:
    Conventions = _Chosen
else:

    def _key(module: ConventionModule) -> Any:
        said = " ".join((module.__doc__ or "").split("\n\n")[0].split())
        return (module.Settings | None, Field(default=None, description=said))

    Conventions = create_model(
        "Conventions", __base__=_Chosen, **{name: _key(module) for name, module in conventions().items()}
    )
