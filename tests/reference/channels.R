# Witness of src/mechanism/channels*.c: lm() of every equation, delta errors from vcov() and residuals by matrix algebra, scores by
# scale() and eigen(), correction for measurement error by solve() on partialled cross-products; percentiles of a bootstrap
# that R draws itself; and a big SIMULATED sample in which the truth is known.
# Rscript tests/reference/channels.R > tests/reference/channels.json
set.seed(20)
n <- 80
a <- rep(0:1, n / 2)
x <- round(rnorm(n), 4); site <- rbinom(n, 1, .4)
f <- rnorm(n)
M <- cbind(il6 = .6 * a + .5 * f + .3 * x + rnorm(n), tnf = 20 + 8 * (.4 * a + .5 * f + rnorm(n)), il10 = -.5 * a - .5 * f + .2 * site + rnorm(n),
           butyrate = .8 * a + .2 * x + rnorm(n), cortisol = 300 + 50 * (-.2 * a + .3 * f + rnorm(n)))
M <- round(M, 4)
y <- round(drop(1 + .3 * a + .5 * M[, 1] + .02 * M[, 2] - .3 * M[, 3] + .4 * M[, 4] + .3 * x + rnorm(n)), 4)
sign <- c(1, 1, -1, 1, 1); channel <- c(1, 1, 1, 2, 3)
B <- cbind(1, a, x, site)
num <- function(v) paste0("[", paste(sprintf("%.17g", as.numeric(v)), collapse = ", "), "]")
out <- list()
put <- function(name, v) out[[name]] <<- num(v)
for (j in 1:5) put(paste0("marker", j), M[, j])
put("a", a); put("x", x); put("site", site); put("y", y)
# terms S: all coefficients, effects, delta errors
model <- function(S, group = NULL) {
  k <- ncol(S); fa <- lm(S ~ a + x + site); fy <- lm(y ~ a + S + x + site)
  alpha <- coef(fa)["a", ]; beta <- coef(fy)[2 + 1:k]; direct <- coef(fy)["a"]
  va <- crossprod(resid(fa)) / fa$df.residual * solve(crossprod(B))[2, 2]
  V <- matrix(0, 2 * k + 1, 2 * k + 1); V[1:k, 1:k] <- va
  at <- c(2 + 1:k, 2); V[k + 1:(k + 1), k + 1:(k + 1)] <- vcov(fy)[at, at]
  term <- alpha * beta
  effect <- c(coef(lm(y ~ a + x + site))["a"], direct, sum(term), term)
  G <- rbind(c(beta, alpha, 1), c(rep(0, 2 * k), 1), c(beta, alpha, 0), cbind(diag(beta, k), diag(alpha, k), 0))
  if (!is.null(group)) for (g in unique(group)) {
    effect <- c(effect, sum(term[group == g])); G <- rbind(G, c(beta * (group == g), alpha * (group == g), 0))
  }
  single <- sum(sapply(1:k, function(j) alpha[j] * coef(lm(y ~ a + S[, j] + x + site))[3]))
  sa <- sapply(summary(fa), function(s) s$coefficients["a", ]); if (k == 1) sa <- matrix(summary(fa)$coefficients["a", ])
  sb <- t(summary(fy)$coefficients[2 + 1:k, , drop = FALSE])
  list(effect = effect, se = sqrt(diag(G %*% V %*% t(G))), p = pmax(sa[4, ], sb[4, ]), alpha_se = sa[2, ], beta = beta, beta_se = sb[2, ],
       single = single, sigma = summary(fy)$sigma, r2 = 1 - sum(resid(fy)^2) / sum(resid(lm(y ~ a + x + site))^2))
}
tell <- function(name, m) for (k in names(m)) put(paste(name, k, sep = "_"), m[[k]])
tell("markers", model(M, channel))
within <- apply(M, 2, function(v) sqrt(sum(resid(lm(v ~ a))^2) / (n - 2)))
S <- cbind(rowMeans(sweep(M[, 1:3], 2, sign[1:3] / within[1:3], "*")), M[, 4], M[, 5])
tell("mean", model(S))
R <- resid(lm(M[, 1:3] ~ a + x + site)); sd <- sqrt(colSums(R^2) / (n - 4)); e <- eigen(cor(sweep(R, 2, sign[1:3], "*")))$vectors[, 1]
if (sum(e) < 0) e <- -e
w <- e * sign[1:3] / sd
tell("component", model(cbind(M[, 1:3] %*% w, M[, 4], M[, 5]))); put("component_weight", w)
# measurement error: of markers; of markers and of the covariate x, in the full matrix
correct <- function(M, y, C, lambda, W = diag(ncol(M)), lambda_c = rep(1, ncol(C))) {
  B <- cbind(1, C); nu <- nrow(M) - ncol(B); S <- crossprod(cbind(B, M %*% W, y))
  v <- (1 - lambda) * apply(M, 2, var)
  if (all(lambda_c == 1)) { # by the partialled form
    H <- cbind(M %*% W, y) - B %*% solve(crossprod(B), crossprod(B, cbind(M %*% W, y))); P <- crossprod(H) / nu; k <- ncol(W)
    beta <- solve(P[1:k, 1:k] - t(W) %*% diag(v) %*% W, P[1:k, k + 1])
    alpha <- solve(crossprod(B), crossprod(B, M %*% W))[2, ]; total <- solve(crossprod(B), crossprod(B, y))[2]
  } else { # all at once, with the same nu
    q <- ncol(B); k <- ncol(W)
    for (j in 2:q) S[j, j] <- S[j, j] - nu * (1 - lambda_c[j - 1]) * var(B[, j])
    S[q + 1:k, q + 1:k] <- S[q + 1:k, q + 1:k] - nu * t(W) %*% diag(v) %*% W
    beta <- solve(S[1:(q + k), 1:(q + k)], S[1:(q + k), q + k + 1])[q + 1:k]
    alpha <- solve(S[1:q, 1:q], S[1:q, q + 1:k])[2, ]; total <- solve(S[1:q, 1:q], S[1:q, q + k + 1])[2]
  }
  c(total, total - sum(alpha * beta), sum(alpha * beta), alpha * beta)
}
lambda <- c(.8, .7, .9, .75, .85); C <- cbind(a, x, site)
put("lambda", lambda)
put("corrected", correct(M, y, C, lambda))
W <- matrix(0, 5, 3); W[1:3, 1] <- sign[1:3] / within[1:3] / 3; W[4, 2] <- 1; W[5, 3] <- 1
put("corrected_mean", correct(M, y, C, lambda, W))
put("corrected_covariate", correct(M, y, C, lambda, lambda_c = c(1, .8, 1)))
put("conditional", sapply(1:5, function(j) { r2 <- summary(lm(M[, j] ~ a + x + site))$adj.r.squared; (lambda[j] - r2) / (1 - r2) }))
# delta errors of the corrected: every row's influence as the slope of the effects in that row's weight (scores' weights and nu/(n - 1)
# held), every reliability's as the slope in it; central differences
effects <- function(w, lambda, lambda_c, W) {
  Z <- cbind(B, M %*% W, y); S <- crossprod(Z * w, Z); q <- ncol(B); k <- ncol(W); share <- (n - q) / (n - 1)
  v <- function(m) colSums(w * sweep(m, 2, colSums(w * m) / sum(w))^2)
  diag(S)[1:q] <- diag(S)[1:q] - share * c(0, (1 - lambda_c) * v(B[, -1]))
  diag(S)[q + 1:k] <- diag(S)[q + 1:k] - share * drop(t(W^2) %*% ((1 - lambda) * v(M)))
  beta <- solve(S[1:(q + k), 1:(q + k)], S[1:(q + k), q + k + 1])[q + 1:k]
  first <- solve(S[1:q, 1:q], S[1:q, q + 1:(k + 1)])[2, ]; t <- first[1:k] * beta
  c(first[k + 1], first[k + 1] - sum(t), sum(t), t, t / first[k + 1], sum(t) / first[k + 1], beta)
}
slope <- function(f) (8 * (f(1e-3) - f(-1e-3)) - (f(2e-3) - f(-2e-3))) / 12e-3
delta <- function(name, W, lambda_c, lambda_var = rep(0, 5)) {
  I <- sapply(1:n, function(i) slope(function(h) effects(replace(rep(1, n), i, 1 + h), lambda, lambda_c, W)))
  L <- sapply(1:5, function(j) slope(function(h) effects(rep(1, n), replace(lambda, j, lambda[j] + h), lambda_c, W)))
  put(name, sqrt(rowSums(I^2) * n / (n - ncol(B) - ncol(W)) + drop(L^2 %*% lambda_var)))
}
delta("corrected_se", diag(5), rep(1, 3))
delta("corrected_mean_se", W, c(1, .8, 1), replace(rep(0, 5), 4, (.75 * .25 * (qlogis(.84) - qlogis(.62)) / (2 * qnorm(.975)))^2))
# Fuller's share: the smallest root of |S_xx.y / nu - root D| over the noisy columns x, everything else and y partialled out
fuller <- function(lambda, W, lambda_c) {
  q <- ncol(B); k <- ncol(W); nu <- n - q; Z <- cbind(B, M %*% W, y); S <- crossprod(Z)
  d <- c(0, (1 - lambda_c) * apply(B[, -1], 2, var), drop(t(W^2) %*% ((1 - lambda) * apply(M, 2, var))), 0)
  x <- which(d > 1e-12); r <- setdiff(seq_along(d), x); P <- (S[x, x] - S[x, r] %*% solve(S[r, r], S[r, x])) / nu
  root <- min(eigen(P / sqrt(outer(d[x], d[x])), symmetric = TRUE)$values); E <- crossprod(qr.resid(qr(B[, 1:2]), Z[, x])) / (n - 2)
  a <- 1 + sum(1 / pmax(1 - d[x] / diag(E), .2))
  share <- if (root >= 1 + 1 / (n - 1)) 1 - a / (n - 1) else max(root - (1 + a) / (n - 1), 0)
  c(share, effects(rep(1, n), 1 - share * (1 - lambda), 1 - share * (1 - lambda_c), W)[1:(3 + k)])
}
put("fuller", fuller(lambda, W, c(1, .8, 1))); put("fuller_poor", fuller(c(.25, .2, .3, .45, .15), diag(5), c(1, .5, 1)))
# quantiles of a product of two normals: distribution by integrate(), in pieces around 0
product <- function(a, sa, b, sb, r) {
  below <- function(t) {
    f <- function(x) { z <- (x - a) / sa; m <- b + r * sb * z; q <- (t / x - m) / (sb * sqrt(1 - r^2)); dnorm(z) / sa * pnorm(ifelse(x > 0, q, -q)) }
    e <- sort(unique(c(0, a + sa * seq(-9, 9, .5), sa * c(-1, 1) %o% 10^(-6:0)))); e <- e[abs(e - a) <= 9 * sa]
    sum(sapply(seq_len(length(e) - 1), function(i) integrate(f, e[i], e[i + 1], rel.tol = 1e-10, stop.on.error = FALSE)$value))
  }
  sapply(c(.025, .975), function(p) uniroot(function(t) below(t) - p, a * b + c(-8, 8) * (abs(a) * sb + abs(b) * sa + sa * sb), tol = 1e-13)$root)
}
arrows <- rbind(c(.5, .1, .8, .2, 0), c(.05, .1, .3, .1, .2), c(-2, .4, .02, .01, -.5), c(0, 1, 0, 1, 0), c(40, 3, -.1, .05, .1))
put("arrows", t(arrows)); put("product", apply(arrows, 1, function(v) do.call(product, as.list(v))))
# bootstrap: R's own draws within arms, mean scores anew in each
reps <- 20000
boot <- replicate(reps, {
  i <- c(sample(which(a == 0), replace = TRUE), sample(which(a == 1), replace = TRUE)); b <- B[i, ]; m <- M[i, ]; v <- y[i]
  sdw <- sqrt(colSums(qr.resid(qr(b[, 1:2]), m)^2) / (n - 2)); s <- cbind(rowMeans(sweep(m[, 1:3], 2, sign[1:3] / sdw[1:3], "*")), m[, 4:5])
  al <- qr.coef(qr(b), s)[2, ]; be <- qr.coef(qr(cbind(b, s)), v); be[5:7] * al -> t; c(be[2] + sum(t), be[2], sum(t), t)
})
put("boot_lower", apply(boot, 1, quantile, .025)); put("boot_upper", apply(boot, 1, quantile, .975)); put("boot_sd", apply(boot, 1, sd <- stats::sd))
mc <- function(v, p) sqrt(p * (1 - p) / reps) / density(v, from = quantile(v, p), to = quantile(v, p) + 1e-9, n = 2)$y[1]
put("boot_lower_mc", apply(boot, 1, mc, .025)); put("boot_upper_mc", apply(boot, 1, mc, .975))
# big sample: corrected and uncorrected effects against the truth (indirect 0.25, 0.18, direct 0.3), reliabilities 0.5 and 0.6
N <- 2e6; A <- rep(0:1, N / 2); X <- rnorm(N); g <- rnorm(N)
T1 <- .5 * A + .4 * X + .6 * g + rnorm(N, 0, .8); T2 <- .6 * A + .6 * g + rnorm(N, 0, .8)
Y <- .3 * A + .5 * T1 + .3 * T2 + .2 * X + rnorm(N)
big <- cbind(T1 + rnorm(N, 0, sd(T1)), T2 + rnorm(N, 0, sd(T2) * sqrt(.4 / .6)))
put("big_corrected", correct(big, Y, cbind(A, X), c(.5, .6))); put("big_naive", correct(big, Y, cbind(A, X), c(1, 1)))
stopifnot(max(abs(correct(big, Y, cbind(A, X), c(.5, .6)) - c(.73, .3, .43, .25, .18))) < .01)
cat("{\n", paste(sprintf('"%s": %s', names(out), out), collapse = ",\n"), "\n}\n", sep = "")
