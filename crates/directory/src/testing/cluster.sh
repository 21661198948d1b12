# Starts and stops the PostgreSQL server of the tests: cluster.sh start|reap DIRECTORY
# Prints nothing but errors. `start` is called under a lock; `reap` ends itself.
set -eu
action=$1
directory=$2
server=$directory/server

if ! binaries=$(dirname "$(ls /usr/lib/postgresql/*/bin/pg_ctl 2>/dev/null | sort -V | tail -n 1)") ||
    [ ! -x "$binaries/pg_ctl" ]; then
    binaries=$(dirname "$(command -v pg_ctl || true)")
fi
if [ ! -x "$binaries/initdb" ]; then
    echo "PostgreSQL is not installed: install the package postgresql (binaries are looked for in" \
        "/usr/lib/postgresql/*/bin and PATH), or name a server in ROLLCALL_TEST_POSTGRES_URL" >&2
    exit 1
fi

# The server refuses to run as root.
run() {
    if [ "$(id -u)" != 0 ]; then
        "$@"
    elif id postgres >/dev/null 2>&1; then
        setpriv --reuid postgres --regid "$(id -g postgres)" --clear-groups "$@"
    else
        setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups "$@"
    fi
}

clear_away() {
    if [ -L "$server/data" ]; then
        rm -rf "$(readlink "$server/data")"
    fi
    rm -rf "$server"
}

start() {
    if run "$binaries/pg_ctl" status -D "$server/data" >/dev/null 2>&1; then
        return
    fi
    clear_away
    mkdir -p "$server"
    # Memory instead of disk where there is plenty: the server still syncs (fsync=off would be refused), but for nothing.
    data=$server/data
    if [ "$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')" -gt 4000000 ] 2>/dev/null; then
        data=/dev/shm/$(basename "$directory")
        ln -s "$data" "$server/data"
    fi
    mkdir -p -m 700 "$data"
    if [ "$(id -u)" = 0 ]; then
        chown "$(id -u postgres 2>/dev/null || id -u nobody)" "$server" "$data"
    fi
    cd "$server"
    run "$binaries/initdb" -D "$server/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync \
        >"$directory/initdb.log" 2>&1 || { cat "$directory/initdb.log" >&2; exit 1; }
    run "$binaries/pg_ctl" start -w -D "$server/data" -l "$server/server.log" -o \
        "-c listen_addresses= -c unix_socket_directories=$server -c max_connections=400 -c shared_buffers=64MB" \
        >/dev/null 2>&1 || { cat "$server/server.log" >&2; exit 1; }
}

reap() {
    exec 8>"$directory/reaping.lock"
    flock -n 8 || exit 0
    exec 9>"$directory/using.lock"
    cd /
    while sleep 15; do
        if flock -n -x 9; then
            run "$binaries/pg_ctl" stop -m immediate -D "$server/data" 8>&- 9>&- >/dev/null 2>&1 || true
            clear_away
            exit 0
        fi
    done
}

"$action"
