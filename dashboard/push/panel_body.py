"""Builds the bytes of a panel: asks the brain, draws the frame, writes `{component id: {prop: value}}`.

A panel that raises is shown failed, with the cause for those who run the system, and logged once until it is well.
"""

import logging
import threading
from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any

from plotly.io.json import to_json_plotly

from brain.model.clock import Clock
from brain.model.query.answer import Answer
from brain.model.scope import Forbidden, Scope
from brain.store.errors import StoreUnavailable
from dashboard.kit.cause import RUNS_IT
from dashboard.kit.face import changes_from_ms, choose_face, faced, stale_from_ms
from dashboard.kit.frame import frame, title_of
from dashboard.panel import CityFacts, Face, Table, View
from dashboard.push.asked import Asked
from dashboard.push.broken import broken
from dashboard.push.kept import Built
from dashboard.texts import Texts
from dashboard.web.shell import Answering

SETTABLE = ("children", "className")

log = logging.getLogger(__name__)


class CannotBuild(Exception):
    """The panel, or what it asks, raised; it was logged."""


class PanelBodies:
    """Thread-safe: builds run on several threads."""

    def __init__(self, answers: Answering, city: CityFacts, clock: Clock, texts: Texts) -> None:
        self._answers = answers
        self._city = city
        self._clock = clock
        self._texts = texts
        self._lock = threading.Lock()
        self._failing: set[Hashable] = set()

    def build(self, asked: Asked) -> Built:
        """Raises Forbidden for an area outside the scope, StoreUnavailable while the database is away; whatever else a
        panel or its answers raise becomes its failed face."""
        view = self._view(asked)
        name = asked.placed.placement.panel
        try:
            answers = self._ask(asked)
            view = replace(view, answers=answers)
            section = frame(asked.placed.panel, view)
            body = _props(asked, section)
            face = choose_face(asked.placed.panel, view)
        except (Forbidden, StoreUnavailable):
            raise
        except Exception as error:
            self._log_once(name, error)
            return self.failed(asked, error)
        with self._lock:
            self._failing.discard(name)
        return Built(body, _until_ms(answers, view.now_ms), settled=face is Face.NORMAL)

    def rows(self, asked: Asked) -> tuple[str, Table | None, View]:
        """Title, rows (None while there are no data) and view of a panel that has rows. Raises Forbidden,
        StoreUnavailable, CannotBuild."""
        panel, name = asked.placed.panel, (asked.placed.placement.panel, "rows")
        try:
            view = faced(panel, replace(self._view(asked), answers=self._ask(asked)))
            missing = any(answer.value is None for answer in view.answers.values())
            made = title_of(panel, view), None if missing or panel.rows is None else panel.rows(view), view
        except (Forbidden, StoreUnavailable):
            raise
        except Exception as error:
            self._log_once(name, error)
            raise CannotBuild from error
        with self._lock:
            self._failing.discard(name)
        return made

    def failed(self, asked: Asked, error: Exception) -> Built:
        """The failed face; what exactly failed is said to those who can mend it."""
        cause = f"{type(error).__name__}: {error}" if asked.scope.role in RUNS_IT else ""
        return Built(_props(asked, broken(asked.placed.panel, self._view(asked), cause)), sound=False)

    def _ask(self, asked: Asked) -> Mapping[str, Answer[Any]]:
        scope = _faceless(asked.scope)
        needs = asked.placed.needs(asked.params)
        return {name: self._answers.answer(query, scope, asked.area_id) for name, query in needs.items()}

    def _view(self, asked: Asked) -> View:
        return View(
            panel_id=asked.placed.placement.panel,
            screen=asked.screen,
            theme=asked.theme,
            lang=asked.lang,
            tr=self._texts.translate(asked.lang),
            city=self._city,
            area=self._city.areas.get(asked.area_id),
            scope=_faceless(asked.scope),
            now_ms=self._clock.now_ms(),
            replay=self._clock.replay,
            answers={},
            face=Face.LOADING,
            options=asked.placed.chosen(asked.params),
            params=asked.params,
            enlarge=asked.enlarge,
        )

    def _log_once(self, name: Hashable, error: Exception) -> None:
        with self._lock:
            first = name not in self._failing
            self._failing.add(name)
        if first:
            log.error("panel %s cannot be shown", name, exc_info=error)


def _faceless(scope: Scope) -> Scope:
    """The scope without the person: the bytes are shared by all of the same role, area and unit."""
    return replace(scope, actor="")


def _props(asked: Asked, section: Any) -> bytes:
    props = {name: getattr(section, name, None) for name in SETTABLE}
    return str(to_json_plotly({f"p-{asked.placed.id}": props})).encode()


def _until_ms(answers: Mapping[str, Answer[Any]], now_ms: int) -> int | None:
    """When a body must give way to another: to the stale face (None once it is stale), or to what time alone brings."""
    stale_ms = stale_from_ms(answers.values())
    changes_ms = changes_from_ms(answers.values())
    moments = [stale_ms] if stale_ms is not None and stale_ms >= now_ms else []
    moments += [changes_ms - 1] if changes_ms is not None else []  # from that moment on, not after it
    return min(moments, default=None)
