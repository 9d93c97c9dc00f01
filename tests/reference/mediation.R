# Witness of src/mechanism: lm, glm, polr and lmer with predict(), the mediator integrated by stats::integrate or summed; delta-method
# errors by numDeriv; mediation::medsens; boot::boot.ci (BCa); and, kept apart because they take an hour, mediation::mediate's
# own draws (mediation_draws.R).
# Rscript tests/reference/mediation.R VAGUS_DATA LIBRARY > tests/reference/mediation.json     (LIBRARY has the package mediation 4.5.1)
args <- commandArgs(TRUE)
.libPaths(c(args[2], .libPaths()))
suppressMessages({library(MASS); library(lme4); library(boot); library(mediation); library(numDeriv)})
jobs <- read.csv(file.path(args[1], "mediation_jobs/jobs.csv"))
framing <- read.csv(file.path(args[1], "mediation_framing/framing.csv"))
student <- read.csv(file.path(args[1], "mediation_student/student.csv"))
student <- student[complete.cases(student), ]
jobs$dich <- as.numeric(jobs$job_dich == levels(factor(jobs$job_dich))[2])
jobs$working <- as.numeric(jobs$work1 == "psyemp")
# glm stops on the deviance, which leaves its coefficients with half the digits: scoring steps to the end
tight_glm <- function(formula, family, data) {
  f <- glm(formula, family, data); X <- model.matrix(f); y <- f$y; b <- coef(f)
  for (i in 1:60) {
    eta <- drop(X %*% b); mu <- f$family$linkinv(eta); d <- f$family$mu.eta(eta); v <- f$family$variance(mu)
    b <- b + drop(solve(crossprod(X * d / sqrt(v)), crossprod(X, (y - mu) * d / v)))
  }
  f$coefficients[] <- b; f
}
num <- function(v) paste0("[", paste(ifelse(is.finite(v), sprintf("%.17g", v), "null"), collapse = ", "), "]")
# four means m[a, b] -> total, indirect (control, treated, average), direct (…), proportion (…)
effects <- function(m) {
  tot <- m[2, 2] - m[1, 1]; i0 <- m[1, 2] - m[1, 1]; i1 <- m[2, 2] - m[2, 1]; d0 <- m[2, 1] - m[1, 1]; d1 <- m[2, 2] - m[1, 2]
  ind <- c(i0, i1, (i0 + i1) / 2)
  c(tot, ind, d0, d1, (d0 + d1) / 2, ind / tot)
}
at <- function(d, a, treat = "treat") { d[[treat]] <- a; d }
# E over the mediator of row i of P(link^-1): g is a vectorised function of m for row i
expect <- function(g, mean, sd) integrate(function(z) g(mean + sd * z) * dnorm(z), -Inf, Inf, rel.tol = 1e-12, subdivisions = 1000)$value
# X of the outcome's model for a row set with M = 0 and its change per unit of M, under treatment a
parts <- function(fy, d, a, M) {
  tt <- delete.response(terms(fy)); d0 <- at(d, a); d1 <- d0; d0[[M]] <- 0; d1[[M]] <- 1
  x0 <- model.matrix(tt, d0); list(x0 = x0, dx = model.matrix(tt, d1) - x0)
}
means <- function(fm, fy, d, M, bm = coef(fm), sm = if (inherits(fm, "glm")) NA else summary(fm)$sigma, by = coef(fy), fast = FALSE) {
  inv <- if (inherits(fy, "glm")) fy$family$linkinv else identity
  out <- matrix(NA, 2, 2)
  for (a in 0:1) for (b in 0:1) {
    mu <- drop(model.matrix(delete.response(terms(fm)), at(d, b)) %*% bm)
    if (inherits(fm, "glm")) mu <- fm$family$linkinv(mu)
    p <- parts(fy, d, a, M); u <- drop(p$x0 %*% by); s <- drop(p$dx %*% by)
    out[a + 1, b + 1] <- mean(
      if (inherits(fm, "glm")) (1 - mu) * inv(u) + mu * inv(u + s)
      else if (!inherits(fy, "glm")) u + s * mu
      else if (fast) { z <- seq(-9, 9, length.out = 121); w <- dnorm(z); w <- w / sum(w)
        drop(inv(outer(u + s * mu, sm * s[1] * z, "+")) %*% w) }
      else sapply(seq_along(u), function(i) expect(function(m) inv(u[i] + s[i] * m), mu[i], sm)))
  }
  out
}
cat_means <- function(fm, fy, d, M, bm = coef(fm), sm = summary(fm)$sigma, by = coef(fy), cut = fy$zeta, fast = FALSE) {
  k <- length(cut) + 1; out <- array(NA, c(2, 2, k + 1)); bz <- c(0, by)
  for (a in 0:1) for (b in 0:1) {
    mu <- drop(model.matrix(delete.response(terms(fm)), at(d, b)) %*% bm)
    p <- parts(fy, d, a, M); u <- drop(p$x0 %*% bz); s <- drop(p$dx %*% bz)
    cum <- sapply(cut, function(c) if (fast) { z <- seq(-9, 9, length.out = 121); w <- dnorm(z); w <- w / sum(w)
        drop(plogis(outer(c - u - s * mu, -sm * s[1] * z, "+")) %*% w) }
      else sapply(seq_along(u), function(i) expect(function(m) plogis(c - u[i] - s[i] * m), mu[i], sm)))
    pr <- cbind(cum, 1) - cbind(0, cum)
    out[a + 1, b + 1, ] <- c(mean(pr %*% (1:k)), colMeans(pr))
  }
  out
}
# information at the final coefficients (vcov(glm) has the weights of the step before)
V <- function(f) {
  if (!inherits(f, "glm")) return(vcov(f))
  X <- model.matrix(f); eta <- drop(X %*% coef(f)); mu <- f$family$mu.eta(eta); p <- f$family$linkinv(eta)
  solve(crossprod(X * mu / sqrt(p * (1 - p))))
}
delta <- function(fm, fy, d, M) {
  lin <- !inherits(fm, "glm"); km <- length(coef(fm)); sm <- if (lin) summary(fm)$sigma else NA
  th <- c(coef(fm), if (lin) sm, coef(fy))
  f <- function(t) effects(means(fm, fy, d, M, t[1:km], if (lin) t[km + 1] else NA, t[-(1:(km + lin))], fast = TRUE))
  S <- matrix(0, length(th), length(th)); S[1:km, 1:km] <- V(fm); j <- km + lin
  if (lin) S[j, j] <- sm^2 / (2 * fm$df.residual)
  S[-(1:j), -(1:j)] <- V(fy)
  J <- jacobian(f, th); sqrt(diag(J %*% S %*% t(J)))
}
out <- character()
add <- function(name, ...) {
  message(name)
  p <- list(...); out <<- c(out, sprintf('"%s": {%s}', name, paste(sprintf('"%s": %s', names(p), sapply(p, num)), collapse = ", ")))
}
pair <- function(name, fm, fy, d, M) add(name, effect = effects(means(fm, fy, d, M)), delta_se = delta(fm, fy, d, M),
  alpha = c(coef(fm)["treat"], sqrt(V(fm)["treat", "treat"])), beta = c(coef(fy)[M], sqrt(V(fy)[M, M])))

