#!/usr/bin/env bash
# Reads one generated CSV with vagus and with data.table::fread on one thread, in the same run.
# usage: bench/table_read.sh [MB] [RUNS]; needs the programs of -DVAGUS_BENCH=ON in build/ (or BUILD=…).
set -eu
cd "$(dirname "$0")/.."
megabytes=${1:-1000} runs=${2:-3} build=${BUILD:-build}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$build/bench/bench_make_csv" "$megabytes" > "$folder/t.csv"
cat "$folder/t.csv" > /dev/null # both start from the page cache
command -v Rscript > /dev/null && fread=1 || { fread=0; echo "fread   skipped: no R"; }
# in turn, so that what else the machine does meets both alike; the best run of each counts
for ((run = 0; run < runs; run++)); do
    "$build/bench/bench_table_read" "$folder/t.csv" 1 >> "$folder/vagus"
    [ "$fread" = 0 ] || Rscript -e 'suppressMessages(library(data.table)); a <- commandArgs(TRUE)
        t <- system.time(d <- fread(a[1], nThread = 1, showProgress = FALSE))
        peak <- as.numeric(gsub("[^0-9]", "", grep("VmHWM", readLines("/proc/self/status"), value = TRUE))) / 1000
        cat(sprintf("seconds %.3f  cpu %.3f  rows %d  columns %d  peak_MB %.0f  data.table %s\n", t[["elapsed"]],
                    t[["user.self"]] + t[["sys.self"]], nrow(d), ncol(d), peak, packageVersion("data.table")))' \
        "$folder/t.csv" >> "$folder/fread"
done
best() { # of a figure in a file of runs
    awk -v key="$2" '{for (i = 1; i < NF; i++) if ($i == key && (!n++ || $(i + 1) < b)) b = $(i + 1)} END {print b}' "$1"
}
for program in vagus fread; do
    [ -f "$folder/$program" ] || continue
    sed "s/^/$program   /" "$folder/$program"
done
[ "$fread" = 0 ] || awk "BEGIN {printf \"ratio   vagus / fread: time %.2f, processor time %.2f\n\", \
    $(best "$folder/vagus" seconds) / $(best "$folder/fread" seconds), \
    $(best "$folder/vagus" cpu) / $(best "$folder/fread" cpu)}"
