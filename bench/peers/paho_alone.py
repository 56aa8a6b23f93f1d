"""What paho receives and acknowledges when it does nothing else: the yardstick of the ingest.

Arguments: host, port, username, password, count. Says "ready" when subscribed, then {ended, cpu_s} when `count`
messages were received and acknowledged (system-wide monotonic seconds).
"""

import time
from typing import Any

from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from bench.peers.child import arguments, hear, say


def main(given: dict[str, Any]) -> None:
    count, seen = given["count"], 0
    client = Client(CallbackAPIVersion.VERSION2, client_id="bench-paho", protocol=MQTTv5)
    client.username_pw_set(given["username"], given["password"])

    def take(*_: object) -> None:
        nonlocal seen
        seen += 1

    def subscribe(*_: object) -> None:
        client.subscribe("city/#", qos=1)

    client.on_message = take
    client.on_subscribe = lambda *_: say("ready")
    client.on_connect = subscribe
    client.connect(given["host"], given["port"])
    began_cpu = 0.0
    while seen < count:
        client.loop(1.0)
        began_cpu = began_cpu or (time.process_time() if seen else 0.0)
    while client.want_write():
        client.loop(0.1)
    say({"ended": time.monotonic(), "cpu_s": time.process_time() - began_cpu})
    hear()
    client.disconnect()


if __name__ == "__main__":
    main(arguments())
