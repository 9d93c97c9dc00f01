# Witness of the curves over rho with a binary mediator or outcome (probit): Rscript tests/reference/mediation_rho.R VAGUS_DATA > mediation_rho.json
# Probit mediator, linear outcome: the algorithm of medsens 4.5.1 (weighted lm, the residual SD iterated) at the estimates themselves in
# place of an average over draws, and with weights of one over the variance, where medsens has the variance: then the residual SD is that
# of the outcome, and the curve holds the truth of a simulated trial (test_mediation_rho.c). Probit outcome with an interaction, which medsens does not take: coefficients at rho are those
# that give the fitted probit back once the outcome's error is conditioned on the mediator's (found by lm, which fits
# exactly), and the effects integrate over the mediator's error by integrate.
jobs <- read.csv(file.path(commandArgs(TRUE)[1], "mediation_jobs/jobs.csv"))
framing <- read.csv(file.path(commandArgs(TRUE)[1], "mediation_framing/framing.csv"))
jobs$dich <- as.numeric(jobs$job_dich == levels(factor(jobs$job_dich))[2])
tight <- function(formula, data) { # scoring steps to the end: glm stops on the deviance
  f <- glm(formula, binomial("probit"), data); X <- model.matrix(f); b <- coef(f)
  for (i in 1:60) { eta <- drop(X %*% b); mu <- pnorm(eta); b <- b + drop(solve(crossprod(X * dnorm(eta) / sqrt(mu * (1 - mu))), crossprod(X, (f$y - mu) * dnorm(eta) / (mu * (1 - mu))))) }
  f$coefficients[] <- b; f
}
num <- function(v) paste0("[", paste(sprintf("%.17g", v), collapse = ", "), "]")
rho <- seq(-0.9, 0.9, 0.1)
mediator <- function(interaction) {
  fm <- tight(dich ~ treat + depress1 + econ_hard + sex + age, jobs); X <- model.matrix(fm); u <- drop(X %*% coef(fm)); m <- fm$y
  l <- ifelse(m == 1, dnorm(u) / pnorm(u), -dnorm(u) / pnorm(-u)); X0 <- X1 <- X; X0[, "treat"] <- 0; X1[, "treat"] <- 1
  change <- mean(pnorm(X1 %*% coef(fm)) - pnorm(X0 %*% coef(fm))); f <- depress2 ~ treat + depress1 + econ_hard + sex + age + dich
  if (interaction) f <- update(f, . ~ . + treat:dich)
  Z <- model.matrix(f, jobs); y <- jobs$depress2
  at <- function(r) { w <- 1 / (1 - r^2 * l * (l + u)); s <- 1
    for (i in 1:500) { fit <- lm.wfit(Z, y - r * s * l, w); new <- sqrt(sum(w * fit$residuals^2) / fit$df.residual); if (abs(new - s) < 1e-15) break; s <- new }
    b <- fit$coefficients; g <- b["dich"] + c(0, if (interaction) b["treat:dich"] else 0); g * change }
  v <- sapply(rho, at); zero <- sapply(1:2, function(a) uniroot(function(r) at(r)[a], c(-.99, .99), tol = 1e-15)$root)
  sprintf('{"rho": %s, "control": %s, "treated": %s, "zero": %s}', num(rho), num(v[1, ]), num(v[2, ]), num(zero))
}
outcome <- function() {
  fm <- lm(emo ~ treat + age + educ + gender + income, framing); fy <- tight(cong_mesg ~ treat + emo + age + educ + gender + income + treat:emo, framing)
  s <- summary(fm)$sigma; e <- resid(fm); Z <- model.matrix(fy); eta <- drop(Z %*% coef(fy)); n <- nrow(framing)
  mu <- function(a) predict(fm, transform(framing, treat = a))
  at <- function(r) { b <- coef(lm(I(sqrt(1 - r^2) * eta - r * e / s) ~ Z - 1)); names(b) <- colnames(Z)
    p <- function(a, c) { own <- Z; own[, "treat"] <- a; own[, "emo"] <- 0; own[, "treat:emo"] <- 0; base <- drop(own %*% b); g <- b["emo"] + a * b["treat:emo"]; m <- mu(c)
      mean(sapply(seq_len(n), function(i) integrate(function(z) pnorm((base[i] + g * (m[i] + s * z) + r * z) / sqrt(1 - r^2)) * dnorm(z), -10, 10, rel.tol = 1e-12, subdivisions = 2000)$value)) }
    c(p(0, 1) - p(0, 0), p(1, 1) - p(1, 0)) }
  some <- c(-0.8, -0.4, 0, 0.2, 0.5, 0.9); v <- sapply(some, at)
  sprintf('{"rho": %s, "control": %s, "treated": %s}', num(some), num(v[1, ]), num(v[2, ]))
}
cat('{"made_by": "', R.version.string, '",\n"probit_linear": ', mediator(FALSE), ',\n"probit_linear_interaction": ', mediator(TRUE), ',\n"framing_probit_interaction": ', outcome(), "}\n", sep = "")
