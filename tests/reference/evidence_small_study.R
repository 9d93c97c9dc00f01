# Makes evidence_small_study.json: metafor::regtest, ranktest, trimfill, and PET-PEESE by lm (R 4.2.2, metafor 3.8-1), REML
# and ML driven to 1e-14. Data: metadat 1.2-0.
# Run: Rscript tests/reference/evidence_small_study.R > tests/reference/evidence_small_study.json
suppressPackageStartupMessages({library(metafor); library(jsonlite)})
tight <- list(threshold = 1e-14, maxiter = 100000, stepadj = .5)
egger <- function(r) list(stat = r$zval, p = r$pval, df = if (is.null(r$dfs)) NULL else r$dfs, est = r$est, lb = r$ci.lb, ub = r$ci.ub)
test_of <- function(fit, model, p, ni) if (is.null(ni)) regtest(fit, model = model, predictor = p) else regtest(fit, model = model, predictor = p, ni = ni)
one <- function(name, yi, vi, n1 = NULL, n2 = NULL) {
  yi <- as.numeric(yi); vi <- as.numeric(vi); ni <- if (is.null(n1)) NULL else n1 + n2; k <- length(yi)
  fits <- list(REML = rma(yi, vi, control = tight), DL = rma(yi, vi, method = "DL"), knha = rma(yi, vi, test = "knha", control = tight))
  predictors <- c("sei", "vi", if (!is.null(ni)) c("ni", "ninv", "sqrtni", "sqrtninv"))
  reg <- list()
  for (p in predictors) for (f in names(fits)) reg[[length(reg) + 1]] <- c(list(predictor = p, fit = f), egger(test_of(fits[[f]], "rma", p, ni)))
  for (p in predictors) reg[[length(reg) + 1]] <- c(list(predictor = p, fit = "lm"), egger(test_of(fits$REML, "lm", p, ni)))
  if (!is.null(ni)) {
    x <- sqrt(1/n1 + 1/n2); a <- rma(yi, vi, mods = ~ x, control = tight); l <- summary(lm(yi ~ x, weights = 1/vi))$coefficients
    reg[[length(reg) + 1]] <- list(predictor = "arms", fit = "REML", stat = a$zval[2], p = a$pval[2], est = a$beta[1], lb = a$ci.lb[1], ub = a$ci.ub[1])
    reg[[length(reg) + 1]] <- list(predictor = "arms", fit = "lm", stat = l[2, 3], p = l[2, 4], df = k - 2, est = l[1, 1], lb = l[1, 1] - qt(.975, k - 2)*l[1, 2], ub = l[1, 1] + qt(.975, k - 2)*l[1, 2])
  }
  rk <- suppressWarnings(ranktest(fits$REML))
  tf <- list()
  for (f in c("REML", "DL")) for (e in c("L0", "R0")) for (side in c("auto", "left", "right")) {
    t <- try(suppressWarnings(if (side == "auto") trimfill(fits[[f]], estimator = e, control = tight) else trimfill(fits[[f]], estimator = e, side = side, control = tight)), silent = TRUE)
    if (inherits(t, "try-error")) next
    tf[[length(tf) + 1]] <- list(fit = f, estimator = e, asked = side, side = t$side, k0 = t$k0, se_k0 = t$se.k0, p_k0 = t$p.k0, est = c(t$beta), se = t$se, lb = t$ci.lb, ub = t$ci.ub, tau2 = t$tau2,
      filled = I(as.numeric(t$yi[t$fill])), filled_v = I(t$vi[t$fill]))
  }
  line <- function(x) { s <- summary(lm(yi ~ x, weights = 1/vi))$coefficients; list(est = s[1, 1], se = s[1, 2], p = s[1, 4], slope = s[2, 1], slope_se = s[2, 2]) }
  list(name = name, yi = yi, vi = vi, n1 = n1, n2 = n2, regtest = reg, tau = c(rk$tau), tau_p = rk$pval, trimfill = tf, pet = line(sqrt(vi)), peese = line(vi))
}
bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
rae <- dat.raudenbush1985; smo <- escalc(measure = "RR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = dat.linde2005); smo <- smo[!is.na(smo$yi), ]
nor <- escalc(measure = "SMD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i, data = dat.normand1999)
fur <- dat.egger2001; fur <- escalc(measure = "OR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = fur)
ties <- data.frame(yi = c(.1, .3, .3, .5, .2, .2, .7, .9, .4, .6, .35, .15), vi = c(.01, .02, .02, .05, .01, .01, .09, .12, .03, .05, .03, .02))
out <- list(one("bcg", bcg$yi, bcg$vi, bcg$tpos + bcg$tneg, bcg$cpos + bcg$cneg), one("hackshaw", dat.hackshaw1998$yi, dat.hackshaw1998$vi),
  one("raudenbush", rae$yi, rae$vi, rae$n1i, rae$n2i), one("linde 2005", smo$yi, smo$vi, smo$n1i, smo$n2i), one("normand", nor$yi, nor$vi, nor$n1i, nor$n2i),
  one("magnesium", fur$yi, fur$vi, fur$n1i, fur$n2i), one("ties (made up)", ties$yi, ties$vi),
  one("assink as if independent", dat.assink2016$yi, dat.assink2016$vi))
cat(toJSON(out, auto_unbox = TRUE, digits = NA, null = "null", na = "null"), "\n")