ym <- job_seek ~ treat + depress1 + econ_hard + sex + age
yy <- depress2 ~ treat + job_seek + depress1 + econ_hard + sex + age
m1 <- lm(ym, jobs); y1 <- lm(yy, jobs); y1i <- update(y1, . ~ . + treat:job_seek)
pair("linear", m1, y1, jobs, "job_seek")
pair("linear_interaction", m1, y1i, jobs, "job_seek")
yb <- tight_glm(update(yy, working ~ .), binomial, jobs); ybi <- tight_glm(update(formula(yb), . ~ . + treat:job_seek), binomial, jobs)
pair("linear_logit", m1, yb, jobs, "job_seek")
pair("linear_logit_interaction", m1, ybi, jobs, "job_seek")
mb <- tight_glm(dich ~ treat + depress1 + econ_hard + sex + age, binomial("probit"), jobs)
ml <- tight_glm(dich ~ treat + depress1 + econ_hard + sex + age, binomial, jobs)
yd <- lm(depress2 ~ treat + dich + depress1 + econ_hard + sex + age, jobs); ydi <- update(yd, . ~ . + treat:dich)
ydp <- tight_glm(working ~ treat + dich + depress1 + econ_hard + sex + age, binomial("probit"), jobs)
pair("probit_linear_interaction", mb, ydi, jobs, "dich")
pair("logit_linear", ml, yd, jobs, "dich")
pair("logit_probit", ml, ydp, jobs, "dich")
mf <- lm(emo ~ treat + age + educ + gender + income, framing)
yf <- tight_glm(cong_mesg ~ treat + emo + age + educ + gender + income, binomial("probit"), framing); yfi <- tight_glm(update(formula(yf), . ~ . + treat:emo), binomial("probit"), framing)
pair("framing_probit", mf, yf, framing, "emo")
pair("framing_probit_interaction", mf, yfi, framing, "emo")

