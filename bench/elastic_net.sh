#!/usr/bin/env bash
# Path of a lasso against glmnet, one thread each, same data, same run: wide (n = 500, p = 10,000) and tall, gaussian and binomial, at
# glmnet's default threshold 1e-7 and at 1e-12. Columns: seconds, processor
# seconds, points, non-zero at the last, MB beyond the data, passes, a coefficient.
# usage: bench/elastic_net.sh [BUILD_FOLDER]   (built with -DVAGUS_BENCH=ON)
set -eu
build=${1:-build}
file=$(mktemp)
trap 'rm -f "$file"' EXIT
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
for case in "500 10000 1e-7 gaussian" "500 10000 1e-12 gaussian" "500 10000 1e-7 binomial" "10000 200 1e-7 gaussian" "10000 200 1e-7 binomial"; do
    read -r rows columns threshold family <<< "$case"
    Rscript "$(dirname "$0")/elastic_net.R" make "$file" "$rows" "$columns" "$family"
    printf '%s\n  glmnet  %s\n  vagus   %s\n' "$case" \
        "$(Rscript "$(dirname "$0")/elastic_net.R" time "$file" "$rows" "$columns" "$family" "$threshold")" \
        "$("$build/bench/bench_elastic_net" "$file" "$rows" "$columns" "$threshold" "$family")"
done
