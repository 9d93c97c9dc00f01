# Makes meta.json: metafor 3.8-1 (R 4.2.2) driven to convergence, on data of the metadat package (dat.bcg: Colditz 1994;
# dat.collins1985a; dat.nielweise2007; dat.linde2005). Rscript tests/reference/meta.R > tests/reference/meta.json
suppressMessages({library(metafor); library(jsonlite)})
tight <- list(threshold = 1e-14, maxiter = 20000, tol = 1e-15)
methods <- c(reml = "REML", ml = "ML", dl = "DL", pm = "PM", sj = "SJ", he = "HE", hs = "HS", eb = "EB", ee = "EE")
describe <- function(f) {
  p <- if (f$p == 1) predict(f) else NULL
  l <- list(beta = c(f$b), se = f$se, statistic = c(f$zval), p = f$pval, lower = f$ci.lb, upper = f$ci.ub, tau2 = f$tau2,
            se_tau2 = f$se.tau2, i2 = f$I2, h2 = f$H2, q = f$QE, q_p = f$QEp, qm = f$QM, qm_p = f$QMp,
            scale = f$s2w, ml = f$fit.stats["ll", "ML"], reml = f$fit.stats["ll", "REML"],
            aic = f$fit.stats["AIC", if (f$method == "REML") "REML" else "ML"],
            bic = f$fit.stats["BIC", if (f$method == "REML") "REML" else "ML"],
            aicc = f$fit.stats["AICc", if (f$method == "REML") "REML" else "ML"],
            vb = c(f$vb), pi = if (is.null(p) || f$method == "EE") NULL else c(p$pi.lb, p$pi.ub),
            r2 = f$R2, weight = unname(weights(f)))
  l[!sapply(l, is.null)]
}
fits <- function(y, v, X = NULL, test = c("z", "knha", "adhoc", "t")) {
  out <- list()
  for (m in names(methods)) for (t in test) {
    if (m == "ee" && t %in% c("knha", "adhoc")) next
    out[[paste0(m, "_", t)]] <- describe(if (is.null(X)) rma(y, v, method = methods[[m]], test = t, control = tight)
                                        else rma(y, v, mods = X, method = methods[[m]], test = t, control = tight))
  }
  out
}
interval <- function(f, type) unname(c(confint(f, type = type, control = list(tol = 1e-15))$random[, 2:3]))
diagnose <- function(f) {
  i <- influence(f); pdf(NULL); b <- baujat(f); invisible(dev.off())
  list(rstudent = i$inf$rstudent, dffits = i$inf$dffits, cook = i$inf$cook.d, covariance_ratio = i$inf$cov.r,
       tau2_deleted = i$inf$tau2.del, q_deleted = i$inf$QE.del, hat = i$inf$hat, weight = i$inf$weight,
       influential = as.integer(i$is.infl), dfbeta = lapply(seq_len(f$p), function(j) i$dfbs[[j]]),
       baujat_x = b$x, baujat_y = b$y)
}
bcg <- escalc("RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
y <- c(bcg$yi); v <- bcg$vi
year <- bcg$year
out <- list(made_with = list(R = "4.2.2", metafor = "3.8-1"),
            bcg = list(y = y, v = v, ablat = bcg$ablat, year = year, alloc = bcg$alloc),
            pooled = fits(y, v), ablat = fits(y, v, cbind(bcg$ablat)),
            mixed = fits(y, v, model.matrix(~ ablat + alloc, bcg)[, -1], c("z", "knha")))
reml <- rma(y, v, control = tight); ml <- rma(y, v, method = "ML", control = tight)
ablat <- rma(y, v, mods = cbind(bcg$ablat), test = "knha", control = tight)
# 1e-14 is below the rounding of its scoring steps here: one of the deleted fits would not end
both <- rma(y, v, mods = ~ ablat + year, data = bcg, control = modifyList(tight, list(threshold = 1e-12)))
out$q_profile <- interval(reml, "QP"); out$q_profile_ablat <- interval(ablat, "QP")
out$profile_reml <- interval(reml, "PL"); out$profile_ml <- interval(ml, "PL")
pr <- predict(ablat, newmods = c(13, 33.5))
out$predict_ablat <- list(estimate = pr$pred, se = pr$se, lower = pr$ci.lb, upper = pr$ci.ub, pi_lower = pr$pi.lb, pi_upper = pr$pi.ub)
out$influence <- diagnose(reml)
out$influence_knha <- diagnose(rma(y, v, test = "knha", control = tight))
out$influence_ablat <- diagnose(ablat)
out$influence_both <- diagnose(both)
out$influence_dl <- diagnose(rma(y, v, method = "DL"))
l <- leave1out(rma(y, v, test = "knha", control = tight))
out$leave1out <- list(estimate = l$estimate, se = l$se, lower = l$ci.lb, q = l$Q, tau2 = l$tau2, i2 = l$I2)
cu <- cumul(reml, order = year)
out$cumulative <- list(order = cu$ids - 1, estimate = cu$estimate, se = cu$se, tau2 = cu$tau2)
terms <- rma(y, v, mods = ~ ablat + alloc, data = bcg, test = "knha", control = tight)
out$terms <- list(ablat = anova(terms, btt = 2)[c("QM", "QMp")], alloc = anova(terms, btt = 3:4)[c("QM", "QMp")])
li <- escalc("RR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = dat.linde2005)
li <- li[!is.na(li$yi), ]
out$ablat_year <- list(reml_z = describe(both))
out$linde <- list(y = c(li$yi), v = li$vi, pooled = describe(rma(yi, vi, data = li, test = "knha", control = tight)))
l <- leave1out(rma(yi, vi, data = li, test = "knha", control = tight))
out$linde$leave1out <- list(estimate = l$estimate, se = l$se, tau2 = l$tau2)
# subgroups
g <- split(bcg, bcg$alloc); each <- lapply(g, function(d) rma(yi, vi, data = d, control = tight))
est <- sapply(each, function(f) f$b[1]); se <- sapply(each, function(f) f$se)
w <- rma(est, se^2, mods = ~ names(g), method = "EE")
out$subgroups <- list(names = names(g), estimate = unname(est), se = unname(se), tau2 = sapply(unname(each), function(f) f$tau2),
                      q_between = w$QM, p = w$QMp)
mk <- rma(yi, vi, mods = ~ alloc, data = bcg, test = "knha", control = tight)
m0 <- rma(yi, vi, mods = ~ 0 + alloc, data = bcg, test = "knha", control = tight)
out$subgroups_common <- list(estimate = c(m0$b), se = m0$se, f = mk$QM, p = mk$QMp, tau2 = mk$tau2, r2 = mk$R2, i2 = mk$I2)
# exact permutation tests (the observed arrangement is one of them)
few <- bcg[c(1, 2, 4, 7, 8, 12), ]
pf <- permutest(rma(yi, vi, mods = ~ ablat, data = few, test = "knha", control = tight), exact = TRUE, progbar = FALSE)
pa <- permutest(rma(yi, vi, mods = ~ alloc, data = bcg[c(1:5, 7, 8), ], control = tight), exact = TRUE, progbar = FALSE)
ps <- permutest(rma(yi, vi, data = few, control = tight), exact = TRUE, progbar = FALSE)
out$permutation <- list(ablat = list(p = pf$pval, omnibus = pf$QMp), alloc = list(p = pa$pval, omnibus = pa$QMp),
                        signs = list(p = ps$pval, omnibus = ps$QMp))
# effects 1-2, 3-5 and 7-8 share a control arm: made-up covariances on the BCG effects
V <- diag(v); for (b in list(1:2, 3:5, 7:8)) for (i in b) for (j in b) if (i != j) V[i, j] <- 0.4 * min(v[b])
out$shared <- list(covariance = c(V))
# rma.mv's optimiser stops at the square root of the precision: tau2 is the root of the score, written out in matrices
score <- function(t, y, X, V, reml) {
  W <- solve(V + diag(t, length(y))); P <- W - W %*% X %*% solve(t(X) %*% W %*% X, t(X) %*% W)
  c(t(y) %*% P %*% P %*% y) - sum(diag(if (reml) P else W))
}
for (m in c("REML", "ML")) for (moderator in c(FALSE, TRUE)) {
  X <- if (moderator) cbind(1, bcg$ablat) else cbind(rep(1, 13))
  t <- uniroot(score, c(0.001, 3), y = y, X = X, V = V, reml = m == "REML", tol = 1e-16, maxiter = 10000)$root
  free <- rma.mv(y, V, mods = X, intercept = FALSE, random = ~ 1 | id, data = data.frame(id = 1:13), method = m)
  stopifnot(abs(free$sigma2 / t - 1) < 1e-5)
  f <- rma.mv(y, V, mods = X, intercept = FALSE, random = ~ 1 | id, data = data.frame(id = 1:13), method = m, sigma2 = t)
  out$shared[[paste0(m, if (moderator) "_ablat")]] <- list(beta = c(f$b), se = f$se, tau2 = t, q = f$QE, loglik = c(logLik(f)),
    hat = unname(hatvalues(f)))
}
# counts
tables <- function(d) {
  one <- function(f) list(estimate = c(f$b), se = f$se, p = f$pval, lower = f$ci.lb, q = f$QE, q_p = f$QEp, i2 = f$I2)
  mh <- function(m) rma.mh(ai, n1i = n1i, ci = ci, n2i = n2i, data = d, measure = m, drop00 = m != "RD")
  o <- mh("OR")
  list(a = d$ai, n1 = d$n1i, c = d$ci, n2 = d$n2i, or = one(o), rr = one(mh("RR")), rd = one(mh("RD")),
       cmh = o$MH, cmh_p = o$MHp, tarone = o$TA, tarone_p = o$TAp,
       peto = one(rma.peto(ai, n1i = n1i, ci = ci, n2i = n2i, data = d, drop00 = TRUE)))
}
b <- dat.bcg; b$ai <- b$tpos; b$n1i <- b$tpos + b$tneg; b$ci <- b$cpos; b$n2i <- b$cpos + b$cneg
n <- dat.nielweise2007
co <- dat.collins1985a; co <- data.frame(ai = co$b.xti, n1i = co$nti, ci = co$b.xci, n2i = co$nci); co <- co[complete.cases(co), ]
out$counts <- list(bcg = tables(b), catheters = tables(n), collins = tables(co))
cat(toJSON(out, digits = I(17), auto_unbox = TRUE, null = "null", na = "null", pretty = FALSE), "\n", sep = "")
