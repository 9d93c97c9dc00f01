# Makes lmm.json: lme4 1.1-31, lmerTest 3.1-3, pbkrtest 0.5.2 (R 4.2.2), driven to convergence, on data of these packages
# (sleepstudy: Belenky 2003; Pastes, Penicillin: Davies & Goldsmith 1972; ham, carrots: lmerTest).
# Rscript tests/reference/lmm.R > tests/reference/lmm.json
suppressMessages({library(lmerTest); library(jsonlite)})
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = 0.2, rhoend = 1e-12, maxfun = 100000),
                     check.conv.singular = "ignore", calc.derivs = FALSE)
# The optimum of lmer, then Newton steps on differences of the deviance until theta stands still.
polish <- function(f, data) {
  lf <- lme4::lFormula(formula(f), data, REML = isREML(f), control = tight)
  d <- do.call(lme4::mkLmerDevfun, lf)
  t <- getME(f, "theta"); low <- getME(f, "lower")
  t[abs(t) < 1e-4 & low == 0] <- 0
  free <- !(t == 0 & low == 0)
  g <- function(x) { y <- t; y[free] <- x; d(y) }
  if (any(free)) for (i in 1:5) {
    x <- t[free]; s <- try(solve(numDeriv::hessian(g, x), numDeriv::grad(g, x)), silent = TRUE)
    if (!inherits(s, "try-error") && g(x - s) <= g(x) + 1e-9) t[free] <- x - s
  }
  d(t)
  m <- lme4::mkMerMod(environment(d), list(par = t, fval = d(t), feval = 1, conv = 0, message = ""), lf$reTrms, lf$fr,
                      mc = f@call)
  as_lmerModLmerTest(m)
}
joint <- function(f, ddf) { a <- anova(f, type = "III", ddf = ddf); list(term = rownames(a), f = a[["F value"]], df1 = a$NumDF, df2 = a$DenDF, p = a[["Pr(>F)"]]) }
describe <- function(formula, data, reml = TRUE, kr = reml, tests = TRUE) {
  assign("data_in_use", data, envir = .GlobalEnv)
  f <- lmer(formula, data_in_use, REML = reml, control = tight)
  f <- polish(f, data_in_use)
  s <- coef(summary(f))
  v <- lapply(VarCorr(f), function(x) c(unname(x[, ])))
  l <- list(names = rownames(s), beta = unname(s[, 1]), se = unname(s[, 2]), df = unname(s[, 3]), p = unname(s[, 5]),
            sigma = sigma(f), variance = unname(v), groups = names(v), loglik = c(logLik(f)), aic = AIC(f), bic = BIC(f),
            singular = isSingular(f), ranef = lapply(unname(lme4::ranef(f)), function(x) unname(c(t(as.matrix(x))))),
            ranef_levels = lapply(unname(lme4::ranef(f)), rownames))
  if (tests) l$joint <- joint(f, "Satterthwaite")
  if (kr) {
    k <- coef(summary(f, ddf = "Kenward-Roger"))
    l$kr <- list(se = unname(k[, 2]), df = unname(k[, 3]))
    if (tests) l$kr$joint <- joint(f, "Kenward-Roger")
  }
  l
}
set.seed(20261125)
sim <- expand.grid(visit = 0:3, id = 1:24)
sim$site <- (sim$id - 1) %/% 4 + 1
sim$arm <- c("a", "b")[1 + sim$id %% 2]
sim$y <- round(with(sim, 3 + 0.4 * visit * (arm == "b") + rnorm(24)[id] * 0.8 + rnorm(96)), 3)
sim <- sim[-c(5, 12, 13, 30, 31, 32, 77), ]
flat <- sim; flat$y <- round(flat$y - ave(flat$y, flat$id) + rnorm(nrow(flat), 0, 0.05), 3)
sets <- list(sleepstudy = lme4::sleepstudy, Pastes = lme4::Pastes[, c("strength", "batch", "cask")],
             Penicillin = lme4::Penicillin, sim = sim, flat = flat)
ham <- lmerTest::ham
models <- list(
  sleep_slope = describe(Reaction ~ Days + (1 + Days | Subject), sets$sleepstudy),
  sleep_slope_ml = describe(Reaction ~ Days + (1 + Days | Subject), sets$sleepstudy, reml = FALSE),
  sleep_intercept = describe(Reaction ~ Days + (1 | Subject), sets$sleepstudy),
  sleep_independent = describe(Reaction ~ Days + (1 | Subject) + (0 + Days | Subject), sets$sleepstudy),
  pastes = describe(strength ~ 1 + (1 | batch/cask), sets$Pastes, tests = FALSE),
  penicillin = describe(diameter ~ 1 + (1 | plate) + (1 | sample), sets$Penicillin, tests = FALSE),
  sim = describe(y ~ arm * visit + (1 + visit | id), sets$sim),
  sim_nested = describe(y ~ arm * factor(visit) + (1 | site/id), sets$sim),
  flat = describe(y ~ arm * visit + (1 | id), sets$flat),
  ham = describe(Informed.liking ~ Gender + Information * Product + (1 | Consumer/Product), ham),
  ham_intercept = describe(Informed.liking ~ Gender * Information * Product + (1 | Consumer), ham))
out <- list(made_with = list(R = "4.2.2", lme4 = "1.1-31", lmerTest = "3.1-3", pbkrtest = "0.5.2"),
            data = lapply(c(sets, list(ham = ham[, c("Consumer", "Gender", "Information", "Product", "Informed.liking")])),
                          function(d) as.list(lapply(d, function(x) if (is.factor(x)) as.character(x) else x))), models = models)
cat(toJSON(out, digits = NA, auto_unbox = TRUE), "\n", sep = "")
