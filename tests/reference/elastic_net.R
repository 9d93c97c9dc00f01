# Witness of vg_elastic_net_fit and vg_elastic_net_cross_validate: glmnet, run to its ends (thresh 1e-27: at 1e-20 its coefficients were still 1e-5 off where 48 of 50
# degrees of freedom are used, by the optimality conditions).
# Rscript tests/reference/elastic_net.R > tests/reference/elastic_net.json
# The data are made by the same recipe in test_elastic_net.c: uniforms of Park & Miller's generator (exact in doubles), columns that
# lean on the one before, a response from every seventh column.
suppressMessages(library(glmnet)); library(jsonlite)
state <- 1
uniform <- function() { state <<- (16807 * state) %% 2147483647; state / 2147483647 }
make <- function(n, p, seed) {
    state <<- seed
    x <- matrix(0, n, p); y <- numeric(n); w <- numeric(n); o <- numeric(n)
    for (i in 1:n) {
        for (j in 1:p) x[i, j] <- uniform() + (if (j > 1) 0.6 * x[i, j - 1] else 3)
        for (j in seq(1, p, 7)) y[i] <- y[i] + (if (j %% 2) 1 else -1.5) * x[i, j] / (1 + j / 20)
        y[i] <- y[i] + uniform() + uniform() - 1
        w[i] <- 0.5 + uniform(); o[i] <- uniform() - 0.5
    }
    list(x = x, y = y, w = w, o = o, b = as.numeric(y > median(y) + (w - 1) / 2), fold = (0:(n - 1)) %% 5 + 1,
         factor = ifelse(1:p %in% c(1, 9), 0, 0:(p - 1) %% 3 / 2 + 0.5))
}
path <- function(f) {
    b <- as.matrix(f$beta); at <- seq_along(f$lambda)
    list(lambda = f$lambda, intercept = unname(f$a0), deviance_ratio = f$dev.ratio, null_deviance = f$nulldev,
         feature = lapply(at, function(k) I(unname(which(b[, k] != 0)) - 1)),
         value = lapply(at, function(k) I(unname(b[b[, k] != 0, k]))))
}
fit <- function(d, family = "gaussian", ...)
    path(glmnet(d$x, if (family == "binomial") d$b else d$y, family, nlambda = 30, thresh = if (family == "gaussian") 1e-27 else 1e-20, maxit = 1e7, ...))
out <- list(glmnet = as.character(packageVersion("glmnet")))
tall <- make(90, 12, 11); wide <- make(50, 160, 12); wider <- make(60, 520, 13)
out$tall <- fit(tall)
out$tall_all <- fit(tall, alpha = 0.5, weights = tall$w, offset = tall$o, penalty.factor = tall$factor)
out$tall_no_intercept <- fit(tall, alpha = 0.7, intercept = FALSE, weights = tall$w)
out$tall_raw <- fit(tall, standardize = FALSE, lower.limits = 0, upper.limits = 0.3)
out$tall_ridge <- fit(tall, alpha = 0)
out$wide <- fit(wide)
out$wide_all <- fit(wide, alpha = 0.5, weights = wide$w, offset = wide$o, penalty.factor = wide$factor)
out$wider <- fit(wider)
out$wider_all <- fit(wider, alpha = 0.5, weights = wider$w, offset = wider$o, penalty.factor = wider$factor)
out$binomial_tall <- fit(tall, "binomial")
out$binomial_tall_all <- fit(tall, "binomial", alpha = 0.5, weights = tall$w, offset = tall$o, penalty.factor = tall$factor)
out$binomial_tall_no_intercept <- fit(tall, "binomial", intercept = FALSE, lower.limits = -1)
out$binomial_wide <- fit(wide, "binomial")
out$binomial_wide_all <- fit(wide, "binomial", alpha = 0.5, weights = wide$w, offset = wide$o,
                             penalty.factor = wide$factor)
cv <- function(d, family = "gaussian", ...) {
    y <- if (family == "binomial") d$b else d$y
    lambda <- glmnet(d$x, y, family, nlambda = 30, ...)$lambda
    f <- cv.glmnet(d$x, y, family = family, lambda = lambda, foldid = d$fold, thresh = 1e-20, maxit = 1e7, ...)
    list(lambda = f$lambda, error = unname(f$cvm), se = unname(f$cvsd), lambda_min = f$lambda.min, lambda_1se = f$lambda.1se)
}
out$cv_tall <- cv(tall)
out$cv_wide <- cv(wide, alpha = 0.5, weights = wide$w, offset = wide$o, penalty.factor = wide$factor)
out$cv_binomial <- cv(tall, "binomial", weights = tall$w)
cat(toJSON(out, digits = 12, auto_unbox = TRUE, always_decimal = FALSE), "\n")
