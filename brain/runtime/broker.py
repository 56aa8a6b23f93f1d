"""The embedded MQTT broker: amqtt in a thread and event loop of its own, on the loopback, with login.

Good to some hundred messages a second and not durable: its queues are in memory and end with the process. Real use is a
broker beside the program (mosquitto, RabbitMQ, EMQX).
"""

import asyncio
import hmac
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from amqtt.broker import Broker
from amqtt.contexts import BrokerConfig, ListenerConfig, ListenerType
from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import Session

HOST = "127.0.0.1"
_START_S = 10.0
_LISTENER = "default"
# amqtt reports each client that comes, goes or breaks off on these, at every level; feed health says what matters.
_TALKATIVE = ("amqtt", "transitions")


class BrokerError(Exception):
    """The embedded broker cannot start; the message is one line that says why."""


class LoginPlugin(BaseAuthPlugin):  # type: ignore[misc]
    """Lets in whoever has one of the configured logins."""

    @dataclass
    class Config:
        logins: dict[str, str] = field(default_factory=dict, repr=False)

    async def authenticate(self, *, session: Session) -> bool:
        wanted = self.config.logins.get(session.username or "")
        # Compared also for unknown names: the time taken tells nothing.
        matches = hmac.compare_digest((wanted or "").encode(), (session.password or "").encode())
        return wanted is not None and bool(wanted) and matches


class EmbeddedBroker:
    """`start` and `stop` once each. `port` is the real one after the start."""

    def __init__(self, logins: Mapping[str, str], port: int = 0) -> None:
        """`logins`: name -> password, none of them empty. `port` 0 takes a free one."""
        if not logins or not all(logins.values()):
            raise BrokerError("the embedded broker needs a login with a password")
        self.host = HOST
        self.port = port
        self._logins = dict(logins)
        self._loop = asyncio.new_event_loop()
        # What clients do wrong must not reach asyncio's own log either.
        self._loop.set_exception_handler(lambda _loop, _context: None)
        self._ending = asyncio.Event()
        self._started = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="embedded-broker", daemon=True)
        self._levels: dict[str, int] = {}

    def start(self) -> None:
        """Returns when it accepts connections. Raises BrokerError, such as for a port in use."""
        self._hush()
        self._thread.start()
        started = self._started.wait(_START_S)
        if self._failure is not None or not started:
            self._thread.join(_START_S)
            self._unhush()
            reason = "it does not start" if self._failure is None else _reason(self._failure)
            raise BrokerError(f"embedded broker on {HOST}:{self.port}: {reason}") from self._failure

    def stop(self) -> None:
        """Returns when the port is free again. Called again it does nothing."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._ending.set)
            self._thread.join()
        self._unhush()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except Exception as error:  # told by `start`
            self._failure = error
        finally:
            self._loop.run_until_complete(_cancel_rest())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()
            self._started.set()

    async def _serve(self) -> None:
        broker = Broker(_config(self._logins), loop=self._loop)
        # The socket is ours, not amqtt's: so the port that a 0 became is known.
        accept = partial(broker.stream_connected, listener_name=_LISTENER)
        server = await asyncio.start_server(accept, HOST, self.port, start_serving=False)
        async with server:
            self.port = server.sockets[0].getsockname()[1]
            await broker.start()
            await server.start_serving()
            self._started.set()
            await self._ending.wait()
            server.close()
            await broker.shutdown()

    def _hush(self) -> None:
        for name in _TALKATIVE:
            logger = logging.getLogger(name)
            self._levels[name] = logger.level
            logger.setLevel(logging.CRITICAL)

    def _unhush(self) -> None:
        for name, level in self._levels.items():
            logging.getLogger(name).setLevel(level)
        self._levels.clear()


def _config(logins: dict[str, str]) -> BrokerConfig:
    plugin = f"{LoginPlugin.__module__}.{LoginPlugin.__qualname__}"
    return BrokerConfig(
        listeners={_LISTENER: ListenerConfig(type=ListenerType.EXTERNAL, bind=HOST, max_connections=1000)},
        plugins={plugin: {"logins": logins}},
    )


async def _cancel_rest() -> None:
    """End what clients that broke off left behind."""
    rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}; choose another broker.port, or 0 for any free one"
    return f"{type(error).__name__}: {error}"
