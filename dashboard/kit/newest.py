"""What an alert's device measures now: one number on stage, map and evidence of the same moment."""

from brain.model.query.alerts import AlertDetail
from dashboard.kit.level import is_over


def newest_reading(detail: AlertDetail) -> tuple[float | None, int]:
    """(value, at_ms) of the newest good reading behind an open alert; what the alert last saw where the readings are
    not at hand or it is over."""
    row = detail.row
    same = row.metric is not None and detail.series_metric is not None and detail.series_metric.id == row.metric.id
    if same and detail.series_span_s == 0 and not is_over(row.state):
        for at_ms, value in reversed(detail.series):
            if at_ms < row.last_ms:
                break
            if value is not None:
                return value, at_ms
    return row.value, row.last_ms
