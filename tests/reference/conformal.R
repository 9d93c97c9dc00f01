# Jackknife+ intervals (Barber, Candes, Ramdas & Tibshirani 2021) of a ridge regression in closed form, by base R; with weights of the target
# population (Prinster, Liu & Saria 2022) and with whole clusters left out and counted as one (Lee, Barber & Willett 2023).
# Rscript tests/reference/conformal.R > tests/reference/conformal.json
# The data are made by the same recipe in test_conformal.c: uniforms of Park & Miller's generator.
suppressMessages(library(jsonlite))
state <- 41
uniform <- function() { state <<- (16807 * state) %% 2147483647; state / 2147483647 }
n <- 40; p <- 3; m <- 6
draw <- function(k) t(sapply(1:k, function(i) sapply(1:p, function(j) uniform())))
x <- draw(n); y <- numeric(n); w <- numeric(n)
for (i in 1:n) y[i] <- 20 + 8 * x[i, 1] - 4 * x[i, 2] + (1 + 4 * x[i, 3]) * (uniform() + uniform() - 1)
for (i in 1:n) w[i] <- 1 / (0.2 + 0.6 * x[i, 1])
cluster <- (0:(n - 1)) %/% 3 # 13 of three and one of one
new <- draw(m); new_w <- 1 / (0.2 + 0.6 * new[, 1])
# glmnet's ridge with one penalty: columns in 1/n standard deviations, outcome too, so the penalty is lambda / SD(y)
ridge <- function(rows, lambda, at) {
    z <- x[rows, ]; k <- length(rows); centre <- colMeans(z)
    z <- sweep(z, 2, centre); s <- sqrt(colMeans(z^2)); z <- sweep(z, 2, s, "/")
    e <- y[rows] - mean(y[rows]); sd <- sqrt(mean(e^2))
    b <- solve(crossprod(z) / k + diag(lambda / sd, p), crossprod(z, e) / k)
    drop(mean(y[rows]) + sweep(sweep(at, 2, centre), 2, s, "/") %*% b)
}
# the smallest v with weight of values <= v at least (1 - alpha) of all, one value more at infinity
upper_quantile <- function(v, weight, own, alpha) {
    o <- order(v); share <- cumsum(weight[o]) / (sum(weight) + own)
    k <- which(share >= 1 - alpha - 1e-12)
    if (length(k)) v[o][k[1]] else NA
}
jackknife <- function(unit, weight, own, alpha, lambda = 0.3) {
    size <- as.numeric(table(unit)[as.character(unit)])
    R <- numeric(n); at <- matrix(0, m, n)
    for (u in unique(unit)) {
        i <- which(unit == u); rest <- which(unit != u)
        R[i] <- abs(y[i] - ridge(rest, lambda, x[i, , drop = FALSE]))
        at[, i] <- ridge(rest, lambda, new)
    }
    t(sapply(1:m, function(j) c(-upper_quantile(-(at[j, ] - R), weight / size, own[j], alpha),
                                upper_quantile(at[j, ] + R, weight / size, own[j], alpha))))
}
one <- rep(1, n); own <- rep(1, m)
out <- list(plain_95 = jackknife(1:n, one, own, 0.05), plain_80 = jackknife(1:n, one, own, 0.2),
            weighted_90 = jackknife(1:n, w, new_w, 0.1), clusters_80 = jackknife(cluster, one, own, 0.2),
            both_80 = jackknife(cluster, w, new_w, 0.2))
stopifnot(!any(is.na(unlist(out)[1:24])))
cat(toJSON(out, digits = 14, na = "null"), "\n")
