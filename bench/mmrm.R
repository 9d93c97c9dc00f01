# Times mmrm and nlme::gls on the CSV of bench_mmrm: milliseconds of CPU time, best of REPEATS, and −2 log likelihood.
# Rscript bench/mmrm.R CSV REPEATS
suppressMessages({library(mmrm); library(nlme)})
arguments <- commandArgs(TRUE)
d <- read.csv(arguments[1]); repeats <- as.integer(arguments[2])
d$subject <- factor(d$subject); d$v <- d$visit + 1L; d$visit <- factor(d$visit); d$arm <- factor(d$arm)
best <- function(run) min(replicate(repeats, { gc(); t <- sum(proc.time()[1:2]); run(); sum(proc.time()[1:2]) - t }))
ours <- function() { fit <<- mmrm(y ~ arm * visit + baseline * visit + us(visit | subject), d); summary(fit) }
theirs <- function() gls(y ~ arm * visit + baseline * visit, d, correlation = corSymm(form = ~ v | subject),
                         weights = varIdent(form = ~ 1 | visit))
t_mmrm <- best(ours) * 1000
t_gls <- if (nrow(d) > 5000) NA else { repeats <- 1; best(theirs) * 1000 }
cat(sprintf("%.3f %s %.9f\n", t_mmrm, format(t_gls), -2 * as.numeric(logLik(fit))))
