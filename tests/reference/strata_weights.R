# Sample weights: grf 2.6.1's own R code on fixed predictions (no forest is grown: a list stands for one): weighted average effects with and
# without clusters, clusters that count the same, calibration, projection, RATE. Rscript strata_weights.R FOLDER_WITH_GRF_R_FILES > strata_weights.json
suppressMessages({library(jsonlite); library(sandwich); library(lmtest)})
for (f in c("rank_average_treatment", "forest_summary", "average_treatment_effect", "get_scores", "input_utilities", "analysis_tools"))
  source(file.path(commandArgs(TRUE)[1], paste0(f, ".R")))
predict.causal_forest <- function(object, ...) list(predictions = object$tau)
uniform <- function(seed, n) { x <- numeric(n); for (i in seq_len(n)) { seed <- (seed * 16807) %% 2147483647; x[i] <- seed / 2147483647 }; x }
n <- 120; u <- matrix(uniform(77, n * 8), n)
x <- u[, 1:2]; e <- rep(0.4, n); w <- as.numeric(u[, 3] < e); tau <- 0.5 + x[, 2] + 0.3 * u[, 4]; y <- x[, 1] + w * x[, 2] + u[, 5]
y.hat <- x[, 1] + 0.7; cluster <- sort(ceiling(12 * u[, 6]^1.5)); weight <- 0.3 + 3 * u[, 7]^2; priority <- u[, 8]; tied <- floor(5 * priority)
forest <- function(...) structure(modifyList(list(Y.orig = y, Y.hat = y.hat, W.orig = w, W.hat = e, tau = tau, clusters = numeric(0), X.orig = x,
  sample.weights = weight, equalize.cluster.weights = FALSE), list(...)), class = c("causal_forest", "grf"))
weighted <- forest(); clustered <- forest(clusters = cluster)
equal <- clustered; equal["sample.weights"] <- list(NULL); equal$equalize.cluster.weights <- TRUE
gamma <- get_scores(weighted); grid <- c(0.033, 0.2, 0.5, 0.77, 1)
rate <- function(p, target, R = 2, ...) { set.seed(1); rank_average_treatment_effect.fit(gamma, p, target = target, R = R, q = grid, sample.weights = weight, ...) }
se <- function(p, target, ...) { r <- rate(p, target, R = 20000, ...); c(r$std.err, r$TOC$std.err) }
# groups: quarters of the weight in line, people of one priority at their mean place
o <- order(-priority); middle <- (cumsum(weight[o]) - weight[o] / 2) / sum(weight); group <- integer(n); group[o] <- floor((1 - middle) * 4)
gates <- lm(gamma ~ 0 + factor(group), weights = weight)
# with clusters: the jackknife itself. sandwich's HC3 by cluster, which grf takes, leaves sample weights out of the leverage and differs by 6 %
jackknife <- function(formula, data) {
  fit <- lm(formula, data, weights = weight); out <- sapply(sort(unique(cluster)), function(g) coef(lm(formula, data[data$cluster != g, ], weights = weight)))
  unname(cbind(coef(fit), sqrt(rowSums((out - coef(fit))^2))))
}
data <- data.frame(y = y - y.hat, a = (w - e) * weighted.mean(tau, weight), b = (w - e) * (tau - weighted.mean(tau, weight)), gamma = gamma, x, cluster = cluster, weight = weight)
out <- list(made_with = "grf 2.6.1 (R code), sandwich, lmtest", x = x, w = w, y = y, y_hat = y.hat, tau = tau, cluster = cluster - 1, weight = weight,
  priority = priority, gamma = gamma,
  ate = unname(average_treatment_effect(weighted)), ate_clustered = unname(average_treatment_effect(clustered)), ate_equal = unname(average_treatment_effect(equal)),
  calibration = unname(test_calibration(weighted)[, 1:4]), calibration_clustered = jackknife(y ~ 0 + a + b, data),
  blp = unname(best_linear_projection(weighted, x)[, 1:4]), blp_clustered = jackknife(gamma ~ X1 + X2, data),
  grid = grid, autoc = unname(rate(priority, "AUTOC")$estimate), qini = unname(rate(priority, "QINI")$estimate), toc = rate(priority, "AUTOC")$TOC$estimate,
  autoc_tied = unname(rate(tied, "AUTOC")$estimate), qini_tied = unname(rate(tied, "QINI")$estimate), toc_tied = rate(tied, "AUTOC")$TOC$estimate,
  autoc_se = se(priority, "AUTOC"), qini_se = se(priority, "QINI"), autoc_se_clustered = se(priority, "AUTOC", clusters = cluster),
  groups = unname(cbind(coef(gates), sqrt(diag(vcovHC(gates, "HC2"))))))
write_json(out, stdout(), digits = 17, auto_unbox = TRUE)
