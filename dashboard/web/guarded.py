"""A FastAPI server with a gate before everything, also before FastAPI's own layers and its answers to errors."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.types import ASGIApp

# Never on by the environment: the cockpit makes no request to the outside.
_NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}


class GuardedServer(FastAPI):
    """`gate` wraps the whole of it."""

    def __init__(self, gate: Callable[[ASGIApp], ASGIApp], **settings: Any) -> None:
        super().__init__(docs_url=None, redoc_url=None, openapi_url=None, telemetry=_NO_TELEMETRY, **settings)
        self._gate = gate

    def build_middleware_stack(self) -> ASGIApp:
        # add_middleware would put the gate inside the error handler, whose answers would lack our headers.
        return self._gate(super().build_middleware_stack())
