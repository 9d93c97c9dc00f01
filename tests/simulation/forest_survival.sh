#!/usr/bin/env bash
# Makes the tables of docs/validation/forest-against-grf.md about survival on standard output: four designs and two targets, ours and grf (on
# R_LIBS) on the same data, one thread, some fifteen minutes of processor time with the defaults. Without grf it says so and does nothing.
# usage: tests/simulation/forest_survival.sh [N [P [REPLICATES [TREES [DESIGN …]]]]]   (500 5 100 500)
set -euo pipefail
build=${BUILD:-build}
case "${1:-}" in --*) set -- ;; esac
Rscript -e 'stopifnot(requireNamespace("grf", quietly = TRUE))' >/dev/null 2>&1 || {
    echo "grf is not installed: no comparison" >&2
    exit 0
}
cmake --build "$build" --target simulate_forest_survival >/dev/null
n=${1:-500} p=${2:-5} replicates=${3:-100} trees=${4:-500}
[ $# -gt 4 ] && shift 4 || set --
echo "| design | target | n | p | data sets | MSE ours | MSE grf | ratio (SE) | coverage ours | coverage grf | SE of the difference | variance ratio (SE) | correlation | ATE error ours (SE) | ATE error grf (SE) | SE ours | SE grf |"
echo "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
for target in RMST survival.probability; do
    Rscript "$(dirname "$0")/forest_survival.R" "$build/tests/simulate_forest_survival" "$n" "$p" "$replicates" "$trees" "$target" "$@"
done
