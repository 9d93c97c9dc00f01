#!/usr/bin/env bash
# 1,000 random-effects fits (REML, Knapp–Hartung) of 50 studies against metafor::rma on the same effects in the same run:
# CPU time of one thread each. The sums of all estimates, tau², SE and prediction limits must agree.
# usage: bench/meta.sh [BUILD_FOLDER]   (built with -DVAGUS_BENCH=ON)
set -eu
build=${1:-build}
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
printf '%-8s %-6s %12s %12s %20s %8s %12s\n' studies fits vagus_us metafor_us rma+predict_us ratio difference
for shape in "50 1000"; do
    read -r k fits <<<"$shape"
    read -r us ours _ < <("$build/bench/bench_meta" "$k" "$fits" 30 "$folder/effects.csv")
    read -r rma theirs both < <(Rscript "$(dirname "$0")/meta.R" "$folder/effects.csv" 2>/dev/null | tail -1)
    printf '%-8s %-6s %12s %12s %20s %8s %12s\n' "$k" "$fits" "$us" "$rma" "$both" \
        "$(awk "BEGIN { printf \"%.0f\", $rma / $us }")" "$(awk "BEGIN { printf \"%.1e\", $theirs / $ours - 1 }")"
done
