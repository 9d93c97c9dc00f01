# Times policytree::policy_tree on the CSV of bench_policy: elapsed seconds, and the mean reward of its tree.
# Rscript bench/policy.R CSV DEPTH LIBRARY_WITH_policytree
a <- commandArgs(TRUE)
suppressMessages(library(policytree, lib.loc = a[3]))
d <- as.matrix(read.csv(a[1])); x <- d[, grep("^x", colnames(d))]; r <- d[, grep("^r", colnames(d))]
taken <- system.time(tree <- policy_tree(x, r, depth = as.integer(a[2]), verbose = FALSE))[["elapsed"]]
cat(sprintf("%.4f %.17g\n", taken, mean(r[cbind(seq_len(nrow(r)), predict(tree, x))])))
