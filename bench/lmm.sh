#!/usr/bin/env bash
# 2,000 random-intercept models (300 subjects × 3 visits, 7 coefficients) with Satterthwaite df, two threads, against
# lmerTest on the first 10 of the same features in the same run, scaled to 2,000. Both print the first
# feature's estimate, se and df on standard error.
# usage: bench/lmm.sh [BUILD_FOLDER]   (built with -DVAGUS_BENCH=ON)
set -eu
build=${1:-build}
file=$(mktemp)
trap 'rm -f "$file"' EXIT
"$build/bench/bench_lmm" 10 > "$file"
ours=$("$build/bench/bench_lmm")
read -r fits theirs < <(OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 Rscript "$(dirname "$0")/lmm.R" "$file")
printf '%-12s %-24s %8s\n' vagus_s "lmerTest_s($fits scaled)" ratio
printf '%-12s %-24s %8s\n' "$ours" "$theirs" "$(awk "BEGIN { printf \"%.0f\", $theirs / $ours }")"
