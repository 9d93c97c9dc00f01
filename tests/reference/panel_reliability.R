# ICC by aov's mean squares and McGraw & Wong's formulas; REML by lme4: Rscript panel_reliability.R > panel_reliability.json
suppressMessages({library(lme4); library(jsonlite)})
sf <- matrix(c(9,2,5,8, 6,1,3,2, 8,4,6,8, 7,1,2,6, 10,5,6,9, 6,2,4,7), 6, byrow = TRUE) # Shrout & Fleiss 1979
icc <- function(x, a = .05) {
  n <- nrow(x); k <- ncol(x)
  d <- data.frame(y = as.vector(x), s = factor(row(x)), r = factor(col(x)))
  two <- summary(aov(y ~ s + r, d))[[1]][["Mean Sq"]]; one <- summary(aov(y ~ s, d))[[1]][["Mean Sq"]]
  R <- two[1]; C <- two[2]; E <- two[3]; W <- one[2]
  F1 <- function(R, E, df) { f <- R / E; l <- f / qf(1 - a/2, n - 1, df); u <- f * qf(1 - a/2, df, n - 1)
    c((R - E) / (R + (k - 1) * E), (l - 1) / (l + k - 1), (u - 1) / (u + k - 1)) }
  A <- (R - E) / (R + (k - 1) * E + k * (C - E) / n)
  aa <- k * A / (n * (1 - A)); b <- 1 + k * A * (n - 1) / (n * (1 - A))
  v <- (aa * C + b * E)^2 / ((aa * C)^2 / (k - 1) + (b * E)^2 / ((n - 1) * (k - 1)))
  fl <- qf(1 - a/2, n - 1, v); fu <- qf(1 - a/2, v, n - 1); rest <- k * C + (k * n - k - n) * E
  list(one_way = F1(R, W, n * (k - 1)), consistency = F1(R, E, (n - 1) * (k - 1)),
       agreement = c(A, n * (R - fl * E) / (fl * rest + n * R), n * (fu * R - E) / (rest + n * fu * R)), sem = sqrt(E))
}
set.seed(9)
s <- rep(1:30, sample(1:4, 30, TRUE)); y <- 5 + rnorm(30)[s] + rnorm(length(s), sd = .8)
f <- lmer(y ~ 1 + (1 | s), control = lmerControl(optCtrl = list(xtol_abs = 1e-12, ftol_abs = 1e-14)))
v <- as.data.frame(VarCorr(f))$vcov
z <- rnorm(length(s)); g <- suppressMessages(lmer(z ~ 1 + (1 | s)))
write_json(list(made_with = paste("R", getRversion(), "lme4", packageVersion("lme4")), shrout_fleiss = icc(sf),
  reml = list(subject = s - 1, y = y, between = v[1], within = v[2], mean = unname(fixef(f)), loglik = c(logLik(f)))),
  stdout(), digits = 17, auto_unbox = TRUE)
