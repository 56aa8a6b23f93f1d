"""The same page with Dash as it is shipped: one application, its own server, its own plotly.js, the components in the
layout, nothing of ours around it.

Arguments: children (file of the components as JSON), styles (folder of style sheets). Says {port}.
"""

import json
import socket
from pathlib import Path
from typing import Any

from dash import Dash, html
from fastapi import FastAPI

from bench.peers.child import arguments, hear, say
from bench.peers.cockpit_alone import port_of, serve_beside


def main(given: dict[str, Any]) -> None:
    server: Any = FastAPI()
    app = Dash(__name__, server=server, assets_folder=given["styles"])
    root = html.Div(id="page")
    root.children = json.loads(
        Path(given["children"]).read_text(encoding="utf-8")
    )  # plain dicts: the renderer takes them as they are
    app.layout = lambda: root
    bound = socket.create_server(("127.0.0.1", 0))
    serve_beside(server, bound)
    say({"port": port_of(bound)})
    hear()


if __name__ == "__main__":
    main(arguments())
