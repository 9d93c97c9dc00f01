# Makes evidence_selection.json: step-function selection models by metafor::selmodel (R 4.2.2, metafor 3.8-1), driven to
# the end (tolerances 1e-15, then Newton steps on metafor's own log-likelihood with numDeriv's derivatives; standard
# errors are from the Hessian there, without tau^2 where it ended at 0). Data: metadat 1.2-0. Run: Rscript tests/reference/evidence_selection.R > tests/reference/evidence_selection.json
suppressPackageStartupMessages({library(metafor); library(jsonlite); library(numDeriv)})
options(width = 200)
one <- function(name, yi, vi, steps, alternative, mods = NULL) {
  X <- if (is.null(mods)) NULL else mods
  res <- if (is.null(X)) rma(yi, vi, method = "ML", control = list(threshold = 1e-15, maxiter = 10000))
         else rma(yi, vi, mods = X, method = "ML", control = list(threshold = 1e-15, maxiter = 10000))
  best <- NULL
  for (opt in c("nlminb", "BFGS")) {
    ctl <- if (opt == "nlminb") list(optimizer = "nlminb", rel.tol = 1e-15, x.tol = 1e-12, iter.max = 5000, eval.max = 5000)
           else list(optimizer = "optim", optmethod = "BFGS", reltol = 1e-16, maxit = 5000)
    sel <- try(suppressWarnings(selmodel(res, type = "stepfun", alternative = alternative, steps = steps, control = ctl)), silent = TRUE)
    if (inherits(sel, "try-error")) next
    if (is.null(best) || sel$ll > best$ll) best <- sel
  }
  sel <- best
  # polish: par = (beta, tau2, delta_2 ...), untransformed
  p <- length(sel$beta); J <- length(sel$delta); at0 <- sel$tau2 < 1e-6
  steps1 <- if (max(steps) < 1) c(steps, 1) else steps
  sei <- sqrt(as.numeric(vi)); y <- as.numeric(yi); XX <- if (is.null(X)) cbind(rep(1, length(y))) else cbind(1, as.numeric(X))
  pv <- switch(alternative, greater = pnorm(y/sei, lower.tail = FALSE), less = pnorm(y/sei), two.sided = 2*pnorm(abs(y/sei), lower.tail = FALSE))
  grp <- sapply(pv, function(q) which(q <= steps1)[1])
  ll <- function(par) metafor:::.selmodel.ll.stepfun(c(par[1:p], if (at0) 0 else par[p + 1], 1, par[-(1:(p + !at0))]),
    yi = y, vi = sei^2, X = XX, preci = rep(1, length(y)), k = length(y), pX = p, pvals = pv, deltas = J, delta.val = c(1, rep(NA, J - 1)), delta.transf = FALSE,
    mapfun = rep("exp", J), delta.min = rep(0, J), delta.max = rep(Inf, J), tau2.val = if (at0) 0 else NA, tau2.transf = FALSE, tau2.max = Inf,
    beta.val = rep(NA, p), wi.fun = NULL, steps = steps1, pgrp = grp, alternative = alternative, pval.min = 0, intCtrl = NULL, verbose = FALSE, digits = 4)
  par <- c(sel$beta, if (!at0) sel$tau2, sel$delta[-1])
  for (i in 1:4) par <- par - solve(numDeriv::hessian(ll, par, method.args = list(r = 6)), numDeriv::grad(ll, par, method.args = list(r = 6)))
  H <- numDeriv::hessian(ll, par, method.args = list(r = 6)); se <- sqrt(diag(solve(H)))
  sel$polished <- c(par[1:p], if (at0) 0 else par[p + 1], par[-(1:(p + !at0))])
  sel$polished_se <- c(se[1:p], if (at0) NA else se[p + 1], se[-(1:(p + !at0))])
  sel$polished_ll <- -ll(par); sel$gradient <- max(abs(numDeriv::grad(ll, par, method.args = list(r = 6))))
  list(name = name, yi = as.numeric(yi), vi = as.numeric(vi), mods = if (is.null(X)) NULL else as.numeric(X), steps = steps, alternative = alternative,
       beta = c(sel$beta), se = sel$se, tau2 = sel$tau2, se_tau2 = sel$se.tau2, delta = sel$delta, se_delta = sel$se.delta,
       ci_lb_delta = sel$ci.lb.delta, ci_ub_delta = sel$ci.ub.delta, pval_delta = sel$pval.delta,
       polished = sel$polished, polished_se = sel$polished_se, polished_ll = sel$polished_ll, gradient = sel$gradient, ll = sel$ll, ll0 = sel$ll0, LRT = sel$LRT, LRTp = sel$LRTp, LRT_tau2 = sel$LRT.tau2, LRTp_tau2 = sel$LRTp.tau2)
}
bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
hack <- dat.hackshaw1998
ban <- dat.bangertdrowns2004; ban <- ban[!is.na(ban$yi) & !is.na(ban$length), ]
rae <- dat.raudenbush1985
smo <- dat.linde2005; smo <- escalc(measure = "RR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = smo)
smo <- smo[!is.na(smo$yi), ]
out <- list(
  one("hackshaw 0.025", hack$yi, hack$vi, .025, "greater"),
  one("hackshaw 0.025 0.5", hack$yi, hack$vi, c(.025, .5), "greater"),
  one("hackshaw four cuts", hack$yi, hack$vi, c(.05, .2, .5), "greater"),
  one("bangert-drowns 0.025", ban$yi, ban$vi, .025, "greater"),
  one("bangert-drowns 0.05 0.5", ban$yi, ban$vi, c(.05, .5), "greater"),
  one("bangert-drowns length", ban$yi, ban$vi, .05, "greater", mods = ban$length),
  one("bangert-drowns two-sided", ban$yi, ban$vi, c(.05, .3), "two.sided"),
  one("bcg less", bcg$yi, bcg$vi, .025, "less"),
  one("linde 2005", smo$yi, smo$vi, .025, "greater"),
  one("raudenbush", rae$yi, rae$vi, c(.1, .5), "greater"))
cat(toJSON(out, auto_unbox = TRUE, digits = NA, null = "null", na = "null"))
