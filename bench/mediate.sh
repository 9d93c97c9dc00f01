#!/usr/bin/env bash
# Mediation with 1,000 bootstraps, n = 500, three covariates, against R's mediation::mediate on the same data in the same run: CPU
# time of one thread each. Estimates and intervals of the indirect effect stand beside it.
# usage: bench/mediate.sh [BUILD_FOLDER [R_LIBRARY_WITH_mediation]]   (built with -DVAGUS_BENCH=ON)
set -eu
build=${1:-build}
library=${2:-.}
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
printf '%-9s %5s %6s %10s %14s %8s  %s\n' outcome rows draws vagus_ms mediation_ms ratio 'indirect (lower, upper): vagus; mediation'
for model in linear logistic; do
    read -r ours estimate lower upper < <("$build/bench/bench_mediate" 500 1000 $([ $model = linear ] && echo 20 || echo 3) $model "$folder/d.csv")
    read -r theirs e l u < <(Rscript "$(dirname "$0")/mediate.R" "$folder/d.csv" 1000 $model "$library" | tail -1)
    printf '%-9s %5s %6s %10s %14s %8s  %s\n' $model 500 1000 "$ours" "$theirs" "$(awk "BEGIN { printf \"%.0f\", $theirs / $ours }")" \
        "$estimate ($lower, $upper); $e ($l, $u)"
done
