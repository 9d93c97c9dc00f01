# Designs of Wager & Athey (2018) and Nie & Wager (2021), for n rows and p covariates; made(design, i) is data set i.
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
made <- function(design, i) {
    set.seed(1000 + i)
    x <- design$x(); w <- rbinom(n, 1, design$e(x)); t <- design$t(x)
    list(x = x, w = w, t = t, y = design$b(x) + (w - 0.5) * t + rnorm(n), e = design$e(x), m = design$b(x) + (design$e(x) - 0.5) * t)
}
# ratio of means of pairs, and its standard error (delta method)
ratio <- function(a, b) {
    r <- mean(a) / mean(b)
    sprintf("%.3f (%.3f)", r, sd(a - r * b) / mean(b) / sqrt(length(a)))
}
