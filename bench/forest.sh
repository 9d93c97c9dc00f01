#!/usr/bin/env bash
# Causal forest, known propensity, outcome centred by a forest of its own: grow and predict out of bag with variance, 2 threads, beside grf
# (on R_LIBS) in the same run.
# usage: bench/forest.sh [BUILD_FOLDER [ROWS [COLUMNS [TREES]]]]   (built with -DVAGUS_BENCH=ON; default 20000 50 2000)
set -eu
build=${1:-build} rows=${2:-20000} columns=${3:-50} trees=${4:-2000}
file=$(mktemp)
trap 'rm -f "$file"' EXIT
script=$(dirname "$0")/forest.R
Rscript "$script" make "$file" "$rows" "$columns"
read -r grow predict peak estimate variance < <("$build/bench/bench_forest" "$file" "$rows" "$columns" "$trees" 2)
printf '%-6s %10s %10s %8s %10s %10s\n' '' grow_s predict_s peak_MB estimate variance
printf '%-6s %10s %10s %8s %10s %10s\n' vagus "$grow" "$predict" "$peak" "$estimate" "$variance"
read -r their_grow their_predict their_peak estimate variance < <(Rscript "$script" grf "$file" "$rows" "$columns" "$trees")
printf '%-6s %10s %10s %8s %10s %10s\n' grf "$their_grow" "$their_predict" "$their_peak" "$estimate" "$variance"
awk "BEGIN { printf \"ratio  %10.1f %10.1f %8.2f   total %.1f\n\", $their_grow / $grow, $their_predict / $predict, $peak / $their_peak,
    ($their_grow + $their_predict) / ($grow + $predict) }"
