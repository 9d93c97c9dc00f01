# Times netmeta on the CSV of bench_network: milliseconds of CPU time of DL and REML, best of REPEATS, tau² and Q between designs.
# Rscript bench/network.R CSV REPEATS
if (!requireNamespace("netmeta", quietly = TRUE)) { cat("absent\n"); quit() }
suppressMessages(library(netmeta))
arguments <- commandArgs(TRUE)
d <- read.csv(arguments[1]); repeats <- as.integer(arguments[2])
for (method in c("DL", "REML")) {
  run <- function() { t <- sum(proc.time()[1:2])
    n <<- netmeta(TE, seTE, treat1, treat2, study, data = d, method.tau = method, warn = FALSE)
    s <<- netrank(n, small.values = "desirable"); sum(proc.time()[1:2]) - t }
  times <- replicate(repeats, run())
  cat(sprintf("%.1f %.12g %.12g ", min(times) * 1000, n$tau^2, n$Q.inconsistency))
}
cat("\n")
