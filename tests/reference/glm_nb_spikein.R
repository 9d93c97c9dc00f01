# Makes glm_nb_spikein.json (R 4.2.2, MASS 7.3-58.2): negative binomial regressions of the 101 features of MaAsLin 3's spike-in
# example on five covariates with log depth as offset. The witness is the joint maximum over (beta, log theta) of the full
# likelihood by Newton with the analytic Hessian, from glm.nb's end where there is one and from a Poisson start;
# glm.nb (epsilon 1e-14, 1000 turns) stands beside it: on 41 of the 70 features with a maximum it stops with an error, unconverged, or at no maximum.
# Rscript tests/reference/glm_nb_spikein.R FOLDER > tests/reference/glm_nb_spikein.json
suppressMessages({library(MASS); library(jsonlite)})
folder <- commandArgs(TRUE)[1]
read <- function(name) read.delim(file.path(folder, name), row.names = 1, check.names = FALSE)
counts <- as.matrix(read("abundance_spike_in_ex.tsv")); meta <- read("metadata_spike_in_ex.tsv")
offset <- log(colSums(counts)); X <- model.matrix(~ Metadata_1 + Metadata_2 + Metadata_3 + Metadata_4 + Metadata_5, meta)
loglik <- function(b, t, y) { theta <- exp(t); sum(dnbinom(y, size = theta, mu = exp(drop(X %*% b) + offset), log = TRUE)) }
derivatives <- function(b, t, y) {
  theta <- exp(t); mu <- exp(drop(X %*% b) + offset); s <- theta + mu
  g <- c(crossprod(X, theta * (y - mu) / s),
         theta * sum(digamma(theta + y) - digamma(theta) - log1p(mu / theta) - (y - mu) / s))
  dtt <- theta^2 * sum(trigamma(theta + y) - trigamma(theta) + mu / (theta * s) + (y - mu) / s^2) + g[length(g)]
  H <- rbind(cbind(-crossprod(X, X * (theta * mu * (theta + y) / s^2)), crossprod(X, theta * mu * (y - mu) / s^2)),
             c(crossprod(X, theta * mu * (y - mu) / s^2), dtt))
  list(g = g, H = H)
}
joint <- function(b, t, y) { # Newton, the Hessian made negative definite, steps halved until the likelihood rises
  for (k in 1:2000) {
    d <- derivatives(b, t, y); e <- eigen(d$H, symmetric = TRUE)
    step <- drop(e$vectors %*% (crossprod(e$vectors, d$g) / pmax(abs(e$values), 1e-8)))
    step <- step / max(1, max(abs(step)) / 3); at <- loglik(b, t, y); h <- 1
    while (h > 1e-12) { n <- loglik(b + h * step[1:6], t + h * step[7], y); if (is.finite(n) && n >= at - 1e-13 * abs(at)) break; h <- h / 2 }
    b <- b + h * step[1:6]; t <- t + h * step[7]
    if (max(abs(step)) < 1e-12) break
  }
  eta <- drop(X %*% b) + offset; mu <- exp(eta); theta <- exp(t)
  list(b = b, theta = theta, loglik = loglik(b, t, y), gradient = max(abs(derivatives(b, t, y)$g)),
       se = sqrt(diag(solve(crossprod(X, X * (mu * theta / (theta + mu)))))), far = min(eta - offset) < -45 || max(abs(b)) > 25)
}
one <- function(f) {
  y <- counts[f, ]
  if (sum(y > 0) < 3) return(NULL)
  nb <- suppressWarnings(tryCatch(glm.nb(y ~ X - 1 + offset(offset), control = glm.control(epsilon = 1e-14, maxit = 1000)),
                                  error = function(e) NULL))
  starts <- list(list(c(log(mean(y) / mean(exp(offset))), rep(0, 5)), log(.1)))
  if (!is.null(nb) && nb$theta < 1e4) starts <- c(starts, list(list(unname(coef(nb)), log(nb$theta))))
  fits <- lapply(starts, function(s) tryCatch(joint(s[[1]], s[[2]], y), error = function(e) NULL))
  fits <- Filter(Negate(is.null), fits)
  if (!length(fits)) return(list(feature = rownames(counts)[f], present = sum(y > 0), separated = TRUE))
  best <- fits[[which.max(sapply(fits, `[[`, "loglik"))]]
  if (best$far) return(list(feature = rownames(counts)[f], present = sum(y > 0), separated = TRUE))
  list(feature = rownames(counts)[f], present = sum(y > 0), separated = FALSE, beta = unname(best$b), se = unname(best$se),
       theta = best$theta, loglik = best$loglik, gradient = best$gradient,
       glm_nb_loglik = if (is.null(nb)) NA else nb$twologlik / 2, glm_nb_converged = !is.null(nb) && nb$converged)
}
features <- Filter(Negate(is.null), lapply(seq_len(nrow(counts)), one))
cat(toJSON(list(made_with = list(R = "4.2.2", MASS = as.character(packageVersion("MASS"))), features = features),
           digits = NA, auto_unbox = TRUE, na = "null"), "\n", sep = "")