# ordered outcome: polished as in ordinal.R by a further optimisation from polr's answer
jobs$disc <- factor(jobs$job_disc)
md <- lm(depress2 ~ treat + econ_hard + sex + age, jobs)
po <- polr(disc ~ treat + depress2 + econ_hard + sex + age, jobs, Hess = TRUE, control = list(reltol = 1e-14, maxit = 1000))
score <- function(th) {
  X <- model.matrix(po)[, -1]; p <- ncol(X); y <- as.integer(jobs$disc); k <- nlevels(jobs$disc); eta <- drop(X %*% th[1:p]); cut <- c(-Inf, th[-(1:p)], Inf)
  u <- cut[y + 1] - eta; l <- cut[y] - eta; P <- plogis(u) - plogis(l)
  Du <- cbind(-X, outer(y, 1:(k - 1), "==") * 1); Dl <- cbind(-X, outer(y - 1, 1:(k - 1), "==") * 1)
  s <- function(z) ifelse(is.finite(z), dlogis(z) * (1 - 2 * plogis(z)), 0)
  G <- (dlogis(u) * Du - dlogis(l) * Dl) / P
  list(g = colSums(G), H = crossprod(G) - (crossprod(Du, s(u) / P * Du) - crossprod(Dl, s(l) / P * Dl)))
}
th <- c(coef(po), po$zeta); for (i in 1:20) { s <- score(th); th <- th + solve(s$H, s$g) }
po$coefficients[] <- th[1:5]; po$zeta[] <- th[-(1:5)]
cm <- cat_means(md, po, jobs, "depress2")
th_all <- c(coef(md), summary(md)$sigma, th); km <- length(coef(md)); S <- matrix(0, length(th_all), length(th_all))
S[1:km, 1:km] <- vcov(md); S[km + 1, km + 1] <- summary(md)$sigma^2 / (2 * md$df.residual); S[-(1:(km + 1)), -(1:(km + 1))] <- solve(score(th)$H)
fo <- function(t) { m <- cat_means(md, po, jobs, "depress2", t[1:km], t[km + 1], t[km + 1 + 1:5], t[-(1:(km + 6))], fast = TRUE); c(sapply(seq_len(dim(m)[3]), function(r) effects(m[, , r]))) }
J <- jacobian(fo, th_all)
add("linear_ordinal", effect = c(sapply(seq_len(dim(cm)[3]), function(r) effects(cm[, , r]))), delta_se = sqrt(diag(J %*% S %*% t(J))))

# random intercepts by school
cm1 <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12, maxfun = 1e6), calc.derivs = FALSE)
# lmer stops where its optimiser does: Newton steps on differences of the deviance to the end, as in lmm.R
polish <- function(formula) {
  f <- lmer(formula, student, control = cm1); d <- do.call(mkLmerDevfun, lFormula(formula, student, control = cm1)); t <- getME(f, "theta")
  for (i in 1:5) t <- t - drop(solve(hessian(d, t), grad(d, t)))
  d(t); lf <- lFormula(formula, student, control = cm1)
  mkMerMod(environment(d), list(par = t, fval = d(t), feval = 1, conv = 0, message = ""), lf$reTrms, lf$fr)
}
lm_m <- polish(score ~ catholic + gender + income + pared + (1 | SCH_ID))
lm_y <- polish(late ~ catholic + score + gender + income + pared + (1 | SCH_ID))
add("mixed", effect = { a <- unname(fixef(lm_m)["catholic"]); b <- unname(fixef(lm_y)["score"]); d <- unname(fixef(lm_y)["catholic"]); i <- rep(a * b, 3); c(d + a * b, i, rep(d, 3), i / (d + a * b)) },
    alpha = c(fixef(lm_m)["catholic"], sqrt(vcov(lm_m)["catholic", "catholic"])), beta = c(fixef(lm_y)["score"], sqrt(vcov(lm_y)["score", "score"])), rows = nrow(student))

