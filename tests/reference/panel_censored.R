# Censored normal models with survival::survreg, driven to the last digits: Rscript panel_censored.R > panel_censored.json
library(survival); library(jsonlite)
one <- function(l, u, X) { # NA = unlimited
  S <- Surv(l, u, type = "interval2")
  # its covariance is that of the step before the last: begin again at the end, so that the last steps are none
  f <- survreg(S ~ X - 1, dist = "gaussian", control = survreg.control(maxiter = 500, rel.tolerance = 1e-12))
  for (k in 1:3)
    f <- survreg(S ~ X - 1, dist = "gaussian", init = c(coef(f), log(f$scale)),
                 control = survreg.control(maxiter = 500, rel.tolerance = 1e-12, toler.chol = 1e-14))
  list(n = length(l), p = ncol(X), lower = l, upper = u, x = as.vector(X), beta = unname(coef(f)), sigma = f$scale,
       covariance = as.vector(unname(vcov(f))), loglik = f$loglik[2])
}
out <- list(made_with = paste("R", getRversion(), "survival", packageVersion("survival")))
t <- tobin # durable 0 = nothing bought: below 0
out$tobin <- one(ifelse(t$durable == 0, NA, t$durable), t$durable, cbind(1, t$age, t$quant))
set.seed(5)
panel <- function(n, lod, lloq, uloq, shift = 0, scale = 1) {
  arm <- rep(0:1, length.out = n); visit <- rep(0:2, each = ceiling(n / 3))[1:n]; z <- rnorm(n)
  X <- cbind(1, arm, visit == 1, visit == 2, arm * (visit == 2), z)
  y <- drop(X %*% c(0.2, 0.1, 0.3, 0.5, -0.6, 0.4)) + rnorm(n)
  l <- u <- y
  l[y < lloq] <- lod; u[y < lloq] <- lloq
  u[y < lod] <- lod; l[y < lod] <- NA
  l[y > uloq] <- uloq; u[y > uloq] <- NA
  one(l * scale + shift, u * scale + shift, X)
}
out$panel <- panel(300, -0.8, -0.3, 1.5)
out$half <- panel(200, 0.2, 0.3, 9)
out$units <- panel(240, -0.5, 0, 1.6, shift = 4000, scale = 25)
# narrow bins everywhere (a reading to two digits) and the same to twelve
y <- rnorm(80); X <- cbind(rep(1, 80), rep(0:1, 40))
out$rounded <- one(round(y, 2) - .005, round(y, 2) + .005, X)
out$narrow <- one(y - 1e-7, y + 1e-7, X)
# known log likelihoods of single values, extreme tails
z <- c(-30, -8, -1, 0, 1, 8, 30)
out$tails <- list(z = z, log_below = pnorm(z, log.p = TRUE))
write_json(out, stdout(), digits = 17, auto_unbox = TRUE, na = "null")
