# Interactions, background classes and additivity by lm with sandwich (HC3) and clubSandwich (CR3), adjusted means by emmeans; the critical
# value of a band by mvtnorm; detectable values by pt. Rscript strata_moderators.R > strata_moderators.json
suppressMessages({library(jsonlite); library(sandwich); library(clubSandwich); library(emmeans); library(mvtnorm)})
uniform <- function(seed, n) { x <- numeric(n); for (i in seq_len(n)) { seed <- (seed * 16807) %% 2147483647; x[i] <- seed / 2147483647 }; x }
n <- 160; u <- matrix(uniform(77, n * 7), n)
m1 <- 10 + 5 * u[, 1]; m2 <- as.numeric(u[, 2] > 0.6); cov <- u[, 3]
arm <- floor(3 * u[, 4]); arm4 <- floor(4 * u[, 6]); class <- floor(3 * u[, 5])
y <- cov + 0.4 * (arm == 1) + 0.15 * (arm == 2) * (m1 - 12) + 0.3 * (class == 1) * (arm == 2) + (1 + m2) * u[, 7]; cluster <- rep(1:20, each = 8)
a <- factor(arm); d <- data.frame(y, a, cov, m1, m2)
hc <- function(f) vcovHC(f, "HC3")
one <- function(m) {
  x <- d[[m]] - mean(d[[m]]); f <- lm(y ~ a * x + cov); k <- c("a1:x", "a2:x"); v <- hc(f); b <- coef(f)[k]
  fc <- vcovCR(f, cluster, "CR3"); q <- quantile(d[[m]], c(.25, .75)) - mean(d[[m]])
  at <- sapply(1:2, function(arm) sapply(1:2, function(s) { L <- setNames(numeric(length(coef(f))), names(coef(f))); L[paste0("a", arm)] <- 1; L[paste0("a", arm, ":x")] <- q[s]
                                         c(sum(L * coef(f)), sqrt(drop(L %*% v %*% L))) }))
  list(b = unname(b), se = unname(sqrt(diag(v)[k])), p = unname(2 * pt(-abs(b / sqrt(diag(v)[k])), f$df.residual)), se_cr3 = unname(sqrt(diag(fc)[k])),
       F = drop(t(b) %*% solve(v[k, k]) %*% b) / 2, sd = sd(d[[m]]), quartiles = unname(quantile(d[[m]], c(.25, .75))), effects = matrix(at, 2))
}
both <- lm(y ~ a * (m1 + m2) + cov); k <- grep(":", names(coef(both)))
all <- Wald_test(both, constrain_zero(k), "CR2", cluster = seq_len(n), test = "HTZ")
parts <- list(one("m1"), one("m2")); p <- c(parts[[1]]$p, parts[[2]]$p)
# background
b <- factor(class); f <- lm(y ~ a * b + cov); v <- hc(f)
em <- emmeans(f, ~ a | b, at = list(cov = mean(cov)), vcov. = v)
eff <- as.data.frame(contrast(em, "trt.vs.ctrl"))
i <- grep(":", names(coef(f)))
# four arms: none, A, B, both
g <- factor(arm4); h <- lm(y ~ g + cov); w <- hc(h); L <- c(0, -1, -1, 1, 0)
dep <- sum(L * coef(h)); dep.se <- sqrt(drop(L %*% w %*% L)); df <- h$df.residual
alone <- function(L) c(sum(L * coef(h)), sqrt(drop(L %*% w %*% L)))
# effect curve: windows of 40 at 5 starts, on y as if it were a score
s <- sort(m1); starts <- floor((0:4) * (n - 40) / 4); psi <- sapply(starts, function(k) { inw <- m1 >= s[k + 1] & m1 <= s[k + 40]; ifelse(inw, (y - mean(y[inw])) / sum(inw), 0) })
set.seed(1); se <- sqrt(colSums(psi^2) * 40 / 39)
crit <- qmvnorm(0.95, tail = "both.tails", corr = cov2cor(crossprod(psi)), algorithm = GenzBretz(maxpts = 2e6, abseps = 1e-6))$quantile
dif <- psi - (y - mean(y)) / n; dse <- sqrt(colSums(dif^2) * 40 / 39); eff.w <- sapply(starts, function(k) mean(y[m1 >= s[k + 1] & m1 <= s[k + 40]]))
stat <- max(-qnorm(pt(-abs(eff.w - mean(y)) / dse, 39)))
pc <- 1 - pmvnorm(rep(-stat, 5), rep(stat, 5), corr = cov2cor(crossprod(dif)), algorithm = GenzBretz(maxpts = 2e6, abseps = 1e-6))[1]
detect <- function(df, alpha, power) { crit <- qt(1 - alpha / 2, df); uniroot(function(d) pt(crit, df, d, lower.tail = FALSE) + pt(-crit, df, d) - power, c(0.1, 20), tol = 1e-13)$root }
write_json(list(made_with = paste("R", getRversion(), "sandwich", packageVersion("sandwich"), "clubSandwich", packageVersion("clubSandwich"), "emmeans", packageVersion("emmeans"), "mvtnorm", packageVersion("mvtnorm")),
  y = y, arm = arm, arm4 = arm4, class = class, cov = cov, m1 = m1, m2 = m2, moderators = parts, holm = p.adjust(p, "holm"),
  all = list(F = all$Fstat, df = all$df_denom, p = all$p_val),
  background = list(effect = eff$estimate, se = eff$SE, difference = unname(coef(f)[i]), difference_se = unname(sqrt(diag(v)[i])),
                    F = drop(t(coef(f)[i]) %*% solve(v[i, i]) %*% coef(f)[i]) / 4),
  additivity = list(departure = dep, se = dep.se, lower = dep - qt(.975, df) * dep.se, upper = dep + qt(.975, df) * dep.se, lower90 = dep - qt(.95, df) * dep.se, upper90 = dep + qt(.95, df) * dep.se,
                    together = alone(c(0, 0, 0, 1, 0)), a_beside_b = alone(c(0, 0, -1, 1, 0))),
  curve = list(effect = eff.w, se = se, band = qt(pnorm(crit), 39), critical = crit, statistic = stat, p = pc),
  detectable = list(list(df = 38, alpha = 0.05, power = 0.8, value = detect(38, .05, .8)), list(df = 250, alpha = 0.01, power = 0.9, value = detect(250, .01, .9)))),
  stdout(), digits = 17, auto_unbox = TRUE)
