# Witness of vg_debiased_lasso: the formulas of Zhang & Zhang 2014 and Sun & Zhang 2012 on glmnet (thresh 1e-24), rows of the jobs' generator.
# Rscript tests/reference/debiased_lasso.R > tests/reference/debiased_lasso.json
suppressMessages(library(glmnet)); library(jsonlite)
state <- 7; uniform <- function() { state <<- (16807 * state) %% 2147483647; state / 2147483647 }
n <- 60; d <- 25; q <- 3
m <- matrix(0, n, d); y <- numeric(n); u <- matrix(1, n, q)
for (i in 1:n) {
    u[i, 2] <- (i - 1) %% 2; u[i, 3] <- uniform()
    for (j in 1:d) m[i, j] <- uniform() + (if (j > 1) 0.5 * m[i, j - 1] else u[i, 2])
    y[i] <- u[i, 2] + 2 * u[i, 3] + 1.5 * m[i, 2] - m[i, 9] + uniform() + uniform()
}
out_of <- function(v) qr.resid(qr(u), v)
x <- apply(m, 2, out_of); r <- out_of(y); df <- n - q; s <- sqrt(colMeans(x^2)); x <- sweep(x, 2, s, "/")
scaled <- function(x, y) { # penalty lambda0 sigma on columns of mean square 1
    at <- function(sigma) {
        f <- glmnet(cbind(x, 0), y, intercept = FALSE, standardize = FALSE, lambda = lambda0 * sigma, thresh = 1e-24, maxit = 1e7)
        drop(y - x %*% f$beta[seq_len(ncol(x)), 1])
    }
    lambda0 <- sqrt(2 * log(d) / df); gap <- function(sigma) sqrt(sum(at(sigma)^2) / df) - sigma
    top <- sqrt(sum(y^2) / df); sigma <- uniroot(gap, c(top / 100, top * 1.001), tol = 1e-13)$root
    list(sigma = sigma, residual = at(sigma), lambda = lambda0 * sigma)
}
fit <- scaled(x, r); b <- drop(qr.solve(qr(x), r - fit$residual))
one <- function(j) { z <- scaled(x[, -j], x[, j])$residual; zx <- sum(z * x[, j])
    c(b[j] + sum(z * fit$residual) / zx, fit$sigma * sqrt(sum(z^2)) / abs(zx)) / s[j] }
e <- sapply(1:d, one)
cat(toJSON(list(estimate = e[1, ], se = e[2, ], p = 2 * pt(-abs(e[1, ] / e[2, ]), df), sigma = fit$sigma, lambda = fit$lambda, selected = sum(abs(b) > 1e-9)),
           digits = 13, auto_unbox = TRUE), "\n")
