# Witness of factor scores (one_factor.c, channels_factor.c) and of the smallest detectable indirect effect (indirect_power.c).
# One-factor maximum likelihood: stats::factanal (its own optimiser, 1e-5), the same concentrated likelihood run to its end by
# nlminb with the exact gradient (1e-8), psych::fa (ml) and psych::omega's formula; effects of the scores by lm().
# Power: 20,000 SIMULATED trials analysed by least squares; the least product by optimize() over the division between arrows.
# Rscript tests/reference/channels_noise.R > tests/reference/channels_noise.json
suppressPackageStartupMessages(library(psych))
set.seed(41)
n <- 120
a <- rep(0:1, n / 2); x <- round(rnorm(n), 4)
f <- .6 * a + .3 * x + rnorm(n); g <- -.4 * a + .2 * f + rnorm(n)
M <- cbind(il6 = .8 * f + .6 * rnorm(n), tnf = 20 + 5 * (.6 * f + .8 * rnorm(n)), il10 = -.5 * f + rnorm(n), crp = 3 * (.7 * f + .9 * rnorm(n)),
           ifn = .3 * f + rnorm(n), gaba = g + rnorm(n), serotonin = 100 * (g + rnorm(n)), zonulin = .5 * a + rnorm(n))
M <- round(M, 4); sign <- c(1, 1, -1, 1, 1, 1, 1, 1); channel <- c(1, 1, 1, 1, 1, 2, 2, 3)
y <- round(drop(1 + .2 * a + .6 * f - .3 * g + .3 * x + rnorm(n)), 4)
num <- function(v) paste0("[", paste(sprintf("%.17g", as.numeric(v)), collapse = ", "), "]")
out <- list(); put <- function(name, v) out[[name]] <<- num(v)
for (j in 1:8) put(paste0("marker", j), M[, j])
put("a", a); put("x", x); put("y", y)
one <- function(R, lower = .005) { # run to its end
  m <- nrow(R)
  parts <- function(psi) { e <- eigen(R / sqrt(outer(psi, psi)), symmetric = TRUE); list(t = e$values, w = e$vectors) }
  value <- function(t) { th <- parts(exp(t))$t[-1]; sum(th - log(th) - 1) }
  slope <- function(t) { p <- parts(exp(t)); drop(p$w[, -1]^2 %*% (1 - p$t[-1])) }
  fit <- nlminb(log((1 - .5 / m) / diag(solve(R))), value, slope, lower = log(lower), control = list(rel.tol = 1e-15, x.tol = 1e-15, iter.max = 1000))
  t <- fit$par; free <- t > log(lower) + 1e-6 # Newton's steps on the exact gradient, to rounding
  for (step in 1:4) { J <- sapply(which(free), function(j) { h <- 1e-5; u <- v <- t; u[j] <- u[j] + h; v[j] <- v[j] - h; (slope(u) - slope(v))[free] / (2 * h) })
    t[free] <- t[free] - solve(J, slope(t)[free]) }
  psi <- exp(t); p <- parts(psi); l <- sqrt(psi) * p$w[, 1] * sqrt(p$t[1] - 1); if (sum(l) < 0) l <- -l
  info <- sum(l^2 / psi)
  list(loading = l, uniqueness = psi, omega = sum(l)^2 / (sum(l)^2 + sum(psi)), determinacy = info / (1 + info), discrepancy = value(t))
}
tell <- function(name, m) for (k in names(m)) put(paste(name, k, sep = "_"), m[[k]])
R1 <- resid(lm(M[, 1:5] ~ a + x)); K <- cor(sweep(R1, 2, sign[1:5], "*")); put("correlations", K)
o <- one(K); tell("factor", o)
fa <- factanal(covmat = K, factors = 1, n.obs = n - 2, control = list(opt = list(factr = 10)))
put("factanal_uniqueness", fa$uniquenesses); put("factanal_test", c(fa$STATISTIC, fa$dof, fa$PVAL))
ml <- fa(K, 1, fm = "ml", n.obs = n); l <- abs(ml$loadings[, 1]); put("psych_loading", l)
H <- matrix(c(1, .9, .6, .3, .9, 1, .3, .35, .6, .3, 1, .2, .3, .35, .2, 1), 4) # a Heywood case
tell("heywood", one(H)); put("heywood_correlations", H); put("heywood_factanal", factanal(covmat = H, factors = 1)$uniquenesses)
# effects of the scores
sd <- sqrt(colSums(resid(lm(M ~ a + x))^2) / (n - 3))
S1 <- M[, 1:5] %*% (o$loading / o$uniqueness * sign[1:5] / sd[1:5]); S2 <- M[, 6:7] %*% (1 / sd[6:7])
r <- cor(resid(lm(M[, 6:7] ~ a + x)))[1, 2]; put("pair_omega", 2 * r / (1 + r))
S <- cbind(S1, S2, M[, 8]); fm <- lm(S ~ a + x); fy <- lm(y ~ a + S + x)
put("effect", c(coef(lm(y ~ a + x))["a"], coef(fy)["a"], sum(coef(fm)["a", ] * coef(fy)[3:5]), coef(fm)["a", ] * coef(fy)[3:5]))
# corrected for reliability .8 of every marker: share of beta that is left
W <- cbind(c(S1 * 0)[1:8], 0, 0) * 0; W[1:5, 1] <- o$loading / o$uniqueness * sign[1:5] / sd[1:5]; W[6:7, 2] <- 1 / sd[6:7]; W[8, 3] <- 1
P <- crossprod(resid(fm)) / (n - 3); U <- t(W) %*% diag(.2 * apply(M, 2, var)) %*% W
put("kept", diag(solve(P, P - U)))
# ridge regression of the outcome on all markers (SD 1 within arms), penalty by REML: mgcv
suppressPackageStartupMessages(library(mgcv))
Z <- sweep(M, 2, sd, "/"); g <- gam(y ~ a + x + Z, paraPen = list(Z = list(diag(8))), method = "REML", control = list(newton = list(conv.tol = 1e-12)))
nu <- n - 3; E <- resid(lm(Z ~ a + x)); u <- resid(lm(y ~ a + x)); ev <- eigen(crossprod(E)); z <- drop(crossprod(ev$vectors, crossprod(E, u)))
dev <- function(lt) { t <- exp(lt) * nu; nu * log(sum(u^2) - sum(z^2 / (ev$values + t))) + sum(log1p(ev$values / t)) }
lt <- optimize(dev, c(-9, 9), tol = 1e-6)$minimum; d1 <- function(h) (dev(lt + h) - dev(lt - h)) / (2 * h); lt <- lt - d1(1e-3) / ((dev(lt + 1e-3) - 2 * dev(lt) + dev(lt - 1e-3)) / 1e-6); b <- drop(solve(crossprod(E) + diag(exp(lt) * nu, 8), crossprod(E, u)))
put("mgcv", c(g$sp / nu, coef(g)[4:11])); put("ridge_penalty", exp(lt))
w <- b / sd; for (k in 1:2) { j <- channel == k; w[j] <- w[j] / sqrt(sum((E[, j] %*% b[j])^2) / nu) }; w[8] <- 1
put("ridge_weight", w)
# smallest detectable effect: the least product of two arrows with joint power .8
sa <- .15; sb <- .08; da <- 57; db <- 54
power <- function(a, b) { ca <- qt(.975, da); cb <- qt(.975, db)
  (pt(ca, da, a / sa, lower.tail = FALSE) + pt(-ca, da, a / sa)) * (pt(cb, db, b / sb, lower.tail = FALSE) + pt(-cb, db, b / sb)) }
