"""The name of a device as the way to its page."""

from dash import html

from brain.model.query.devices import AwayDevice
from brain.model.reading import Device
from dashboard.kit.address import device_address
from dashboard.kit.attributes import data
from dashboard.kit.place import device_label
from dashboard.panel import View


def device_link(
    device: Device | AwayDevice, view: View, metric: str = "", name: str = "to-device"
) -> html.A | html.Span:
    """`metric`: the one its page begins with; `name`: class. A wall, which is not touched, has the name alone."""
    device_id = device.id if isinstance(device, Device) else device.device_id
    label, path = device_label(device, view), device_address(device_id, view, metric=metric)
    return html.A(label, href=path, className=name, **data(go=path)) if path else html.Span(label, className=name)
