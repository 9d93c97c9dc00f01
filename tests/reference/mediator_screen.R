# Witness of vg_mediator_screen: arrows of single features by lm, the choice by the treatment and its p, the lasso that chooses what to adjust for by glmnet.
# β given other features is the debiased lasso's (debiased_lasso.R). Rscript tests/reference/mediator_screen.R > tests/reference/mediator_screen.json
suppressMessages(library(glmnet)); library(jsonlite)
state <- 21; uniform <- function() { state <<- (16807 * state) %% 2147483647; state / 2147483647 }
n <- 80; p <- 120
m <- matrix(0, n, p); y <- a <- c1 <- numeric(n)
for (i in 1:n) {
    a[i] <- (i - 1) %% 2; c1[i] <- uniform()
    for (j in 1:p) m[i, j] <- uniform() + (if (j <= 12) 0.4 * a[i] else 0) + (if (j > 1) 0.3 * m[i, j - 1] else c1[i])
    y[i] <- a[i] + c1[i] + 2 * m[i, 3] - 3 * m[i, 66] + 2 * m[i, 7] + uniform()
}
alpha <- t(apply(m, 2, function(v) summary(lm(v ~ c1 + a))$coefficients["a", c(1, 2, 4)]))
beta <- t(apply(m, 2, function(v) summary(lm(y ~ c1 + a + v))$coefficients["v", c(1, 2, 4)]))
kept <- order(alpha[, 3])[1:(n / 2)]; threshold <- sort(alpha[, 3])[n / 2 + 1]
x <- apply(m, 2, function(v) resid(lm(v ~ c1 + a))); r <- resid(lm(y ~ c1 + a)); df <- n - 3
x <- sweep(x, 2, sqrt(colSums(x^2) / df), "/"); sigma <- sqrt(sum(r^2) / df)
for (k in 1:100) { b <- as.numeric(glmnet(x, r, intercept = FALSE, standardize = FALSE, lambda = sqrt(2 * log(p) / df) * sigma * df / n, thresh = 1e-22,
                                          maxit = 1e7)$beta); sigma <- sqrt(sum((r - x %*% b)^2) / df) }
filtered <- function(pa, pb) { big <- pmax(pa, pb); small <- pmin(pa, pb)
    rate <- sapply(big, function(t) t * sum(small <= t) / sum(big <= t)); sapply(big, function(t) min(1, rate[big >= t])) }
cat(toJSON(list(alpha = alpha[, 1], alpha_se = alpha[, 2], p_alpha = alpha[, 3], beta = beta[, 1], beta_se = beta[, 2], p_beta = beta[, 3],
                q_none = filtered(alpha[, 3], beta[, 3]), kept = sort(kept) - 1, threshold = threshold, adjusted_for = length(setdiff(which(b != 0), kept))),
           digits = 14, auto_unbox = TRUE), "\n")
