# Makes differential.json (R 4.2.2, lmerTest 3.1-3): the published formulas of LinDA and MaAsLin 3 written out, on a simulated table of
# 30 features × 60 samples of 20 people. Rscript tests/reference/differential.R > tests/reference/differential.json
suppressMessages({library(lmerTest); library(jsonlite)})
set.seed(31); F <- 30; n <- 60
id <- rep(1:20, each = 3); arm <- as.numeric(id %% 2 == 0); age <- round(rnorm(20, 45, 9), 1)[id]
lambda <- rnorm(F, 4, 1.4)
eta <- outer(rep(1, n), lambda) + matrix(rnorm(20 * F, 0, .5), 20)[id, ] + matrix(rnorm(n * F, 0, .5), n)
eta[, 1:3] <- eta[, 1:3] + 1.6 * arm
make <- function(depth) { p <- exp(eta); p <- p / rowSums(p); matrix(rpois(n * F, p * depth), n) }
even <- make(rep(1200, n)); uneven <- make(800 * exp(.9 * arm + rnorm(n, 0, .1)))
mode_of <- function(x) { # mean shift from the mean of the shortest half
  h <- bw.nrd0(x); y <- sort(x); k <- ceiling(length(y) / 2) - 1; i <- which.min(y[(k + 1):length(y)] - y[1:(length(y) - k)])
  at <- mean(y[i:(i + k)]); for (i in 1:20000) { w <- exp(-.5 * ((x - at) / h)^2); at <- sum(w * x) / sum(w) }
  at
}
linda <- function(Y, random) {
  N <- rowSums(Y)
  dp <- if (random) coef(summary(lmer(log(N) ~ arm + age + (1 | id))))[-1, 5] else coef(summary(lm(log(N) ~ arm + age)))[-1, 4]
  Z <- Y
  if (any(dp <= .1)) for (f in 1:F) { z <- Y[, f] == 0; Z[z, f] <- N[z] / max(N[z]) } else Z <- Y + .5
  W <- log2(Z); W <- W - rowMeans(W)
  fits <- t(sapply(1:F, function(f) if (random) coef(summary(lmer(W[, f] ~ arm + age + (1 | id),
    control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12), check.conv.singular = "ignore"))))["arm", c(1, 2, 3)]
    else c(coef(summary(lm(W[, f] ~ arm + age)))["arm", 1:2], n - 3)))
  bias <- mode_of(sqrt(n) * fits[, 1]) / sqrt(n)
  list(related = any(dp <= .1), raw = fits[, 1], se = fits[, 2], df = fits[, 3], bias = bias,
       p = 2 * pt(-abs((fits[, 1] - bias) / fits[, 2]), fits[, 3]))
}
maaslin <- function(Y) {
  S <- Y / rowSums(Y); ld <- log(rowSums(Y)); ld <- ld - mean(ld)
  a <- t(sapply(1:F, function(f) { s <- coef(summary(lm(log2(S[, f]) ~ arm + age, subset = S[, f] > 0))); c(s["arm", ], df = sum(S[, f] > 0) - 3) }))
  use <- a[, 4] < .95; m <- median(a[use, 1]); v <- pi / 2 * var(a[use, 1]) / sum(use)
  B <- 200000; draws <- matrix(rnorm(B * sum(use), rep(a[use, 1], each = B), rep(a[use, 2], each = B)), B)
  md <- apply(draws, 1, median); cv <- rep(NA, F); cv[use] <- apply(draws, 2, function(x) cov(x, md))
  l <- t(sapply(1:F, function(f) {
    y <- as.numeric(Y[, f] > 0); if (all(y == 1)) return(rep(NA, 4))
    d <- data.frame(y = c(y, rep(1, n), rep(0, n)), arm, age, ld, w = c(rep(1, n), rep(3 / (2 * n), 2 * n)))
    suppressWarnings(coef(summary(glm(y ~ arm + age + ld, binomial, d, weights = w, control = list(epsilon = 1e-14, maxit = 100)))))["arm", ]
  }))
  list(raw = a[, 1], se_raw = a[, 2], median = m, v = v, covariance = cv, df = a[, 5], prevalence = l[, 1], prevalence_se = l[, 2], prevalence_p = l[, 4])
}
out <- list(made_with = list(R = "4.2.2", lmerTest = "3.1-3"), id = id - 1, arm = arm, age = age, even = c(even), uneven = c(uneven),
            linda_even = linda(even, FALSE), linda_uneven = linda(uneven, FALSE), linda_random = linda(even, TRUE), maaslin = maaslin(even))
cat(toJSON(out, digits = NA, auto_unbox = TRUE, na = "null"), "\n", sep = "")
