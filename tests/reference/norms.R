# Witness of norms: Box–Cox normal centiles against a direct maximum likelihood and gamlss, quantile regression against quantreg, Q
# statistics against gamlss. Simulated people.
#   R_LIBS=<library with gamlss 5.5-0, gamlss.dist 6.1-1> Rscript tests/reference/norms.R > tests/reference/norms.json
# R 4.2.2, gamlss 5.5-0, gamlss.dist 6.1-1, quantreg 5.94, jsonlite.
suppressMessages({library(gamlss); library(quantreg); library(jsonlite)})
set.seed(11)
n <- 240
age <- round(runif(n, 18, 80), 1); sex <- rbinom(n, 1, 0.55); bmi <- round(rnorm(n, 26, 4), 1)
m <- exp(0.5 + 0.6 * sin(age / 15) + 0.15 * sex + 0.02 * (bmi - 26)); s <- exp(-1.1 + 0.006 * age)
y <- round(m * (1 + 0.4 * s * rnorm(n))^(1 / 0.4), 4)
stopifnot(all(is.finite(y) & y > 0))

# ---- direct maximum likelihood, log M and log S linear in age, sex, bmi; L a constant ----
X <- cbind(1, age, sex, bmi)
eta <- function(th, x) list(m = x %*% th[1:4], s = x %*% th[5:8], l = th[9])
negloglik <- function(th) {
  e <- eta(th, X); s <- exp(e$s)
  z <- (exp(e$l * (log(y) - e$m)) - 1) / (e$l * s)
  v <- -sum(e$l * (log(y) - e$m) - e$s + dnorm(z, log = TRUE) - log(y) - pnorm(1 / (s * abs(e$l)), log.p = TRUE))
  if (is.finite(v)) v else 1e10
}
start <- c(coef(lm(log(y) ~ age + sex + bmi)), log(sd(log(y))), 0, 0, 0, 0.1)
scale <- c(1, .02, 1, .1, 1, .02, 1, .1, 1) # steps of similar effect
o <- optim(start, negloglik, method = "BFGS", control = list(maxit = 2000, reltol = 1e-15, parscale = scale))
grad <- function(f, th, h = 1e-4 * scale) { # six-point differences
  sapply(seq_along(th), function(k) { d <- replace(0 * th, k, h[k])
    (45 * (f(th + d) - f(th - d)) - 9 * (f(th + 2 * d) - f(th - 2 * d)) + f(th + 3 * d) - f(th - 3 * d)) / (60 * h[k]) })
}
th <- o$par
for (k in 1:6) { # Newton, derivatives by differences
  g <- grad(negloglik, th); H <- t(sapply(seq_along(th), function(j) { d <- replace(0 * th, j, 1e-3 * scale[j])
    (8 * (grad(negloglik, th + d) - grad(negloglik, th - d)) - (grad(negloglik, th + 2 * d) - grad(negloglik, th - 2 * d))) / (12e-3 * scale[j]) }))
  H <- (H + t(H)) / 2
  th <- th - solve(H, g)
}
V <- solve(H)
at <- list(list(y = 2.5, x = c(1, 30, 0, 24)), list(y = 9, x = c(1, 45, 1, 30)), list(y = 0.4, x = c(1, 70, 1, 22)))
score <- lapply(at, function(a) {
  z <- function(th) { e <- eta(th, rbind(a$x)); qnorm(pBCCG(a$y, exp(e$m), exp(e$s), e$l)) }
  g <- grad(z, th)
  list(y = a$y, x = a$x, z = as.numeric(z(th)), se = sqrt(drop(g %*% V %*% g)))
})
message("direct ", date()); direct <- list(theta = th, se = sqrt(diag(V)), loglik = -negloglik(th), score = score)

