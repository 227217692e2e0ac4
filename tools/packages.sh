#!/usr/bin/env bash
# packages.sh - the one list of the Debian packages that Taizhang needs, and how the missing ones are installed.
#
#   tools/packages.sh build run test     install what is missing of these groups
#   tools/packages.sh --list build       print a group, one package a line (for packaging and for other systems)
#
# Sourced by ./run and ./check, which call packages_install. Works on Debian 12 and 13: libraries are named by their
# -dev packages, whose names do not change with the library's version. An entry "package:command" counts as present
# when the command is there, whoever brought it.

# What compiles the programs.
packages_build="meson ninja-build pkg-config:pkg-config gcc:gcc libc6-dev python3:python3 gettext:msgfmt
  libmicrohttpd-dev libcurl4-openssl-dev
  libsqlite3-dev libpq-dev libsodium-dev libssl-dev
  libxml2-dev libzip-dev libxlsxwriter-dev libcairo2-dev libfreetype-dev libcmark-dev libqrencode-dev
  libmagic-dev libgd-dev libexif-dev
  libjansson-dev libutf8proc-dev libcmocka-dev"

# What the programs need beside their libraries: the fonts of pages on paper, and what shows a PDF as pictures.
packages_run="fonts-noto-cjk fonts-arphic-gkai00mp poppler-utils:pdftocairo"

# What fetches the pages' scripts, once web/package-lock.json names some.
packages_front="nodejs:node npm:npm ca-certificates"

# What compiles and runs the tests, and reads what the programs wrote with other people's programs.
packages_test="clang:clang clang-format:clang-format libclang-rt-dev
  openssl:openssl chromium:chromium nodejs:node npm:npm ca-certificates curl:curl sqlite3:sqlite3 git:git
  poppler-utils:pdftotext zbar-tools:zbarimg clamav-daemon:clamd dovecot-imapd postgresql python3-docx python3-openpyxl python3-icalendar libreoffice-writer-nogui libreoffice-calc-nogui"

packages_of() { # packages_of GROUP… : the entries of the groups
    local group name
    for group in "$@"; do
        case $group in build | run | front | test) ;; *) echo "packages.sh: no group '$group' (build, run, front, test)" >&2; return 64 ;; esac
        name=packages_$group
        echo "${!name}"
    done
}

packages_missing() { # packages_missing GROUP… : one package a line
    local entry package command installed
    installed=$'\n'$(dpkg-query -W -f '${Package} ${db:Status-Status}\n')$'\n'
    for entry in $(packages_of "$@"); do
        package=${entry%%:*} command=${entry#*:}
        [ "$command" != "$entry" ] && command -v "$command" >/dev/null && continue
        [[ $installed == *$'\n'"$package installed"$'\n'* ]] || echo "$package"
    done
}

packages_install() { # packages_install GROUP… : installs what is missing; says what before it does; silent when nothing is
    local missing as_root=() apt=(apt-get -o DPkg::Lock::Timeout=300 -q -y)
    [ "${TAIZHANG_INSTALL:-yes}" = no ] && return 0
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        echo "This system has no apt-get. Install the counterparts of these Debian packages, then set TAIZHANG_INSTALL=no:" >&2
        packages_of "$@" | tr -s ' \n' '\n' | sed 's/:.*//' >&2
        return 1
    fi
    missing=$(packages_missing "$@")
    [ -n "$missing" ] || return 0
    echo "Installing these Debian packages: $(echo $missing)"
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null && ! [ -t 0 ]; then
            echo "This needs root. As root, run:  apt-get install --no-install-recommends $(echo $missing)" >&2
            return 1
        fi
        as_root=(sudo env)
    else
        as_root=(env)
    fi
    as_root+=(DEBIAN_FRONTEND=noninteractive)
    local log status=0
    log=$(mktemp)
    # Package lists that are absent or do not know a package are fetched first; lists that turn out stale, on the second try.
    apt-cache show $missing >/dev/null 2>&1 || "${as_root[@]}" "${apt[@]}" update >"$log" 2>&1 || status=1
    missing=$(packages_missing "$@") || true
    [ "$status" != 0 ] || "${as_root[@]}" "${apt[@]}" install --no-install-recommends $missing >"$log" 2>&1 ||
        { "${as_root[@]}" "${apt[@]}" update >"$log" 2>&1 && "${as_root[@]}" "${apt[@]}" install --no-install-recommends $missing >"$log" 2>&1; } ||
        status=1
    if [ "$status" = 0 ]; then
        echo "Installed."
    else
        tail -20 "$log" >&2
        echo "apt-get could not install them; its last lines are above." >&2
    fi
    rm -f "$log"
    return "$status"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    set -uo pipefail
    case ${1:-} in
    "" | -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0" ;;
    --list) shift && packages_of "$@" | tr -s ' \n' '\n' | sed -n 's/:.*//; /./p' ;;
    *) packages_install "$@" ;;
    esac
fi
