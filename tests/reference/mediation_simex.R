# Witness of mediation_simex.c: SIMEX by hand in R (Stefanski & Cook 1995; Carroll et al. 2006, chapter 5): plain normal errors,
# 4,000 draws, glm() and polr(), curves by lm(), the simulation-extrapolation variance; its Monte Carlo error from ten batches. The trial is SIMULATED.
# Rscript tests/reference/mediation_simex.R > tests/reference/mediation_simex.json
suppressPackageStartupMessages(library(MASS))
set.seed(9)
n <- 300; a <- rep(0:1, n / 2); x <- round(rnorm(n), 4)
true <- .6 * a + .3 * x + rnorm(n); lambda <- .7
m <- round(true + sqrt((1 / lambda - 1) * var(true)) * rnorm(n), 4)
b <- as.numeric(runif(n) < plogis(-.4 + .4 * a + .9 * true + .3 * x)); o <- 1 + (true + .5 * x + rlogis(n) > -.3) + (true + .5 * x + rlogis(n) > 1.2)
y <- round(1 + .3 * a + .5 * true + .3 * x + rnorm(n), 4)
num <- function(v) paste0("[", paste(sprintf("%.17g", as.numeric(v)), collapse = ", "), "]")
out <- list(); put <- function(name, v) out[[name]] <<- num(v)
put("a", a); put("x", x); put("m", m); put("b", b); put("o", o); put("y", y); put("lambda", lambda); put("variance", var(m))
su <- sqrt((1 - lambda) * var(m)); zeta <- c(0, .5, 1, 1.5, 2)
s2 <- summary(lm(m ~ a + x))$sigma^2; cc <- s2 / su^2
fits <- list(
  logistic = function(m) { f <- glm(b ~ a + x + m, family = binomial, epsilon = 1e-10); list(coef(f), vcov(f)) },
  probit = function(m) { f <- glm(b ~ a + x + m, family = binomial("probit"), epsilon = 1e-10); list(coef(f), vcov(f)) },
  ordinal = function(m) { f <- polr(factor(o) ~ a + x + m, Hess = TRUE); list(c(coef(f), f$zeta), vcov(f)) })
B <- c(logistic = 4000, probit = 1000, ordinal = 200)
for (model in names(fits)) {
  draws <- B[model]; fit <- fits[[model]]; zero <- fit(m); k <- length(zero[[1]])
  T <- array(0, c(draws, k, 5)); V <- array(0, c(k, k, 5)); T[, , 1] <- rep(zero[[1]], each = draws); V[, , 1] <- zero[[2]]
  for (l in 2:5) for (r in 1:draws) { f <- fit(m + sqrt(zeta[l]) * su * rnorm(n)); T[r, , l] <- f[[1]]; V[, , l] <- V[, , l] + f[[2]] / draws }
  back <- function(rows, curve) sapply(1:k, function(j) { v <- colMeans(T[rows, j, , drop = FALSE])[1, ]
    if (curve == "quadratic") sum(coef(lm(v ~ zeta + I(zeta^2))) * c(1, -1, 1)) else { w <- 1 / (cc + zeta); sum(coef(lm(v ~ w)) * c(1, 1 / (cc - 1))) } })
  batch <- split(1:draws, rep(1:10, each = draws / 10))
  for (curve in c("quadratic", "rational")) {
    put(paste(model, curve, sep = "_"), back(1:draws, curve))
    put(paste(model, curve, "mc", sep = "_"), apply(sapply(batch, back, curve), 1, sd) / sqrt(10))
  }
  D <- V; for (l in 2:5) D[, , l] <- V[, , l] - cov(T[, , l])
  var_back <- sapply(1:k, function(j) sum(coef(lm(D[j, j, ] ~ zeta + I(zeta^2))) * c(1, -1, 1))); put(paste(model, "se", sep = "_"), sqrt(var_back))
}
cat("{\n", paste0(' "', names(out), '": ', unlist(out), collapse = ",\n"), "\n}\n", sep = "")
