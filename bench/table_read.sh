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
echo "vagus   $("$build/bench/bench_table_read" "$folder/t.csv" "$runs")" | tee "$folder/vagus"
echo "memory  $("$build/bench/bench_table_read" "$folder/t.csv" 1)"
command -v Rscript > /dev/null || { echo "fread   skipped: no R"; exit 0; }
Rscript -e 'suppressMessages(library(data.table)); a <- commandArgs(TRUE); best <- c(Inf, Inf)
for (i in seq_len(as.integer(a[2]))) {
  t <- system.time(d <- fread(a[1], nThread = 1, showProgress = FALSE))
  best <- pmin(best, c(t[["elapsed"]], t[["user.self"]] + t[["sys.self"]])); n <- dim(d); rm(d); invisible(gc())
}
peak <- as.numeric(gsub("[^0-9]", "", grep("VmHWM", readLines("/proc/self/status"), value = TRUE))) / 1000
cat(sprintf("seconds %.3f  cpu %.3f  rows %d  columns %d  peak_MB %.0f  data.table %s\n", best[1], best[2], n[1], n[2], peak, packageVersion("data.table")))' \
    "$folder/t.csv" "$runs" > "$folder/fread"
echo "fread   $(cat "$folder/fread")"
awk 'BEGIN {n = 0} FNR == 1 {for (i = 1; i < NF; i++) {if ($i == "seconds") s[n] = $(i + 1); if ($i == "cpu") c[n] = $(i + 1)} n++}
     END {printf "ratio   vagus / fread: time %.2f, processor time %.2f\n", s[0] / s[1], c[0] / c[1]}' \
    "$folder/vagus" "$folder/fread"