# sensitivity: medsens run to its end (eps is of the squared step; 1e-26 is below rounding and never reached)
med <- suppressWarnings(mediate(m1, y1, sims = 10, treat = "treat", mediator = "job_seek"))
sens <- medsens(med, rho.by = 0.1, eps = 1e-21)
add("medsens_linear", rho = sens$rho, estimate = c(sens$d0), err_cr = sens$err.cr.d, r2_star = sens$R2star.d.thresh, r2_tilde = sens$R2tilde.d.thresh,
    half_at_zero = c(sens$upper.d0 - sens$d0)[sens$rho > -1e-9 & sens$rho < 1e-9], r2 = c(sens$r.square.m, sens$r.square.y))
medi <- suppressWarnings(mediate(m1, y1i, sims = 10, treat = "treat", mediator = "job_seek"))
sensi <- medsens(medi, rho.by = 0.1, eps = 1e-21)
add("medsens_interaction", rho = sensi$rho, control = c(sensi$d0), treated = c(sensi$d1))
# probit outcome: the same formulas at the estimates, instead of averaged over draws; r with √(1 + s²g²), see docs/methods/mediation.md
probit_sens <- function(rho, wrong = FALSE) {
  s <- summary(mf)$sigma; g <- coef(yf)["emo"]; r <- if (wrong) s * g / (1 + abs(s * g)) else s * g / sqrt(1 + s^2 * g^2); keep <- names(coef(yf)) != "emo"
  yt <- coef(yf)[keep] * sqrt(1 - r^2) + coef(mf) * r / s; X <- model.matrix(yf)[, keep]; X0 <- X1 <- X; X0[, "treat"] <- 0; X1[, "treat"] <- 1
  gam <- (-rho + r * sqrt((1 - rho^2) / (1 - r^2))) / s; st <- sqrt(gam^2 * s^2 + 2 * gam * rho * s + 1); sh <- gam * coef(mf)["treat"] / st
  c(mean(pnorm(X0 %*% yt + sh) - pnorm(X0 %*% yt)), mean(pnorm(X1 %*% yt) - pnorm(X1 %*% yt - sh)))
}
rho <- seq(-0.9, 0.9, 0.1); ps <- sapply(rho, probit_sens)
add("sens_probit", rho = rho, control = ps[1, ], treated = ps[2, ], zero = { s <- summary(mf)$sigma * coef(yf)["emo"]; s / sqrt(1 + s^2) }, medsens_at_zero = probit_sens(0, TRUE))

# jackknife acceleration by strata, and BCa by boot at equal draws is Monte Carlo: its acceleration is not
jack <- sapply(seq_len(nrow(jobs)), function(i) { d <- jobs[-i, ]; coef(lm(ym, d))["treat"] * coef(lm(yy, d))["job_seek"] })
L <- numeric(nrow(jobs)); for (a in 0:1) { w <- which(jobs$treat == a); L[w] <- (length(w) - 1) / length(w) * (mean(jack[w]) - jack[w]) }
add("acceleration", linear = sum(L^3) / (6 * sum(L^2)^1.5))
# E-values: VanderWeele & Ding 2017 (RR 2 -> 3.4142), and of a mean difference
sdw <- sqrt(sum((jobs$depress2 - ave(jobs$depress2, jobs$treat))^2) / (nrow(jobs) - 2))
ie <- unname(coef(m1)["treat"] * coef(y1)["job_seek"]); se <- delta(m1, y1, jobs, "job_seek")[2]; ev <- function(r) { r <- ifelse(r < 1, 1 / r, r); r + sqrt(r * (r - 1)) }
lim <- if (ie > 0) exp(.91 * ie / sdw - 1.78 * se / sdw) else exp(.91 * ie / sdw + 1.78 * se / sdw)
add("e_value", estimate = ev(exp(.91 * ie / sdw)), limit = if ((ie > 0 && lim <= 1) || (ie < 0 && lim >= 1)) 1 else ev(lim))
cat("{\"made_by\": \"", R.version.string, ", mediation ", as.character(packageVersion("mediation")), ", lme4 ", as.character(packageVersion("lme4")),
  ", numDeriv ", as.character(packageVersion("numDeriv")), "\",\n", paste(out, collapse = ",\n"), "}\n", sep = "")
