# Witness of centile curves on people: body mass index of 600 Dutch boys by age, every twelfth of the 7294 of dbbmi in the R package
# gamlss.data (GPL-2 | GPL-3; Fourth Dutch Growth Study, Fredriks et al. 2000; van Buuren & Fredriks 2001), by gamlss at given and at chosen penalties.
#   R_LIBS=<library with gamlss 5.5-0> Rscript tests/reference/norms_dbbmi.R > tests/reference/norms_dbbmi.json
# R 4.2.2, gamlss 5.5-0, gamlss.dist 6.1-1, gamlss.data 6.0-6, jsonlite.
suppressMessages({library(gamlss); library(jsonlite)})
data(dbbmi)
all <- dbbmi[order(dbbmi$age, dbbmi$bmi), ]
d <- all[round(seq(1, nrow(all), length.out = 600)), ]
d$bmi <- round(d$bmi, 4)
control <- gamlss.control(c.crit = 1e-8, n.cyc = 200, trace = FALSE)
inner <- glim.control(cc = 1e-6, cyc = 5, bf.cyc = 30, bf.tol = 1e-8)
at <- c(1, 2, 5, 8, 10, 12, 15, 18, 21); shares <- c(.03, .1, .25, .5, .75, .9, .97)
curves <- function(fit) {
  p <- predictAll(fit, newdata = data.frame(age = at), data = d)
  t(sapply(seq_along(at), function(i) qBCCG(shares, p$mu[i], p$sigma[i], p$nu[i])))
}
told <- function(fit) list(edf = c(fit$mu.df, fit$sigma.df), loglik = as.numeric(logLik(fit)), l = unname(fit$nu.coefficients), q = curves(fit))
given <- gamlss(bmi ~ pb(age, lambda = 10), sigma.formula = ~ pb(age, lambda = 100), family = BCCGo, data = d, control = control, i.control = inner)
chosen <- gamlss(bmi ~ pb(age), sigma.formula = ~ pb(age), family = BCCGo, data = d, control = control, i.control = inner)
cat(toJSON(list(versions = list(R = R.version.string, gamlss = as.character(packageVersion("gamlss")),
  gamlss.dist = as.character(packageVersion("gamlss.dist")), gamlss.data = as.character(packageVersion("gamlss.data"))),
  source = "every twelfth of dbbmi, R package gamlss.data (GPL-2 | GPL-3)", age = d$age, bmi = d$bmi, at = at, shares = shares,
  given = c(list(lambda = c(10, 100)), told(given)),
  chosen = c(list(lambda = c(getSmo(chosen, "mu")$lambda, getSmo(chosen, "sigma")$lambda)), told(chosen))),
  digits = NA, auto_unbox = TRUE), "\n", sep = "")