# ---- gamlss with penalised B-splines at fixed and at chosen penalties ----
control <- gamlss.control(c.crit = 1e-8, n.cyc = 200, trace = FALSE)
inner <- glim.control(cc = 1e-6, cyc = 5, bf.cyc = 30, bf.tol = 1e-8)
d <- data.frame(y, age, sex, bmi)
fixed <- gamlss(y ~ pb(age, lambda = 30) + sex + bmi, sigma.formula = ~ pb(age, lambda = 200) + sex + bmi,
                family = BCCGo, data = d, control = control, i.control = inner)
message("fixed ", date()); chosen <- gamlss(y ~ pb(age) + sex + bmi, sigma.formula = ~ sex + bmi, family = BCCGo, data = d, control = control, i.control = inner)
message("chosen ", date()); people <- expand.grid(age = c(20, 35, 50, 65, 78), sex = 0:1, bmi = 27)
curves <- function(fit) {
  p <- predictAll(fit, newdata = people, data = d)
  lapply(seq_len(nrow(people)), function(i) list(age = people$age[i], sex = people$sex[i], bmi = people$bmi[i], m = p$mu[i],
    s = p$sigma[i], l = p$nu[i], q = qBCCG(c(.03, .1, .5, .9, .97), p$mu[i], p$sigma[i], p$nu[i])))
}
smooth <- list(lambda = c(30, 200), loglik = as.numeric(logLik(fixed)), edf = c(fixed$mu.df, fixed$sigma.df),
               curve = curves(fixed))
sm <- getSmo(chosen, "mu")
automatic <- list(lambda = sm$lambda, edf = chosen$mu.df, loglik = as.numeric(logLik(chosen)))

# ---- Q statistics ----
z <- as.numeric(resid(fixed)); cut <- quantile(age, c(0, .25, .5, .75, 1), type = 1)
groups <- cut(rank(age, ties.method = "first"), 4 * 0:4 * 15, labels = FALSE) # 60 each, in order of age
ord <- order(age, z); groups <- integer(n); groups[ord] <- rep(1:4, each = 60)
table <- Q.stats(resid = z, xvar = groups, xcut.points = c(1.5, 2.5, 3.5), plot = FALSE)
q_statistics <- list(z = z, table = unname(apply(as.matrix(table)[1:4, 1:4], 1, as.list)))

# ---- quantile regression ----
fits <- lapply(c(.03, .11, .23, .51, .89), function(tau) {
  f <- rq(y ~ age + sex + bmi, tau = tau, method = "br")
  xx <- model.matrix(f); h <- bandwidth.rq(tau, n, hs = TRUE); while (tau - h < 0 || tau + h > 1) h <- h / 2
  hi <- rq.fit.br(xx, y, tau + h)$coef; lo <- rq.fit.br(xx, y, tau - h)$coef
  dens <- pmax(0, 2 * h / (xx %*% (hi - lo) - .Machine$double.eps^(2 / 3)))
  inv <- solve(crossprod(xx * sqrt(as.numeric(dens))))
  nid <- tau * (1 - tau) * inv %*% crossprod(xx) %*% inv
  s <- suppressWarnings(summary(f, se = "nid", covariance = TRUE))
  list(tau = tau, beta = unname(coef(f)), objective = f$rho, se = unname(sqrt(diag(nid))), summary_se = unname(s$coef[, 2]))
})
y_tied <- round(y) # many ties
tied <- lapply(c(.1, .5, .8), function(tau) list(tau = tau, objective = suppressWarnings(rq(y_tied ~ age + sex + bmi, tau = tau, method = "br"))$rho))
cat(toJSON(list(versions = list(R = R.version.string, gamlss = as.character(packageVersion("gamlss")),
  gamlss.dist = as.character(packageVersion("gamlss.dist")), quantreg = as.character(packageVersion("quantreg"))),
  y = y, age = age, sex = sex, bmi = bmi, direct = direct, smooth = smooth, automatic = automatic, q_statistics = q_statistics,
  quantile = fits, tied = tied), digits = NA, auto_unbox = TRUE, pretty = FALSE), "\n", sep = "")
