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
    as_owner=(setpriv --reuid=postgres --regid=postgres --clear-groups --)
    if "${as_owner[@]}" test -x "$programs/postgres"; then
        chown postgres "$folder"
    else # a root folder that only root may enter, as some containers have: root under another number
        as_owner=(unshare --user --map-user=1000 --map-group=1000 --)
    fi
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
