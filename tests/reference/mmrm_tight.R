# Witness values of R's mmrm, run to its end (nlminb, tolerances 1e-15), for test_mmrm_tight.c.
# Rscript mmrm_tight.R DATA_FOLDER > mmrm_tight.json
suppressMessages({library(mmrm); library(jsonlite)})
root <- commandArgs(TRUE)[1]
control <- function(tol, ...) mmrm_control(optimizer = "nlminb", optimizer_control = list(rel.tol = tol,
  x.tol = tol, sing.tol = 1e-30, abs.tol = 0, eval.max = 5000, iter.max = 5000), ...)
fev <- read.csv(file.path(root, "mmrm_fev/fev.csv"), stringsAsFactors = TRUE)
fev$ARMCD <- relevel(fev$ARMCD, "PBO")
hamd <- read.csv(file.path(root, "antidepressant_hamd17/antidepressant.csv"), stringsAsFactors = TRUE)
hamd$PATIENT <- factor(hamd$PATIENT); hamd$VISIT <- factor(hamd$VISIT)
hamd$THERAPY <- relevel(hamd$THERAPY, "PLACEBO")
btb <- read.csv(file.path(root, "beat_the_blues/btheb_long.csv"), stringsAsFactors = TRUE)
btb$subject <- factor(btb$subject); btb$month <- factor(btb$month)
btb$treatment <- relevel(btb$treatment, "TAU")
bcva <- read.csv(file.path(root, "mmrm_bcva/bcva.csv"), stringsAsFactors = TRUE)
bcva$USUBJID <- factor(bcva$USUBJID); bcva$ARMCD <- relevel(bcva$ARMCD, "CTL")
datasets <- list(
  fev = list(data = fev, path = "mmrm_fev/fev.csv", formula = "FEV1 ~ RACE + SEX + ARMCD * AVISIT", subject = "USUBJID",
             visit = "AVISIT", arm = "ARMCD", reference = "PBO", weights = "WEIGHT"),
  simple = list(data = fev, path = "mmrm_fev/fev.csv", formula = "FEV1 ~ ARMCD", subject = "USUBJID",
             visit = "AVISIT", arm = "ARMCD", reference = "PBO", weights = "WEIGHT"),
  hamd = list(data = hamd, path = "antidepressant_hamd17/antidepressant.csv", formula = "CHANGE ~ BASVAL * VISIT + THERAPY * VISIT",
             subject = "PATIENT", visit = "VISIT", arm = "THERAPY", reference = "PLACEBO", weights = ""),
  btheb = list(data = btb, path = "beat_the_blues/btheb_long.csv", formula = "bdi ~ bdi.pre + drug + length + treatment * month",
             subject = "subject", visit = "month", arm = "treatment", reference = "TAU", weights = ""),
  bcva = list(data = bcva, path = "mmrm_bcva/bcva.csv", formula = "BCVA_CHG ~ BCVA_BL + RACE + ARMCD * AVISIT",
             subject = "USUBJID", visit = "AVISIT", arm = "ARMCD", reference = "CTL", weights = ""))
