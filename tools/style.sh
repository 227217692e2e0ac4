#!/usr/bin/env bash
# style.sh - shows where the layout of the C source differs from .clang-format, and shell scripts that do not parse.
#
#   tools/style.sh [FOLDER…]           all source, or only these folders
#   tools/style.sh --mend [FOLDER…]    rewrites it
set -euo pipefail
cd "$(dirname "$0")/.."
mode=(--dry-run --Werror)
[ "${1:-}" != --mend ] || { mode=(-i); shift; }
if [ $# = 0 ]; then
    for script in check run tools/*.sh tests/*/run tests/*/*.sh bench/run; do bash -n "$script"; done
    for folder in src verify probe tests bench; do [ ! -d "$folder" ] || set -- "$@" "$folder"; done
fi
find "$@" -name '*.[ch]' -not -path '*/node_modules/*' -print0 | xargs -0 -r clang-format --style=file "${mode[@]}"
