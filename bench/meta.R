# Times metafor::rma on the CSV of bench_meta: microseconds of CPU time a fit, and the sum of all answers.
# Rscript bench/meta.R CSV
suppressMessages(library(metafor))
d <- read.csv(commandArgs(TRUE)[1]); parts <- split(d, d$fit)
fit_one <- function(p, ...) rma(y, v, data = p, test = "knha", ...)
invisible(lapply(parts[1:20], fit_one)); invisible(gc())
start <- sum(proc.time()[1:2]); fits <- lapply(parts, fit_one); taken <- sum(proc.time()[1:2]) - start
start <- sum(proc.time()[1:2]); both <- lapply(fits, predict); with_predict <- taken + sum(proc.time()[1:2]) - start
tight <- lapply(parts, fit_one, control = list(threshold = 1e-14, maxiter = 10000))
total <- sum(sapply(tight, function(f) f$b[1] + f$tau2 + f$se + predict(f)$pi.ub))
cat(sprintf("%.3f %.15g %.3f\n", taken / length(parts) * 1e6, total, with_predict / length(parts) * 1e6))
