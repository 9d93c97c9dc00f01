# Times mediation::mediate with a bootstrap on the CSV of bench_mediate: milliseconds of CPU time, and its answer.
# Rscript bench/mediate.R CSV DRAWS MODEL LIBRARY
args <- commandArgs(TRUE)
.libPaths(c(args[4], .libPaths()))
suppressMessages(library(mediation))
d <- read.csv(args[1]); set.seed(1)
m <- lm(m ~ t + c1 + c2 + c3, d)
y <- if (args[3] == "logistic") glm(y ~ t + m + c1 + c2 + c3, binomial, d) else lm(y ~ t + m + c1 + c2 + c3, d)
invisible(suppressMessages(mediate(m, y, treat = "t", mediator = "m", boot = TRUE, sims = 20))); invisible(gc())
start <- sum(proc.time()[1:2])
x <- suppressMessages(mediate(m, y, treat = "t", mediator = "m", boot = TRUE, sims = as.integer(args[2])))
taken <- sum(proc.time()[1:2]) - start
cat(sprintf("%.1f %.15g %.6g %.6g\n", taken * 1e3, x$d.avg, x$d.avg.ci[1], x$d.avg.ci[2]))