out <- list(made_with = paste("R", getRversion(), "mmrm", packageVersion("mmrm")), cases = list())
# free of the order of rows
about <- function(r) unname(c(min(r), max(r), mean(r^2), mean(r^3)))
one <- function(name, structure, method, vcov, reml, group, weighted) {
  d <- datasets[[name]]
  text <- sprintf("%s + %s(%s | %s%s)", d$formula, structure, d$visit, if (group) paste0(d$arm, " / ") else "", d$subject)
  w <- if (weighted) d$data[[d$weights]] else NULL
  fit <- NULL
  for (tol in c(1e-15, 1e-13, 1e-11)) if (is.null(fit))
    fit <- tryCatch(mmrm(as.formula(text), d$data, weights = w, reml = reml, control = control(tol, method = method, vcov = vcov)),
                    error = function(e) { message(text, ": ", conditionMessage(e)); NULL })
  if (is.null(fit)) return(NULL)
  s <- summary(fit)$coefficients
  p <- nrow(s)
  rows <- grep(if (name == "simple") d$arm else ":", rownames(s))
  L <- diag(p)[rows, , drop = FALSE]
  joint <- tryCatch(df_md(fit, L), error = function(e) NULL)
  sig <- fit$cov; if (!is.list(sig)) sig <- list(sig)
  list(dataset = name, path = d$path, formula = d$formula, subject = d$subject, visit = d$visit, arm = d$arm,
       reference = d$reference, group = if (group) d$arm else "", weights = if (weighted) d$weights else "",
       covariance = structure, method = method, vcov = if (is.null(vcov)) "" else vcov, reml = reml, call = text,
       minus2loglik = -2 * as.numeric(logLik(fit)), gradient = max(abs(fit$tmb_obj$gr(fit$theta_est))), aic = AIC(fit), aicc = AIC(fit, corrected = TRUE), bic = BIC(fit),
       term = rownames(s), estimate = unname(s[, 1]), se = unname(s[, 2]), df = unname(s[, 3]),
       theta = as.numeric(fit$theta_est), sigma = unname(lapply(sig, function(x) unname(as.matrix(x)))),
       residuals = list(pearson = about(residuals(fit, "pearson")), normalized = about(residuals(fit, "normalized"))),
       joint_rows = rows - 1, joint = if (is.null(joint)) NULL else list(f = joint$f_stat, num = joint$num_df, den = joint$denom_df))
}
add <- function(...) { r <- one(...); if (!is.null(r)) out$cases[[length(out$cases) + 1]] <<- r }
structures <- c("us", "cs", "csh", "ar1", "ar1h", "toep", "toeph", "ad", "adh")
for (s in structures) for (d in c("fev", "hamd", "btheb")) {
  add(d, s, "Satterthwaite", NULL, TRUE, FALSE, FALSE)
  add(d, s, "Kenward-Roger", NULL, TRUE, FALSE, FALSE)
  add(d, s, "Kenward-Roger", "Kenward-Roger-Linear", TRUE, FALSE, FALSE)
}
for (s in structures) {
  add("fev", s, "Satterthwaite", NULL, FALSE, FALSE, FALSE)
  add("fev", s, "Satterthwaite", NULL, TRUE, FALSE, TRUE)
  add("fev", s, "Satterthwaite", NULL, TRUE, TRUE, FALSE)
  add("simple", s, "Satterthwaite", NULL, TRUE, FALSE, FALSE)
  add("simple", s, "Kenward-Roger", NULL, TRUE, TRUE, FALSE)
  for (v in c("Empirical", "Empirical-Bias-Reduced", "Empirical-Jackknife")) add("fev", s, "Satterthwaite", v, TRUE, FALSE, FALSE)
}
add("simple", "us", "Kenward-Roger", NULL, TRUE, FALSE, TRUE)
add("simple", "us", "Kenward-Roger", "Kenward-Roger-Linear", TRUE, FALSE, FALSE)
for (v in c("Empirical", "Empirical-Bias-Reduced", "Empirical-Jackknife")) {
  add("fev", "us", "Satterthwaite", v, TRUE, FALSE, TRUE)
  add("fev", "us", "Residual", v, TRUE, TRUE, FALSE)
  add("fev", "us", "Between-Within", v, TRUE, FALSE, FALSE)
}
add("fev", "us", "Residual", "Asymptotic", TRUE, FALSE, FALSE)
add("fev", "us", "Between-Within", NULL, TRUE, FALSE, FALSE)
add("btheb", "us", "Between-Within", NULL, TRUE, FALSE, FALSE)
add("bcva", "us", "Satterthwaite", NULL, TRUE, FALSE, FALSE)
add("bcva", "us", "Kenward-Roger", NULL, TRUE, FALSE, FALSE)
add("bcva", "toeph", "Satterthwaite", NULL, TRUE, FALSE, FALSE)
add("bcva", "adh", "Satterthwaite", NULL, TRUE, FALSE, FALSE)
cat(toJSON(out, digits = NA, auto_unbox = TRUE, null = "null"))
