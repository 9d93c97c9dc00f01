# Contrasts of measured analytes: MMRM, shared random-intercept model, multiple imputation, detection.
# Rscript panel_measured.R > panel_measured.json
suppressMessages({library(nlme); library(lme4); library(lmerTest); library(numDeriv); library(jsonlite)})
set.seed(20250601)
n <- 54; arms <- 3; visits <- 3; places <- visits + 1
arm <- rep(0:(arms - 1), length.out = n); site <- as.numeric(runif(n) < .4)
one <- function(shift = 0) {
  person <- rnorm(n, 0, .5)
  y <- sapply(1:places, function(t) 2 + person + rnorm(n, 0, .35 + .05 * t) + .2 * site + (t > 1) * (arm == 1) * shift * t)
  y[cbind(sample(n, 6), sample(2:places, 6, TRUE))] <- NA; y[sample(n, 2), 1] <- NA
  y
}
analyte <- list(one(.15), one(0), one(-.1))

# --- MMRM: REML by its own likelihood, to the last digit; nlme::gls beside it ------------------------
rows_of <- function(y) {
  d <- expand.grid(i = 1:n, v = 1:visits); d$y <- y[cbind(d$i, d$v + 1)]; d$base <- y[d$i, 1]
  d <- d[!is.na(d$y) & !is.na(d$base), ]; d <- d[order(d$i, d$v), ]
  d$arm <- arm[d$i]; d$site <- site[d$i]; d
}
design <- function(d) {
  cells <- do.call(cbind, lapply(1:visits, function(v) sapply(0:(arms - 1), function(a) as.numeric(d$v == v & d$arm == a))))
  cbind(cells, sapply(1:visits, function(v) d$base * (d$v == v)), d$site)
}
questions <- function(d) { # rows: means (visit, arm), then contrasts (visit, arm − reference)
  first <- !duplicated(d$i); b <- mean(d$base[first]); s <- mean(d$site[first])
  mean_row <- function(v, a) { l <- rep(0, visits * arms + visits + 1); l[(v - 1) * arms + a + 1] <- 1; l[visits * arms + v] <- b; l[length(l)] <- s; l }
  m <- do.call(rbind, lapply(1:visits, function(v) t(sapply(0:(arms - 1), function(a) mean_row(v, a)))))
  k <- do.call(rbind, lapply(1:visits, function(v) t(sapply(1:(arms - 1), function(a) mean_row(v, a) - mean_row(v, 0)))))
  list(mean = m, contrast = k)
}
mmrm <- function(d) {
  x <- design(d); y <- d$y; p <- ncol(x); id <- split(seq_along(y), d$i)
  sigma_of <- function(th) { l <- matrix(0, visits, visits); l[lower.tri(l, TRUE)] <- th; diag(l) <- exp(diag(l)); l %*% t(l) }
  key <- sapply(id, function(r) paste(d$v[r], collapse = " ")) # cross-products once per pattern of visits
  pattern <- lapply(split(id, key), function(rs) { v <- d$v[rs[[1]]]; m <- length(v)
    Z <- lapply(1:m, function(a) { r <- sapply(rs, `[`, a); cbind(x[r, , drop = FALSE], y[r]) })
    list(v = v, n = length(rs), T = lapply(1:m, function(a) lapply(1:m, function(b) crossprod(Z[[a]], Z[[b]])))) })
  pieces <- function(th) {
    S <- sigma_of(th); zwz <- matrix(0, p + 1, p + 1); ld <- 0
    for (q in pattern) { V <- S[q$v, q$v, drop = FALSE]; W <- solve(V); ld <- ld + q$n * c(determinant(V)$modulus)
      for (a in seq_along(q$v)) for (b in seq_along(q$v)) zwz <- zwz + W[a, b] * q$T[[a]][[b]] }
    xwx <- zwz[1:p, 1:p]; xwy <- zwz[1:p, p + 1]; b <- solve(xwx, xwy)
    list(b = c(b), v = solve(xwx), f = ld + c(determinant(xwx)$modulus) + zwz[p + 1, p + 1] - sum(b * xwy))
  }
  f <- function(th) tryCatch(pieces(th)$f, error = function(e) 1e6)
  th <- diag(-1, visits)[lower.tri(diag(visits), TRUE)]
  th <- optim(th, f, method = "BFGS", control = list(maxit = 500, reltol = 1e-14))$par
  for (k in 1:4) th <- th - solve(hessian(f, th), grad(f, th))
  q <- pieces(th); w <- 2 * solve(hessian(f, th))
  ask <- function(L) t(apply(L, 1, function(l) {
    g <- grad(function(t) c(l %*% pieces(t)$v %*% l), th); v <- c(l %*% q$v %*% l)
    c(estimate = sum(l * q$b), se = sqrt(v), df = 2 * v^2 / c(g %*% w %*% g)) }))
  ql <- questions(d); list(mean = ask(ql$mean), contrast = ask(ql$contrast), x = x, b = q$b)
}
check_gls <- function(d, of) {
  dd <- data.frame(y = d$y, i = d$i, v = d$v); dd$x <- of$x
  g <- gls(y ~ x - 1, dd, correlation = corSymm(form = ~ v | i), weights = varIdent(form = ~ 1 | v), method = "REML",
           control = glsControl(tolerance = 1e-9, msTol = 1e-11, maxIter = 200, msMaxIter = 500))
  max(abs(coef(g) - of$b))
}
fits <- lapply(analyte, function(y) mmrm(rows_of(y)))
gls_apart <- max(mapply(function(y, of) check_gls(rows_of(y), of), analyte, fits))

