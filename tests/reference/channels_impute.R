# Witness of channels_impute.c: the same normal model of two markers and the outcome by full information maximum likelihood (lavaan,
# missing at random), and with values below a limit by the joint likelihood, whose integrals R's mvtnorm-free closed forms give:
# each row's density of what is seen times the normal probability of what is not. The trial is SIMULATED.
# Rscript tests/reference/channels_impute.R > tests/reference/channels_impute.json
suppressPackageStartupMessages(library(lavaan))
set.seed(77)
n <- 400; a <- rep(0:1, n / 2); x <- round(rnorm(n), 4)
m1 <- .6 * a + .3 * x + rnorm(n); m2 <- -.4 * a + .4 * m1 + rnorm(n); y <- .3 * a + .5 * m1 - .4 * m2 + .3 * x + rnorm(n)
m1 <- round(m1, 4); m2 <- round(m2, 4); y <- round(y, 4); whole <- cbind(m1, m2, y)
num <- function(v) paste0("[", paste(ifelse(is.na(v), "null", sprintf("%.17g", as.numeric(v))), collapse = ", "), "]")
out <- list(); put <- function(name, v) out[[name]] <<- num(v)
put("a", a); put("x", x); for (k in colnames(whole)) put(k, whole[, k])
# missing at random: m1 by x and a, the outcome by m2, m2 by y
lost <- cbind(m1 = runif(n) < plogis(-1.2 + .8 * x + .5 * a), m2 = FALSE, y = runif(n) < plogis(-1.4 + .9 * m2))
lost[, "m2"] <- !lost[, "y"] & runif(n) < plogis(-1.8 + .6 * y)
D <- whole; D[lost] <- NA
for (k in 1:3) put(paste0(colnames(D)[k], "_lost"), as.numeric(lost[, k]))
model <- "m1 ~ a1*a + x\n m2 ~ a2*a + x\n m1 ~~ m2\n y ~ d*a + b1*m1 + b2*m2 + x\n i1 := a1*b1\n i2 := a2*b2\n i := i1 + i2\n t := d + i"
fit <- sem(model, data.frame(D, a, x), missing = "ml", fixed.x = TRUE, meanstructure = TRUE)
p <- parameterEstimates(fit); take <- function(l) as.numeric(p[p$label == l, c("est", "se")])
order <- c("t", "d", "i", "i1", "i2"); v <- sapply(order, take)
put("fiml", v[1, ]); put("fiml_se", v[2, ])
put("arrows", sapply(c("a1", "a2", "b1", "b2"), take))
cc <- sem(model, data.frame(whole, a, x), fixed.x = TRUE, meanstructure = TRUE); put("whole", sapply(order, function(l) { q <- parameterEstimates(cc); q[q$label == l, "est"] }))
# one marker below its limit (30 %): the joint likelihood of marker and outcome, marker integrated
limit <- round(quantile(m1, .3), 3); low <- m1 < limit; put("limit", limit)
nll <- function(t) {
  mu <- t[1] + t[2] * a + t[3] * x; s <- exp(t[4]); b <- t[5:8]; tau <- exp(t[9])
  seen <- dnorm(m1, mu, s, log = TRUE) + dnorm(y, b[1] + b[2] * a + b[3] * m1 + b[4] * x, tau, log = TRUE)
  total <- sqrt(tau^2 + b[3]^2 * s^2); my <- b[1] + b[2] * a + b[4] * x + b[3] * mu
  at <- mu + b[3] * s^2 / total^2 * (y - my); sd <- s * tau / total
  -sum(ifelse(low, dnorm(y, my, total, log = TRUE) + pnorm((limit - at) / sd, log.p = TRUE), seen))
}
start <- c(coef(lm(m1 ~ a + x)), 0, coef(lm(y ~ a + m1 + x)), 0)
o <- optim(start, nll, method = "BFGS", control = list(reltol = 1e-15, maxit = 2000)); for (k in 1:3) o <- optim(o$par, nll, method = "BFGS", control = list(reltol = 1e-16, maxit = 2000), hessian = TRUE)
g <- function(t, h = 1e-4) sapply(seq_along(t), function(j) { e <- replace(numeric(9), j, h); (8 * (nll(t + e) - nll(t - e)) - nll(t + 2 * e) + nll(t - 2 * e)) / (12 * h) })
H <- function(t, h = 1e-4) { M <- sapply(seq_along(t), function(j) { e <- replace(numeric(9), j, h); (8 * (g(t + e) - g(t - e)) - g(t + 2 * e) + g(t - 2 * e)) / (12 * h) }); (M + t(M)) / 2 }
t <- o$par; for (k in 1:5) t <- t - solve(H(t), g(t))
V <- solve(H(t)); al <- t[2]; be <- t[7]; G <- rbind(total = c(0, be, 0, 0, 0, 1, al, 0, 0), direct = c(0, 0, 0, 0, 0, 1, 0, 0, 0), indirect = c(0, be, 0, 0, 0, 0, al, 0, 0))
put("tobit", c(t[6] + al * be, t[6], al * be)); put("tobit_se", sqrt(diag(G %*% V %*% t(G))))
put("tobit_parameters", t); put("tobit_errors", sqrt(diag(V))); put("tobit_loglik", -nll(t))
library(survival)
s <- survreg(Surv(pmax(m1, limit), !low, type = "left") ~ a + x + y, dist = "gaussian"); put("survreg", c(coef(s), s$scale))
s0 <- survreg(Surv(pmax(m1, limit), !low, type = "left") ~ a + x, dist = "gaussian"); put("survreg_alone", c(coef(s0)["a"], sqrt(vcov(s0)["a", "a"])))
cat("{\n", paste0(' "', names(out), '": ', unlist(out), collapse = ",\n"), "\n}\n", sep = "")
