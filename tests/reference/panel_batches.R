# Batches beside a design: shares with their jackknife, corrections by lm and survreg, connected parts by rank:
# Rscript panel_batches.R > panel_batches.json
suppressMessages({library(survival); library(jsonlite)})
set.seed(8)
who <- rep(1:24, each = 3); n <- length(who); arm <- (who - 1) %% 3; visit <- rep(0:2, 24); cell <- arm * 3 + visit
batch <- sample(rep(0:3, 18)); person <- rnorm(24)[who]
Y <- sapply(1:5, function(j) person * .5 + rnorm(n) + .3 * visit * (arm == 1) + c(0, .8, -.5, .2)[batch + 1] * (j <= 3))
X <- model.matrix(~ factor(cell) - 1); B <- model.matrix(~ factor(batch))[, -1]
share <- function(k) { r0 <- sum(resid(lm(Y[k, ] ~ X[k, ] - 1))^2); m <- lm(Y[k, ] ~ X[k, ] + B[k, ] - 1)
  p0 <- qr(X[k, ])$rank; p1 <- qr(cbind(X, B)[k, ])$rank
  s <- 1 - sum(resid(m)^2) / r0; c(s, 1 - (1 - s) * (length(k) - p0) / (length(k) - p1)) }
whole <- share(1:n); jack <- sapply(1:24, function(w) share(which(who != w))[2])
reach <- qt(.975, 23) * sqrt(23 / 24 * sum((jack - mean(jack))^2))
# concentrations: one complete, one with values below a limit
x <- exp(1 + .3 * Y[, 1:2]); limit <- quantile(x[, 2], .25); below <- x[, 2] < limit
fit <- lm(log(x[, 1]) ~ X + B - 1); b1 <- c(0, coef(fit)[10:12])
f2 <- survreg(Surv(ifelse(below, NA, log(x[, 2])), ifelse(below, log(limit), log(x[, 2])), type = "interval2") ~ X + B - 1,
              dist = "gaussian", control = survreg.control(rel.tolerance = 1e-14, maxiter = 400)); b2 <- c(0, coef(f2)[10:12])
part <- function(b) b[batch + 1] - mean(b[batch + 1])
write_json(list(made_with = paste("R", getRversion(), "survival", packageVersion("survival")), n = n, participant = who - 1, arm = arm, visit = visit,
  batch = batch, y = as.vector(Y), x = as.vector(X), share = whole[1], adjusted = whole[2], lower = whole[2] - reach, upper = whole[2] + reach,
  value = as.vector(x), below = as.integer(below), limit = unname(limit), corrected_1 = x[, 1] * exp(-part(b1)),
  corrected_2 = ifelse(below, limit, x[, 2]) * exp(-part(b2))), stdout(), digits = 17, auto_unbox = TRUE)
