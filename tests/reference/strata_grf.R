# grf 2.6.1's own R code on fixed predictions (no forest is grown: a list stands for one): scores, average effects, calibration, best
# linear projection, RATE. Rscript strata_grf.R FOLDER_WITH_GRF_R_FILES > strata_grf.json
suppressMessages({library(jsonlite); library(sandwich); library(lmtest); library(clubSandwich)})
for (f in c("rank_average_treatment", "forest_summary", "average_treatment_effect", "get_scores", "input_utilities", "analysis_tools"))
  source(file.path(commandArgs(TRUE)[1], paste0(f, ".R")))
predict.causal_forest <- function(object, ...) list(predictions = object$tau)
predict.multi_arm_causal_forest <- function(object, ...) list(predictions = object$tau)
uniform <- function(seed, n) { x <- numeric(n); for (i in seq_len(n)) { seed <- (seed * 16807) %% 2147483647; x[i] <- seed / 2147483647 }; x }
n <- 120; u <- matrix(uniform(2026, n * 8), n)
x <- u[, 1:3]; e <- 0.3 + 0.4 * (x[, 1] > 0.5)           # two strata of randomisation
w <- as.numeric(u[, 4] < e); tau <- 0.5 + x[, 2] + 0.3 * u[, 5]; y <- x[, 1] + w * x[, 2] + u[, 6]
y.hat <- x[, 1] + e * 0.6 + 0.5; cluster <- rep(1:15, each = 8)
forest <- structure(list(Y.orig = y, Y.hat = y.hat, W.orig = w, W.hat = e, tau = tau, clusters = numeric(0), X.orig = x, sample.weights = NULL),
                    class = c("causal_forest", "grf"))
clustered <- forest; clustered$clusters <- cluster; clustered$equalize.cluster.weights <- FALSE
# three arms
arm <- factor(ifelse(u[, 7] < 0.5, "a", ifelse(u[, 7] < 0.8, "b", "c"))); e3 <- matrix(rep(c(0.5, 0.3, 0.2), each = n), n, dimnames = list(NULL, c("a", "b", "c")))
tau3 <- array(cbind(tau, 1 - tau), c(n, 2, 1), list(NULL, c("b - a", "c - a"), "Y.1")); y3 <- y + (arm == "c")
multi <- structure(list(Y.orig = matrix(y3), Y.hat = matrix(y.hat), W.orig = arm, W.hat = e3, tau = tau3, clusters = numeric(0), sample.weights = NULL),
                   class = c("multi_arm_causal_forest", "grf"))
num <- function(m) unname(as.matrix(m)[, 1:2])
gamma <- get_scores(forest)
priority <- u[, 8]; tied <- floor(5 * priority)
rate <- function(p, target, ...) { set.seed(1); r <- rank_average_treatment_effect.fit(gamma, p, target = target, R = 2, ...); r }
grid <- c(0.033, 0.2, 0.5, 0.77, 1)
# not grf's: the joint test of the projection with small-sample degrees of freedom
joint <- function(id) { w <- Wald_test(lm(gamma ~ x[, 1:2]), constrain_zero(2:3), "CR2", cluster = id, test = "HTZ"); c(w$Fstat, w$df_num, w$df_denom, w$p_val) }
many <- function(p, target, clusters = NULL) { set.seed(1); r <- rank_average_treatment_effect.fit(gamma, p, target = target, R = 20000, q = grid, clusters = clusters); c(r$std.err, r$TOC$std.err) }
multi.scores <- get_scores(multi)
group <- floor(4 * rank(priority) / (n + 1)) + 1; gates <- lm(gamma ~ 0 + factor(group))
out <- list(made_with = "grf 2.6.1 (R code), sandwich, lmtest, clubSandwich 0.5.8",
  x = x, w = w, e = e, y = y, y_hat = y.hat, tau = tau, arm = as.integer(arm) - 1, y3 = y3, priority = priority,
  gamma = gamma, gamma3 = cbind(multi.scores[, 1, 1], multi.scores[, 2, 1]),
  ate = unname(average_treatment_effect(forest)), ate_clustered = unname(average_treatment_effect(clustered)),
  ate3 = unname(as.matrix(average_treatment_effect(multi)[, 1:2])),
  calibration = unname(test_calibration(forest)[, 1:4]), calibration_clustered = unname(test_calibration(clustered)[, 1:2]),
  blp = unname(best_linear_projection(forest, x[, 1:2])[, 1:4]), blp_clustered = num(best_linear_projection(clustered, x[, 1:2])),
  blp_joint = joint(seq_len(n)), blp_joint_clustered = joint(cluster),
  autoc = unname(rate(priority, "AUTOC")$estimate), qini = unname(rate(priority, "QINI")$estimate),
  autoc_tied = unname(rate(tied, "AUTOC")$estimate), qini_tied = unname(rate(tied, "QINI")$estimate),
  grid = grid, toc = rate(priority, "AUTOC", q = grid)$TOC$estimate, toc_tied = rate(tied, "AUTOC", q = grid)$TOC$estimate,
  autoc_se = many(priority, "AUTOC"), qini_se = many(priority, "QINI"), autoc_se_tied = many(tied, "AUTOC"), autoc_se_clustered = many(priority, "AUTOC", cluster),
  groups = unname(cbind(coef(gates), sqrt(diag(vcovHC(gates, "HC2"))))))
write_json(out, stdout(), digits = 17, auto_unbox = TRUE)
