#!/usr/bin/env bash
# style.sh - shows where the layout of the C source differs from .clang-format; `tools/style.sh --mend` rewrites it.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=(--dry-run --Werror)
[ "${1:-}" != --mend ] || mode=(-i)
find src verify probe tests bench -name '*.[ch]' -not -path '*/node_modules/*' -print0 2>/dev/null |
    xargs -0 -r clang-format --style=file "${mode[@]}"
