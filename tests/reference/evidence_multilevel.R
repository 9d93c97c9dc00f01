# Makes evidence_multilevel.json: three-level models by metafor::rma.mv(random = ~ 1 | study/effect) and cluster-robust
# standard errors by clubSandwich (R 4.2.2, metafor 3.8-1, clubSandwich 0.5.8). metafor's own optimum (nlminb,
# relative tolerance 1e-14, or as far as it goes) is polished by Newton steps with exact derivatives on dense matrices, and rma.mv is run again with the
# components held there: all but the log-likelihood "stopped_at" comes from that run.
# Run: VAGUS_DATA=... Rscript tests/reference/evidence_multilevel.R > tests/reference/evidence_multilevel.json
suppressPackageStartupMessages({library(metafor); library(clubSandwich); library(jsonlite)})
data_dir <- Sys.getenv("VAGUS_DATA")
fit_tight <- function(...) {
  for (tol in c(1e-14, 1e-12, 1e-10, 0)) {
    control <- if (tol > 0) list(optimizer = "nlminb", rel.tol = tol, iter.max = 2000, eval.max = 2000) else list()
    fit <- try(rma.mv(..., control = control), silent = TRUE)
    if (!inherits(fit, "try-error")) return(fit)
  }
  stop("no fit")
}
polish <- function(s2, y, V, X, study, reml) {
  Z <- outer(study, study, "==") * 1; I <- diag(length(y)); D <- list(Z, I)
  for (it in 1:12) {
    W <- chol2inv(chol(V + s2[1] * Z + s2[2] * I)); K <- solve(t(X) %*% W %*% X)
    P <- W - W %*% X %*% K %*% t(X) %*% W; Tm <- if (reml) P else W
    Py <- P %*% y; free <- s2 > 0
    A <- lapply(D, function(d) Tm %*% d)
    g <- sapply(1:2, function(a) sum(diag(A[[a]])) - t(Py) %*% D[[a]] %*% Py) / 2
    H <- matrix(0, 2, 2)
    for (a in 1:2) for (b in 1:2) H[a, b] <- (2 * t(Py) %*% D[[a]] %*% P %*% D[[b]] %*% Py - sum(A[[a]] * t(A[[b]]))) / 2
    if (it == 12) break
    s2n <- s2; s2n[free] <- s2[free] - solve(H[free, free, drop = FALSE], g[free]); s2 <- pmax(0, s2n)
  }
  list(s2 = s2, g = g, H = H)
}
one <- function(name, y, v, study, X = cbind(rep(1, length(y))), rho = 0, method = "REML", file = NULL, profile = FALSE) {
  X <- as.matrix(X); n <- length(y); es <- seq_len(n); study <- as.integer(factor(study, levels = unique(study)))
  V <- if (rho > 0) vcalc(v, cluster = study, obs = es, rho = rho) else diag(v)
  dat <- data.frame(y = y, study = study, es = es)
  fit <- fit_tight(y, V, mods = X, intercept = FALSE, random = ~ 1 | study/es, data = dat, method = method)
  start <- fit$sigma2; start[start < 1e-7 * max(start)] <- 0
  pol <- polish(start, y, V, X, study, method == "REML")
  tested <- if (ncol(X) > 1 && all(X[, 1] == X[1, 1])) 2:ncol(X) else seq_len(ncol(X))
  held <- rma.mv(y, V, mods = X, intercept = FALSE, random = ~ 1 | study/es, data = dat, method = method, sigma2 = pol$s2, test = "t", btt = tested)
  held_c <- rma.mv(y, V, mods = X, intercept = FALSE, random = ~ 1 | study/es, data = dat, method = method, sigma2 = pol$s2, test = "t", dfs = "contain")
  W <- solve(V); P <- W - W %*% X %*% solve(t(X) %*% W %*% X) %*% t(X) %*% W
  typ <- (n - ncol(X)) / sum(diag(P))
  cr <- lapply(c("CR0", "CR1", "CR2"), function(ty) as.data.frame(coef_test(held, vcov = ty, cluster = study, test = "Satterthwaite")))
  uni <- NULL
  if (rho == 0 && method == "REML") {
    u <- rma(y, v, mods = X, intercept = FALSE, method = "REML", control = list(threshold = 1e-14, maxiter = 10000, stepadj = .5))
    ct <- as.data.frame(coef_test(u, vcov = "CR2", cluster = study))
    uni <- list(tau2 = u$tau2, SE = I(ct$SE), df = I(ct$df))
  }
  if (rho > 0 && method == "REML") { # a two-level model whose sampling errors hang together
    u <- rma.mv(y, V, mods = X, intercept = FALSE, random = ~ 1 | es, data = dat, sigma2 = sum(pol$s2))
    ct <- as.data.frame(coef_test(u, vcov = "CR2", cluster = study))
    uni <- list(tau2 = sum(pol$s2), SE = I(ct$SE), df = I(ct$df))
  }
  htz <- NULL
  if (ncol(X) > 1) htz <- lapply(c("CR0", "CR2"), function(ty) {
    w <- try(Wald_test(held, constraints = constrain_zero(tested), # a singular covariance has no test
                       vcov = vcovCR(held, type = ty, cluster = study), test = "HTZ"), silent = TRUE)
    if (inherits(w, "try-error")) NULL else list(F = w$Fstat, df1 = w$df_num, df2 = w$df_denom, p = w$p_val) })
  prof <- NULL
  if (profile) {
    ci <- confint(rma.mv(y, V, mods = X, intercept = FALSE, random = ~ 1 | study/es, data = dat, method = method), control = list(tol = 1e-10))
    prof <- lapply(1:2, function(a) { r <- ci[[a]]$random[1, ]; list(lower = unname(r["ci.lb"]), upper = unname(r["ci.ub"])) })
  }
  out <- list(name = name, method = method, rho = rho, n = n, studies = length(unique(study)),
    stopped_at = c(logLik(fit)), stopped_sigma2 = fit$sigma2, sigma2 = pol$s2, gradient = pol$g, information = as.numeric(pol$H), loglik = c(logLik(held)),
    beta = I(c(held$beta)), se = I(held$se), p = I(held$pval), ddf_contain = I(as.numeric(held_c$ddf)), QE = held$QE, QEp = held$QEp,
    QM = if (ncol(X) > 1) c(held$QM) else NULL, QMp = if (ncol(X) > 1) held$QMp else NULL, typical = typ,
    CR0_SE = I(cr[[1]]$SE), CR0_df = I(cr[[1]]$df), CR1_SE = I(cr[[2]]$SE), CR2_SE = I(cr[[3]]$SE), CR2_df = I(cr[[3]]$df), CR2_p = I(cr[[3]]$p_Satt), uni = uni, HTZ = htz, profile = prof)
  if (ncol(X) == 1) { pr <- predict(held); out$pi <- c(pr$pi.lb, pr$pi.ub) }
  if (is.null(file)) out <- c(out, list(y = y, v = v, study = study - 1, x = if (ncol(X) > 1) I(lapply(seq_len(ncol(X)), function(j) X[, j])) else NULL))
  else out$file <- file
  message(name, " ", format(out$stopped_at, digits = 12), " ", format(out$loglik, digits = 12), " s2 ", paste(format(pol$s2, digits = 8), collapse = " "), " g ", paste(format(pol$g, digits = 2), collapse = " "))
  out
}
k <- dat.konstantopoulos2011; a <- dat.assink2016
out <- list(
  one("konstantopoulos REML", k$yi, k$vi, k$district, profile = TRUE),
  one("konstantopoulos ML", k$yi, k$vi, k$district, method = "ML", profile = TRUE),
  one("konstantopoulos year", k$yi, k$vi, k$district, X = cbind(1, k$year)),
  one("konstantopoulos rho .6", k$yi, k$vi, k$district, rho = .6),
  one("konstantopoulos year and its square", k$yi, k$vi, k$district, X = cbind(1, k$year - 1990, (k$year - 1990)^2)),
  one("assink REML", a$yi, a$vi, a$study, profile = TRUE),
  one("assink, standard error as moderator", a$yi, a$vi, a$study, X = cbind(1, sqrt(a$vi))),
  one("assink year and type, rho .5", a$yi, a$vi, a$study, X = cbind(1, a$year, a$deltype == "overt", a$deltype == "covert"), rho = .5),
  one("assink types, no intercept", a$yi, a$vi, a$study, X = sapply(c("general", "overt", "covert"), function(t) 1 * (a$deltype == t))))
