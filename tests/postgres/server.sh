#!/usr/bin/env bash
# server.sh - a private PostgreSQL server for one command: made in a temporary folder, on a socket there, ended with the command.
#
#   tests/postgres/server.sh COMMAND…     runs it with TAIZHANG_TEST_POSTGRES set to the server's address
set -euo pipefail
programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
[ -n "$programs" ] || { echo "server.sh: no PostgreSQL in /usr/lib/postgresql" >&2; exit 1; }
folder=$(mktemp -d /tmp/taizhang-pg-XXXXXX)
as_owner=() # PostgreSQL refuses to run as root
if [ "$(id -u)" = 0 ]; then
    # It keeps the right to read through folders, for roots that only root may enter (a container's own); the securebit lets access() know of it.
    as_owner=(setpriv --reuid=postgres --regid=postgres --clear-groups --securebits=+no_setuid_fixup
        --inh-caps=+dac_read_search --ambient-caps=+dac_read_search --)
    chown postgres "$folder"
fi
leave() {
    "${as_owner[@]}" "$programs/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap leave EXIT
"${as_owner[@]}" "$programs/initdb" -D "$folder/data" -U taizhang -A trust -E UTF8 --locale=C >"/dev/null"
"${as_owner[@]}" "$programs/pg_ctl" -D "$folder/data" -w -l "$folder/log" \
    -o "-c listen_addresses='' -k $folder -c fsync=on -c synchronous_commit=on -c max_connections=300 -c shared_buffers=64MB" start >/dev/null
chmod 755 "$folder"
TAIZHANG_TEST_POSTGRES="postgresql:///postgres?host=$folder&user=taizhang" "$@"