# --- the shared model: baseline an outcome, arms alike there, a random intercept ---------------------
shared <- function(y) {
  d <- expand.grid(i = 1:n, t = 1:places); d$y <- y[cbind(d$i, d$t)]; d <- d[!is.na(d$y), ]
  lab <- ifelse(d$t == 1, "b", paste0("t", d$t, "a", arm[d$i])); d$cell <- factor(lab); d$site <- site[d$i]
  f <- lmer(y ~ cell + site + (1 | i), d, control = lmerControl(optCtrl = list(ftol_abs = 1e-15, xtol_abs = 1e-12)))
  x <- colnames(model.matrix(f)); L <- NULL
  for (t in 2:places) for (a in 1:(arms - 1)) { l <- setNames(rep(0, length(x)), x); l[paste0("cellt", t, "a", a)] <- 1; l[paste0("cellt", t, "a0")] <- -1; L <- rbind(L, l) }
  t(apply(L, 1, function(l) { r <- contest1D(f, l); c(estimate = r$Estimate, se = r$`Std. Error`, df = r$df) }))
}
shared_fits <- lapply(analyte, shared)

# --- completed data sets (any will do) analysed one by one and pooled by Rubin -----------------------
m <- 6; limit <- quantile(analyte[[1]], .2, na.rm = TRUE)
filled <- lapply(1:m, function(k) { y <- analyte[[1]]; low <- which(y < limit); y[low] <- limit - abs(rnorm(length(low), 0, .3)); y })
each <- lapply(filled, function(y) mmrm(rows_of(y)))
rubin <- function(e, s, df, m) { w <- mean(s^2); b <- var(e); t <- w + (1 + 1 / m) * b; l <- (1 + 1 / m) * b / t
  nu <- mean(df); old <- (m - 1) / l^2; obs <- nu * (nu + 1) * (1 - l) / (nu + 3); c(estimate = mean(e), se = sqrt(t), df = 1 / (1 / old + 1 / obs), share = l) }
pooled <- t(sapply(1:(visits * (arms - 1)), function(k) rubin(sapply(each, function(o) o$contrast[k, 1]), sapply(each, function(o) o$contrast[k, 2]), sapply(each, function(o) o$contrast[k, 3]), m)))

