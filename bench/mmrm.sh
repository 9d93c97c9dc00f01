#!/usr/bin/env bash
# MMRM against R's mmrm and nlme::gls on the same data in the same run: CPU time of one thread each.
# usage: bench/mmrm.sh [BUILD_FOLDER]   (built with -DVAGUS_BENCH=ON)
set -eu
build=${1:-build}
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
printf '%-10s %-7s %10s %12s %12s %12s %10s %12s\n' subjects visits vagus_ms mmrm_ms gls_ms iteration_ms ratio delta_m2ll
for shape in "200 5 200 5" "1000 10 20 2"; do
    read -r n m repeats r_repeats <<<"$shape"
    read -r _ _ _ ms iteration ours < <("$build/bench/bench_mmrm" "$n" "$m" "$repeats" "$folder/trial.csv")
    read -r mmrm gls theirs < <(Rscript "$(dirname "$0")/mmrm.R" "$folder/trial.csv" "$r_repeats" 2>/dev/null)
    printf '%-10s %-7s %10s %12s %12s %12s %10s %12s\n' "$n" "$m" "$ms" "$mmrm" "$gls" "$iteration" \
        "$(awk "BEGIN { printf \"%.0f\", $mmrm / $ms }")" "$(awk "BEGIN { printf \"%.2e\", $theirs - $ours }")"
done
echo "cost of an iteration, 5 visits:"
for n in 200 2000 20000; do
    "$build/bench/bench_mmrm" "$n" 5 50 | awk '{ printf "%8d subjects: %s ms per iteration, %s ms the whole fit\n", $1, $5, $4 }'
done
