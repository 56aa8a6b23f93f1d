"""The city map: areas coloured by one indicator, alerts and devices as points."""

from brain.model.query.answer import Answer, Provenance, SourceState
from brain.model.query.map import AreaMap, MapView
from brain.store.read.ask import Ask, reply
from brain.store.read.map_areas import Coloured, areas_shown, metric_areas, per_people, ticket_areas, unknown
from brain.store.read.map_devices import devices_on_map
from brain.store.read.map_points import pins
from brain.store.read.sources import counted_at, feed_ids, source_states, stale_after_s

_TICKETS = "tickets"


@reply.register
def area_map(query: AreaMap, ask: Ask) -> Answer[MapView]:
    of_tickets = query.colour == _TICKETS
    sources = source_states(ask, _TICKETS if of_tickets else "readings")
    coloured = ticket_areas(ask) if of_tickets else metric_areas(ask, query.colour)
    if of_tickets and not coloured.total and any(source.in_trouble for source in sources):
        coloured = unknown(coloured)
    as_of_ms = counted_at(ask, sources if of_tickets else (), coloured.newest_ms) if coloured.newest_ms else None
    unit_key, formula_key = _words(ask, of_tickets)
    devices, clusters, counts = devices_on_map(ask, areas_shown(ask))
    return Answer(
        value=MapView(
            areas=coloured.areas,
            pins=pins(ask),
            devices=devices,
            device_counts=counts,
            clusters=clusters,
            unit_key=unit_key,
            metric=None if of_tickets else ask.facts.metrics.get(query.colour),
        ),
        as_of_ms=as_of_ms,
        sources=sources,
        simulated=coloured.simulated or (of_tickets and _none_from_simulated(coloured, sources)),
        stale_after_s=stale_after_s(sources),
        counts_all=of_tickets,
        provenance=(
            Provenance("areas", formula_key, coloured.total, sources=feed_ids(sources), refreshed_ms=as_of_ms),
        ),
    )


def _words(ask: Ask, of_tickets: bool) -> tuple[str, str]:
    """Catalogue keys of the unit and the formula."""
    if not of_tickets:
        return "map.unit.metric", "formula.metric_mean"
    if per_people(areas_shown(ask)):
        return "map.unit.per_10k", "formula.tickets_per_10k"
    return "map.unit.count", "formula.tickets_count"


def _none_from_simulated(coloured: Coloured, sources: tuple[SourceState, ...]) -> bool:
    """A map of zeros is as simulated as the feeds that brought none."""
    return not coloured.total and coloured.newest_ms is not None and any(source.simulated for source in sources)
