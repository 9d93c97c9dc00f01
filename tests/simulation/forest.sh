#!/usr/bin/env bash
# Makes the table of docs/validation/forest-against-grf.md on standard output: seven designs, ours and grf (on R_LIBS) on the same data, one
# thread, some ten minutes of processor time with the defaults. Without grf it says so and does nothing.
# usage: tests/simulation/forest.sh [N [P [REPLICATES [TREES [DESIGN …]]]]]   (500 10 100 500)   FIRST=101: begin with data set 101
set -euo pipefail
build=${BUILD:-build}
case "${1:-}" in --*) set -- ;; esac
Rscript -e 'stopifnot(requireNamespace("grf", quietly = TRUE))' >/dev/null 2>&1 || {
    echo "grf is not installed: no comparison" >&2
    exit 0
}
cmake --build "$build" --target simulate_forest >/dev/null
n=${1:-500} p=${2:-10} replicates=${3:-100} trees=${4:-500}
[ $# -gt 4 ] && shift 4 || set --
echo "| design | n | p | data sets | MSE ours | MSE grf | ratio (SE) | coverage ours | coverage grf | SE of the difference | variance ratio (SE) | correlation |"
echo "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
Rscript "$(dirname "$0")/forest.R" "$build/tests/simulate_forest" "$n" "$p" "$replicates" "$trees" "$@"