if (nzchar(data_dir)) {
  g <- read.csv(file.path(data_dir, "psymeta_gamble2019/gamble2019.csv")); s <- read.csv(file.path(data_dir, "psymeta_stramaccia2021/stramaccia2021.csv"))
  w <- read.csv(file.path(data_dir, "psymeta_wibbelink2017/wibbelink2017.csv"))
  out <- c(out, list(
    one("gamble 2019", g$yi, g$vi, g$study_id, file = "psymeta_gamble2019/gamble2019.csv"),
    one("gamble 2019 rho .6", g$yi, g$vi, g$study_id, rho = .6, file = "psymeta_gamble2019/gamble2019.csv"),
    one("stramaccia 2021", s$yi, s$vi, s$study_id, file = "psymeta_stramaccia2021/stramaccia2021.csv"),
    one("wibbelink 2017", w$yi, w$vi, w$study_id, file = "psymeta_wibbelink2017/wibbelink2017.csv"),
    one("wibbelink 2017 rho .6", w$yi, w$vi, w$study_id, rho = .6, file = "psymeta_wibbelink2017/wibbelink2017.csv")))
  for (set in c("inpatients", "psiloctr", "psyctr")) {
    file <- paste0("metapsy_depression_", set, "/data.csv"); d <- read.csv(file.path(data_dir, file), sep = ";"); d$.g <- as.numeric(sub(",", ".", d$.g)); d$.g_se <- as.numeric(sub(",", ".", d$.g_se))
    d <- d[!is.na(d$.g) & !is.na(d$.g_se), ]
    out <- c(out, list(one(paste("metapsy", set), d$.g, d$.g_se^2, d$study, file = file)))
  }
}
cat(toJSON(out, auto_unbox = TRUE, digits = NA, null = "null", na = "null"), "\n")
