# Witness of vg_ordinal and of the probit link: MASS::polr and glm, run to their ends.
# Rscript tests/reference/ordinal.R VAGUS_DATA > tests/reference/ordinal.json
# polr stops where optim stops and takes a Hessian by differences; here its fit is polished by Newton's method with
# score and information written out row by row, so that all digits are those of the maximum.
suppressMessages(library(MASS))
jobs <- read.csv(file.path(commandArgs(TRUE)[1], "mediation_jobs/jobs.csv"))
polish <- function(f, x, y, link) {
  F <- if (link == "logistic") plogis else pnorm; d <- if (link == "logistic") dlogis else dnorm
  s <- if (link == "logistic") function(z) dlogis(z) * (1 - 2 * plogis(z)) else function(z) -z * dnorm(z)
  p <- ncol(x); k <- nlevels(y); yi <- as.integer(y); th <- c(coef(f), f$zeta)
  for (it in 1:30) {
    eta <- drop(x %*% th[1:p]); cut <- c(-Inf, th[-(1:p)], Inf)
    u <- cut[yi + 1] - eta; l <- cut[yi] - eta
    P <- F(u) - F(l); du <- ifelse(is.finite(u), d(u), 0); dl <- ifelse(is.finite(l), d(l), 0)
    su <- ifelse(is.finite(u), s(u), 0); sl <- ifelse(is.finite(l), s(l), 0)
    Du <- cbind(-x, outer(yi, 1:(k - 1), "==") * 1); Dl <- cbind(-x, outer(yi - 1, 1:(k - 1), "==") * 1)
    g <- colSums((du * Du - dl * Dl) / P)
    G <- (du * Du - dl * Dl) / P
    H <- crossprod(G) - (crossprod(Du, su / P * Du) - crossprod(Dl, sl / P * Dl))
    th <- th + solve(H, g)
  }
  list(parameter = unname(th), vcov = unname(solve(H)), loglik = sum(log(P)))
}
num <- function(v) paste0("[", paste(sprintf("%.17g", v), collapse = ", "), "]")
one <- function(name, r) sprintf('"%s": {"parameter": %s, "vcov": %s, "loglik": %.17g}', name, num(r$parameter), num(c(r$vcov)), r$loglik)
y <- factor(jobs$job_disc); X <- as.matrix(jobs[, c("treat", "econ_hard", "sex", "age")])
out <- character()
for (link in c("logistic", "probit")) {
  f <- polr(y ~ X, method = link, Hess = TRUE, control = list(reltol = 1e-14, maxit = 1000))
  r <- polish(f, X, y, link)
  stopifnot(max(abs(r$parameter - c(coef(f), f$zeta))) < 1e-4, max(abs(sqrt(diag(r$vcov)) / sqrt(diag(vcov(f))) - 1)) < 1e-3)
  out <- c(out, one(link, r))
}
g <- glm(work1 == "psyemp" ~ treat + depress1 + econ_hard + sex + age, binomial("probit"), jobs, control = list(epsilon = 1e-16, maxit = 100))
# vcov(glm) has the weights of the step before the last: the information at the final coefficients instead
X <- model.matrix(g); eta <- drop(X %*% coef(g)); V <- solve(crossprod(X * dnorm(eta) / sqrt(pnorm(eta) * pnorm(-eta))))
stopifnot(max(abs(V / vcov(g) - 1)) < 1e-5)
out <- c(out, sprintf('"glm_probit": {"coefficient": %s, "vcov": %s, "loglik": %.17g}', num(coef(g)), num(c(V)), c(logLik(g))))
cat("{\"made_by\": \"", R.version.string, ", MASS ", as.character(packageVersion("MASS")), "\",\n", paste(out, collapse = ",\n"), "}\n", sep = "")
