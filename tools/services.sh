#!/bin/sh
# Installs what the tests need beside Python, where it is missing and this user may. Writes what is there to
# var/services, which `make test` hands to the tests: a service that is there must not be skipped. Named as arguments,
# `rabbitmq` and `faketime` are installed too: only `make faults` needs them.
set -u
mkdir -p var
wanted=""
has_postgres() { ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }
has_mosquitto() { command -v mosquitto >/dev/null 2>&1 || [ -x /usr/sbin/mosquitto ]; }
has_chromium() { command -v chromium >/dev/null 2>&1; }
has_chromium || wanted="$wanted chromium"
has_mosquitto || wanted="$wanted mosquitto"
has_postgres || wanted="$wanted postgresql"
for more in "$@"; do
  case "$more" in
    rabbitmq) [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || wanted="$wanted rabbitmq-server" ;;
    faketime) command -v faketime >/dev/null 2>&1 || wanted="$wanted faketime" ;;
  esac
done
if [ -n "$wanted" ]; then
  if [ "$(id -u)" = 0 ]; then as=""; elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then as="sudo -n"; else as="no"; fi
  if [ "$as" = no ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "Not installed, and this user may not: $wanted. The tests that need them are skipped." >&2
  else
    echo "Installing for the tests:$wanted"
    # mosquitto and PostgreSQL start a server of their own on installing; the tests start theirs on free ports.
    $as apt-get update -qq >/dev/null 2>&1
    DEBIAN_FRONTEND=noninteractive $as apt-get install -y -qq --no-install-recommends $wanted >var/services.log 2>&1 ||
      echo "Could not install:$wanted (see var/services.log). The tests that need them are skipped." >&2
  fi
fi
there=""
has_chromium && there="$there,chromium"
has_mosquitto && there="$there,mosquitto"
has_postgres && there="$there,postgres"
printf '%s' "${there#,}" >var/services
