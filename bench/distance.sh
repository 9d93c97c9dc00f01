#!/usr/bin/env bash
# Distances of simulated tables against peers in the same run, processor time: Bray–Curtis 2,000 × 1,000 against vegan's
# vegdist, UniFrac against unifrac-binaries' `ssu` where SSU names it. usage: bench/distance.sh [SAMPLES [FEATURES]]
# for UniFrac (5,000 × 2,000); needs the programs of -DVAGUS_BENCH=ON in build/ (or BUILD=…).
set -eu
cd "$(dirname "$0")/.."
samples=${1:-5000} features=${2:-2000} build=${BUILD:-build}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export OPENBLAS_NUM_THREADS=1
echo "# Bray-Curtis 2,000 x 1,000"
for threads in 1 2; do
    (time "$build/bench/bench_distance" bray-curtis 2000 1000 $threads "$folder/bray") 2>&1 | grep -E 'bray|user'
done
if Rscript -e 'library(vegan)' >/dev/null 2>&1; then
    Rscript -e 'suppressMessages(library(vegan)); a <- commandArgs(TRUE); x <- as.matrix(read.csv(a[1]))
        t <- system.time(d <- vegdist(x)); cat(sprintf("vegdist: %.3f s (processor %.3f s; mean %.10g)\n", t[["elapsed"]],
            t[["user.self"]], mean(d)))' "$folder/bray.csv"
else
    echo "vegdist skipped: no vegan"
fi
for metric in unifrac weighted-unifrac normalised-unifrac generalised-unifrac; do
    echo "# $metric $samples x $features"
    (time "$build/bench/bench_distance" $metric "$samples" "$features" 2 "$folder/tree") 2>&1 | grep -E 'unifrac|user'
done
if [ -n "${SSU:-}" ]; then
    build_biom="$build/bench/bench_distance" # the table goes to the peer as BIOM
    "$build_biom" unifrac "$samples" "$features" 2 "$folder/tree" >/dev/null
    python3 - "$folder/tree" <<'E'
import csv, json, sys
rows = list(csv.reader(open(sys.argv[1] + ".csv")))
with open(sys.argv[1] + ".json", "w") as f:
    data = [[j, i, float(v)] for i, row in enumerate(rows[1:]) for j, v in enumerate(row) if v != "0"]
    json.dump({"rows": rows[0], "n": len(rows) - 1, "data": data}, f)
E
    echo "peer: convert $folder/tree.json to BIOM 2.1 and run $SSU"
fi
