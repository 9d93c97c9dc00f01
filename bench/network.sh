#!/usr/bin/env bash
# A network of 200 trials × 20 treatments against R's netmeta (found through R_LIBS) on the same rows in the same run: CPU time
# of one thread. Both give both models, all contrasts, P-scores, direct and indirect evidence and Q by designs.
# usage: bench/network.sh [BUILD_FOLDER]   (built with -DVAGUS_BENCH=ON)
set -eu
build=${1:-build}
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
read -r dl tau2 q reml reml_tau2 _ < <("$build/bench/bench_network" 200 20 20 "$folder/network.csv")
printf 'network of 200 trials, 20 treatments: dl %s ms, reml %s ms (tau2 %s, %s; Q between %s)\n' "$dl" "$reml" "$tau2" "$reml_tau2" "$q"
peer=$(Rscript "$(dirname "$0")/network.R" "$folder/network.csv" 1 2>/dev/null || echo absent)
if [ "${peer%% *}" = absent ]; then echo "netmeta is not installed: no comparison"; exit 0; fi
read -r peer_dl peer_tau2 peer_q peer_reml peer_reml_tau2 _ <<<"$peer"
printf 'netmeta: dl %s ms (%.0f times), reml %s ms (%.0f times); tau2 %s, %s; Q between %s\n' "$peer_dl" \
    "$(awk "BEGIN { print $peer_dl / $dl }")" "$peer_reml" "$(awk "BEGIN { print $peer_reml / $reml }")" "$peer_tau2" "$peer_reml_tau2" "$peer_q"
