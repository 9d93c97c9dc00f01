#!/usr/bin/env bash
# PERMANOVA of 500 samples, three terms, 9,999 permutations, against vegan's adonis2 on the same distances in the same
# run (999 permutations there, times ten: its time is proportional). Needs the programs of -DVAGUS_BENCH=ON, vegan.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export OPENBLAS_NUM_THREADS=1
Rscript -e 'suppressMessages(library(vegan)); set.seed(3); folder <- commandArgs(TRUE)[1]; n <- 500
    d <- vegdist(matrix(rpois(n * 100, exp(rnorm(100))), n, byrow = TRUE))
    env <- data.frame(age = round(rnorm(n, 40, 10)), site = sample(letters[1:4], n, TRUE), arm = sample(c("a", "b"), n, TRUE))
    m <- as.matrix(d); dimnames(m) <- list(paste0("s", 1:n), paste0("s", 1:n))
    write.table(m, file.path(folder, "d.tsv"), sep = "\t", quote = FALSE, col.names = NA)
    write.csv(env, file.path(folder, "env.csv"), row.names = FALSE)
    t <- system.time(a <- adonis2(d ~ age + site + arm, env, permutations = 999)); print(a)
    cat(sprintf("adonis2, 999: %.3f s (processor %.3f s)\n", t[["elapsed"]], t[["user.self"]]))' "$folder"
for threads in 1 2; do
    "$build/bench/bench_permanova" "$folder/d.tsv" "$folder/env.csv" "~ age + site + arm" 9999 $threads
done
