#!/usr/bin/env bash
# fuzz.sh - builds the fuzzers of tests/fuzz with clang and runs them, two at a time; prints TAP.
#
#   tools/fuzz.sh SECONDS [TARGET…]     e.g. tools/fuzz.sh 60 fuzz_base
set -uo pipefail
cd "$(dirname "$0")/.."
. tools/packages.sh
. tools/build.sh
seconds=${1:?seconds for each fuzzer}
shift
dir=build-fuzz
[ $# -gt 0 ] || set -- $(cd tests/fuzz && ls fuzz_*.c | sed 's/\.c$//')
# The list of fuzzers is read when meson configures, so a new one makes it configure again.
fuzzers=$(cd tests/fuzz && ls fuzz_*.c | tr '\n' ' ')
[ "$(cat $dir/fuzzers 2>/dev/null)" = "$fuzzers" ] || rm -f $dir/options
CC=clang build_in $dir -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false -Dbuildtype=debugoptimized \
    -Dc_args=-fsanitize=fuzzer-no-link || exit 1
echo "$fuzzers" >$dir/fuzzers
ninja -C $dir fuzzers >$dir/build.log 2>&1 || { grep -E 'error|FAILED' -A3 $dir/build.log; exit 1; }

fuzz_one() { # fuzz_one TARGET : runs it; its log tells the rest
    local target=$1 name=${1#fuzz_} dict=()
    mkdir -p "$dir/corpus/$name" "$dir/crashes" "tests/fuzz/corpus/$name" 2>/dev/null
    [ ! -e "tests/fuzz/$name.dict" ] || dict=(-dict="tests/fuzz/$name.dict")
    "$dir/tests/fuzz/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=65536 -print_final_stats=1 \
        -artifact_prefix="$dir/crashes/$name-" "${dict[@]}" "$dir/corpus/$name" "tests/fuzz/corpus/$name" >"$dir/$target.log" 2>&1
}
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1} UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1

echo "1..$#"
number=0 bad=0
while [ $# -gt 0 ]; do
    pair=() ids=()
    for target in "${@:1:2}"; do
        fuzz_one "$target" &
        pair+=("$target") ids+=($!)
    done
    shift "${#pair[@]}"
    for i in "${!pair[@]}"; do
        number=$((number + 1))
        if wait "${ids[$i]}"; then
            echo "ok $number - ${pair[$i]} ($(sed -n 's/^stat::number_of_executed_units: *//p' "$dir/${pair[$i]}.log") inputs)"
        else
            bad=1
            echo "not ok $number - ${pair[$i]}, see $dir/${pair[$i]}.log"
            grep -aE 'ERROR|SUMMARY|runtime error|Assertion|Test unit written' "$dir/${pair[$i]}.log" | sed 's/^/# /' | head -6
        fi
    done
done
exit $bad
