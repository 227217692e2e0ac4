# build.sh - how the build directories are made and compiled; sourced by ./run and ./check after packages.sh.

# What the pages take from npm (exact versions, from the lock file) is fetched once, before meson looks for it.
build_front() {
    [ -e web/package-lock.json ] || return 0
    [ -e web/node_modules/.package-lock.json ] && [ web/node_modules/.package-lock.json -nt web/package-lock.json ] && return 0
    packages_install front || return 1
    (cd web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
}

# build_in DIR [MESON OPTION…] : configures DIR once, and again when the options or the set of meson.build files change
# (meson looks only once whether a room's folder has one).
build_in() {
    local dir=$1 wanted
    shift
    wanted="$* | $({ find src verify probe tests bench web -name meson.build -not -path '*/node_modules/*' 2>/dev/null || true; } | sort | tr '\n' ' ')"
    [ ! -e "$dir/build.ninja" ] || [ "$(cat "$dir/options" 2>/dev/null)" != "$wanted" ] || return 0
    mkdir -p "$dir"
    set -- "$dir" "$@"
    [ ! -e "$dir/build.ninja" ] || set -- --reconfigure "$@"
    meson setup "$@" >"$dir/setup.log" 2>&1 || { tail -30 "$dir/setup.log" >&2; return 1; }
    echo "$wanted" >"$dir/options"
}

# build_programs DIR : compiles the programs and nothing else where there are programs, else everything.
build_programs() {
    local dir=$1 programs
    programs=$(ninja -C "$dir" -t targets all 2>/dev/null | sed -n 's/^\(taizhang\(-probe\|-verify\)\{0,1\}\): .*/\1/p' || true)
    ninja -C "$dir" $programs
}
