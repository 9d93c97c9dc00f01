# Causal forests of ours and of grf on the same data: mean squared error of the out-of-bag effects, coverage of their 95 % intervals, variance.
# usage: Rscript forest.R PROGRAM N P REPLICATES TREES [DESIGN ...]     prints rows of a Markdown table
suppressMessages(library(grf))
args <- commandArgs(TRUE)
program <- args[1]; n <- as.integer(args[2]); p <- as.integer(args[3]); replicates <- as.integer(args[4]); trees <- as.integer(args[5])
soft <- function(v) log1p(exp(v))
half <- function(v) pmax(v, 0)
step <- function(v, at, slope) 1 / (1 + exp(-slope * (v - at)))
uniform <- function() matrix(runif(n * p), n)
normal <- function() matrix(rnorm(n * p), n)
designs <- list( # covariates, baseline, propensity, effect, is the propensity known
    "Wager–Athey 1: confounding, no effect" = list(x = uniform, b = function(x) 2 * x[, 1] - 1,
        e = function(x) (1 + dbeta(x[, 1], 2, 4)) / 4, t = function(x) 0 * x[, 1], known = FALSE),
    "Wager–Athey 2: two steps" = list(x = uniform, b = function(x) 0 * x[, 1], e = function(x) 0.5 + 0 * x[, 1],
        t = function(x) (1 + step(x[, 1], 1/3, 20)) * (1 + step(x[, 2], 1/3, 20)), known = TRUE),
    "Wager–Athey 3: two slopes" = list(x = uniform, b = function(x) 0 * x[, 1], e = function(x) 0.5 + 0 * x[, 1],
        t = function(x) 4 * step(x[, 1], 1/2, 12) * step(x[, 2], 1/2, 12), known = TRUE),
    "Nie–Wager A: hard baseline, easy effect" = list(x = uniform,
        b = function(x) sin(pi * x[, 1] * x[, 2]) + 2 * (x[, 3] - 0.5)^2 + x[, 4] + 0.5 * x[, 5],
        e = function(x) pmin(pmax(sin(pi * x[, 1] * x[, 2]), 0.1), 0.9), t = function(x) (x[, 1] + x[, 2]) / 2, known = FALSE),
    "Nie–Wager B: randomised" = list(x = normal, b = function(x) half(pmax(x[, 1] + x[, 2], x[, 3])) + half(x[, 4] + x[, 5]),
        e = function(x) 0.5 + 0 * x[, 1], t = function(x) x[, 1] + soft(x[, 2]), known = TRUE),
    "Nie–Wager C: constant effect" = list(x = normal, b = function(x) 2 * soft(x[, 1] + x[, 2] + x[, 3]),
        e = function(x) 1 / (1 + exp(x[, 2] + x[, 3])), t = function(x) 1 + 0 * x[, 1], known = FALSE),
    "Nie–Wager D: unrelated arms" = list(x = normal, b = function(x) (half(x[, 1] + x[, 2] + x[, 3]) + half(x[, 4] + x[, 5])) / 2,
        e = function(x) 1 / (1 + exp(-x[, 1]) + exp(-x[, 2])),
        t = function(x) half(x[, 1] + x[, 2] + x[, 3]) - half(x[, 4] + x[, 5]), known = FALSE))
if (length(args) > 5) designs <- designs[as.integer(args[-(1:5)])]
input <- tempfile(); output <- tempfile()
one <- function(design, i) {
    set.seed(1000 + i)
    x <- design$x(); w <- rbinom(n, 1, design$e(x)); t <- design$t(x)
    y <- design$b(x) + (w - 0.5) * t + rnorm(n)
    f <- do.call(causal_forest, c(list(x, y, w, num.trees = trees, num.threads = 1, seed = i, compute.oob.predictions = FALSE),
                                  if (design$known) list(W.hat = 0.5)))
    r <- predict(f, estimate.variance = TRUE, num.threads = 1)
    writeBin(c(n, p, if (design$known) 0.5 else 0, trees, i, x, y, w), input)
    stopifnot(system2(program, c(input, output)) == 0)
    ours <- matrix(readBin(output, "double", 2 * n), n)
    say <- function(estimate, variance)
        c(mse = mean((estimate - t)^2), cover = mean(abs(estimate - t) <= qnorm(0.975) * sqrt(variance)), variance = mean(variance))
    c(ours = say(ours[, 1], ours[, 2]), grf = say(r$predictions, r$variance.estimates), cor = cor(ours[, 1], r$predictions))
}
for (name in names(designs)) {
    d <- as.data.frame(t(sapply(seq_len(replicates), function(i) one(designs[[name]], i))))
    # ratio of means and its standard error (delta method, paired)
    ratio <- function(a, b) {
        r <- mean(a) / mean(b)
        sprintf("%.3f (%.3f)", r, sd(a - r * b) / mean(b) / sqrt(replicates))
    }
    cat(sprintf("| %s | %d | %d | %d | %.4f | %.4f | %s | %.3f | %.3f | %.4f | %s | %.3f |\n", name, n, p, replicates, mean(d$ours.mse),
                mean(d$grf.mse), ratio(d$ours.mse, d$grf.mse), mean(d$ours.cover), mean(d$grf.cover),
                sd(d$ours.cover - d$grf.cover) / sqrt(replicates), ratio(d$ours.variance, d$grf.variance), mean(d$cor)))
}