# --- multiple imputation of one's own: Gibbs sampling of N(X B, S) with values below the limit truncated ----
impute <- function(y, limit, x, M, burn = 300, between = 20) {
  cens <- !is.na(y) & y < limit; miss <- is.na(y); z <- y; z[cens] <- limit - .2; z[miss] <- mean(y, na.rm = TRUE)
  k <- ncol(y); xx <- solve(crossprod(x)); out <- list()
  for (s in 1:(burn + between * (M - 1))) {
    b <- xx %*% crossprod(x, z); r <- z - x %*% b
    S <- solve(rWishart(1, nrow(x) - ncol(x), solve(crossprod(r)))[, , 1])
    B <- b + t(chol(xx)) %*% matrix(rnorm(length(b)), nrow(b)) %*% chol(S); mu <- x %*% B
    for (v in 1:k) { A <- S[v, -v, drop = FALSE] %*% solve(S[-v, -v]); sd <- sqrt(S[v, v] - c(A %*% S[-v, v]))
      at <- mu[, v] + c((z[, -v] - mu[, -v]) %*% t(A)); w <- which(cens[, v]); z[w, v] <- at[w] + sd * qnorm(runif(length(w)) * pnorm((limit - at[w]) / sd))
      w <- which(miss[, v]); z[w, v] <- at[w] + sd * rnorm(length(w)) }
    if (s >= burn && (s - burn) %% between == 0) { f <- z; f[miss] <- NA; out[[length(out) + 1]] <- f }
  }
  out
}
M <- 60; x <- cbind(arm == 0, arm == 1, arm == 2, site) * 1; low <- quantile(analyte[[2]], .3, na.rm = TRUE)
keep <- rowSums(!is.na(analyte[[2]])) > 0
drawn <- impute(analyte[[2]][keep, ], low, x[keep, ], M)
gls_of <- function(y0) { y <- analyte[[2]] * NA; y[keep, ] <- y0; d <- rows_of(y); X <- design(d)
  d$X <- X; g <- gls(y ~ X - 1, d, correlation = corSymm(form = ~ v | i), weights = varIdent(form = ~ 1 | v), method = "REML")
  L <- questions(d)$contrast; cbind(L %*% coef(g), sqrt(diag(L %*% vcov(g) %*% t(L)))) }
fit <- lapply(drawn, gls_of)
mi <- t(sapply(1:(visits * (arms - 1)), function(k) { e <- sapply(fit, function(o) o[k, 1]); w <- mean(sapply(fit, function(o) o[k, 2]^2)); c(estimate = mean(e), within = w, between = var(e)) }))

# --- detected or not, Firth: Newton with the hat matrix ----------------------------------------------
high <- quantile(analyte[[3]], .8, na.rm = TRUE)
firth <- function(v) {
  y <- as.numeric(analyte[[3]][, v] >= high); b0 <- as.numeric(analyte[[3]][, 1] >= high); ok <- !is.na(y) & !is.na(b0)
  X <- cbind(1, arm == 1, arm == 2, b0)[ok, ] * 1; y <- y[ok]; b <- rep(0, ncol(X))
  for (s in 1:500) { p <- plogis(c(X %*% b)); w <- p * (1 - p); I <- crossprod(X, X * w); h <- w * rowSums((X %*% solve(I)) * X)
    step <- solve(I, crossprod(X, y - p + h * (.5 - p))); b <- b + c(step); if (max(abs(step)) < 1e-14) break }
  cbind(estimate = b[2:3], se = sqrt(diag(solve(I)))[2:3])
}
detect <- do.call(rbind, lapply(2:places, firth))

flat <- function(y) lapply(seq_len(ncol(y)), function(t) y[, t])
write_json(list(made_with = paste("R", getRversion(), "nlme", packageVersion("nlme"), "lmerTest", packageVersion("lmerTest")), n = n,
  arm = arm, site = site, analyte = lapply(analyte, flat), gls_apart = gls_apart,
  mmrm = lapply(fits, function(o) list(mean = o$mean, contrast = o$contrast)), shared = shared_fits,
  filled = lapply(filled, flat), pooled = pooled, mi = list(limit = unname(low), M = M, pooled = mi), detect = list(limit = unname(high), rows = detect)),
  stdout(), digits = 17, auto_unbox = TRUE, na = "null", matrix = "rowmajor")
