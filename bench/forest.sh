#!/usr/bin/env bash
# Causal forest, known propensity, outcome centred by a forest of its own: grow and predict out of bag with variance, 2 threads, beside grf
# (on R_LIBS) in the same run. With fewer trees for grf its seconds are scaled up; its memory is not.
# usage: bench/forest.sh [BUILD_FOLDER [ROWS [COLUMNS [TREES [TREES_OF_GRF]]]]]   (built with -DVAGUS_BENCH=ON; default 20000 50 2000)
set -eu
build=${1:-build} rows=${2:-20000} columns=${3:-50} trees=${4:-2000}
theirs=${5:-$trees}
Rscript -e 'stopifnot(requireNamespace("grf", quietly = TRUE))' >/dev/null 2>&1 || { echo "grf is not installed: no comparison"; exit 0; }
file=$(mktemp)
trap 'rm -f "$file"' EXIT
script=$(dirname "$0")/forest.R
Rscript "$script" make "$file" "$rows" "$columns"
ours=$("$build/bench/bench_forest" "$file" "$rows" "$columns" "$trees" 2)
grf=$(Rscript "$script" grf "$file" "$rows" "$columns" "$theirs")
printf '%s\n%s\n' "$ours" "$grf" | awk -v scale="$(awk "BEGIN { print $trees / $theirs }")" '
    BEGIN { form = "%-6s %9s %10s %12s %8s %10s %10s\n"; printf form, "", "grow_s", "predict_s", "processor_s", "peak_MB", "estimate", "variance" }
    { s = NR == 1 ? 1 : scale; for (k = 1; k <= 3; k++) v[NR, k] = sprintf("%.1f", $k * s); v[NR, 4] = $4
      printf form, NR == 1 ? "vagus" : "grf", v[NR, 1], v[NR, 2], v[NR, 3], $4, $5, $6 }
    END { printf form, "ratio", sprintf("%.1f", v[2, 1] / v[1, 1]), sprintf("%.1f", v[2, 2] / v[1, 2]), sprintf("%.1f", v[2, 3] / v[1, 3]),
          sprintf("%.2f", v[1, 4] / v[2, 4]), "", "" }'