product <- function(a) { b <- tryCatch(uniroot(function(b) power(a, b) - .8, c(0, 100), tol = 1e-13)$root, error = function(e) Inf); a * b }
put("detectable", optimize(product, c(2.8, 6) * sa, tol = 1e-10)$objective); put("power", c(power(.5, .2), power(.1, .4), power(0, 0)))
# and by trials: reliability .6, n = 200; true beta at the detectable product
m <- 200; arm <- rep(0:1, m / 2); X <- cbind(1, arm); lc <- .6; trials <- 20000
# conditional reliability .6: M* = M + u, Var M = 1, Var u = 2/3 within arms; sigma of Y given A, M: 1
beta_of <- function(b) c(b, b * lc, sqrt(1 + b^2 * (1 - lc))) # true, weakened, residual SD as seen
se_a <- sqrt((1 / lc) * 4 / m); need <- function(df) uniroot(function(d) pt(qt(.975, df), df, d, lower.tail = FALSE) + pt(-qt(.975, df), df, d) - sqrt(.8), c(1, 9), tol = 1e-12)$root; alpha <- need(m - 2) * se_a
b <- uniroot(function(b) { v <- beta_of(b); v[2] - need(m - 3) * v[3] / sqrt((m - 2) / lc) }, c(0, 10), tol = 1e-12)$root
hit <- replicate(trials, {
  M0 <- alpha * arm + rnorm(m); Ms <- M0 + sqrt(1 / lc - 1) * rnorm(m); v <- .3 * arm + b * M0 + rnorm(m)
  z <- function(B, v, k, df) { q <- qr(B); e <- qr.resid(q, v); s <- sqrt(sum(e^2) / df * chol2inv(qr.R(q))[k, k]); qr.coef(q, v)[k] / s }
  abs(z(X, Ms, 2, m - 2)) > qt(.975, m - 2) && abs(z(cbind(X, Ms), v, 3, m - 3)) > qt(.975, m - 3)
})
put("trial_errors", c(se_a, m - 2, beta_of(b)[3] / sqrt((m - 2) / lc), m - 3, lc)); put("trial_product", alpha * b); put("trial_power", c(mean(hit), sqrt(.16 / trials)))
cat("{\n", paste0(' "', names(out), '": ', unlist(out), collapse = ",\n"), "\n}\n", sep = "")
