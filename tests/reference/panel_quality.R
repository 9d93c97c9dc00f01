# Batches by anova and model-matrix determinants, contaminants by lm, prop.test, fisher.test: Rscript panel_quality.R > panel_quality.json
library(jsonlite)
set.seed(21)
n <- 48; arm <- rep(0:1, n / 2); visit <- rep(rep(0:1, each = 2), n / 4); batch <- sample(rep(0:2, n / 3))
Y <- sapply(1:6, function(f) rnorm(n) + arm * .3 + c(0, .5, -.4)[batch + 1] * (f %% 2))
X <- cbind(1, arm, visit, arm * visit)
b <- factor(batch)
an <- lapply(1:6, function(f) anova(lm(Y[, f] ~ X - 1), lm(Y[, f] ~ X + b - 1)))
B <- model.matrix(~b)[, -1]; Bc <- scale(B, scale = FALSE); Br <- residuals(lm(B ~ X - 1))
fit <- lm(Y ~ X + Bc - 1)
corrected <- Y - Bc %*% coef(fit)[5:6, ]
out <- list(made_with = paste("R", getRversion()), n = n, y = as.vector(Y), x = as.vector(X), batch = batch,
  f = sapply(an, function(a) a$F[2]), p = sapply(an, function(a) a$"Pr(>F)"[2]),
  r2 = sapply(an, function(a) a$"Sum of Sq"[2] / a$RSS[1]),
  total_r2 = sum(sapply(an, function(a) a$"Sum of Sq"[2])) / sum(scale(Y, scale = FALSE)^2),
  gvif = sqrt(det(crossprod(Bc)) / det(crossprod(Br))), corrected = as.vector(corrected))
m <- 60; neg <- rep(c(TRUE, FALSE), c(15, 45)); dna <- exp(rnorm(m))
T <- matrix(rpois(m * 8, rep(c(200, 5, 40, 3, .4, .2, 900, .05), each = m)), m)
T[, 2] <- rpois(m, 20 / dna); T[neg, 4] <- T[neg, 4] + 2; T[!neg, 4] <- rpois(45, .7); T[, 5] <- T[, 5] * !neg; T[neg, 6] <- rpois(15, 1)
share <- T / rowSums(T)
freq <- sapply(1:8, function(j) { k <- share[, j] > 0 & !neg; if (sum(k) < 2) return(NA)
  lf <- log(share[k, j]); lc <- log(dna[k]); s1 <- sum(resid(lm(lf ~ offset(-lc)))^2); s0 <- sum(resid(lm(lf ~ 1))^2)
  pf(s1 / s0, sum(k) - 1, sum(k) - 1) })
prev <- sapply(1:8, function(j) { tab <- table(factor(neg, c(TRUE, FALSE)), factor(share[, j] > 0, c(TRUE, FALSE)))
  if (sum(tab[, 1]) == 0) return(NA); if (sum(tab[, 2]) == 0) return(.5)
  if (min(outer(rowSums(tab), colSums(tab)) / m) >= 5) return(prop.test(tab, alternative = "greater")$p.value)
  g <- fisher.test(tab, alternative = "greater")$p.value; l <- fisher.test(tab, alternative = "less")$p.value
  g - (g + l - 1) / 2 })
out$contaminants <- list(m = m, x = as.vector(T), negative = as.integer(neg), dna = dna, frequency = freq, prevalence = prev,
  combined = pchisq(-2 * log(freq * prev), 4, lower.tail = FALSE))
d <- round(exp(rnorm(30, 9, .5))); a <- rep(0:1, c(12, 18)); tt <- t.test(log2(d[a == 1]), log2(d[a == 0]))
out$depth <- list(depth = d, arm = a, estimate = unname(diff(rev(tt$estimate))), lower = tt$conf.int[1], upper = tt$conf.int[2],
  df = unname(tt$parameter), p = tt$p.value)
write_json(out, stdout(), digits = 17, auto_unbox = TRUE)
