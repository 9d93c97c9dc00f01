# Makes forest.json: forests grown by grf (run with its library on R_LIBS), tree by tree, and what grf predicts from them.
#   predict: from grf's trees, drawn rows and leaf rows our prediction code must give grf's estimates and variances;
#   grow:    not honest, one column (so that no random column choice enters): from grf's drawn rows our tree must have grf's cuts.
# usage: R_LIBS=... Rscript tests/reference/forest.R tests/reference/forest.json
source(file.path(dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE))), "forest_trees.R"))
out <- commandArgs(TRUE)[1]
set.seed(20261)

common <- list(num.threads = 1, seed = 7, min.node.size = 3)
grown <- function(f, ...) do.call(f, c(list(...), common))

# --- predictions
n <- 60
x <- matrix(round(rnorm(n * 3), 3), n)
x[sample(n, 8), 2] <- NA
w <- rbinom(n, 1, 0.5)
e <- round(runif(n, 0.4, 0.6), 3)
y <- round(x[, 1] + w * pmax(x[, 3], 0) + rnorm(n), 3)
y_hat <- round(x[, 1], 2)
weight <- round(runif(n, 0.2, 2), 2)
arm <- sample(0:2, n, TRUE)
klass <- sample(0:2, n, TRUE)
cluster <- rep(1:20, each = 3)
time <- round(rexp(n, exp(x[, 1] / 2)), 1)
event <- rbinom(n, 1, 0.7)
times <- sort(unique(time[event == 1])) # on a coarser grid grf moves events to the grid's times
predictions <- list(
    case("regression", "regression", grown(regression_forest, x, y, num.trees = 20), x, y),
    case("weighted regression", "regression", grown(regression_forest, x, y, num.trees = 20, sample.weights = weight),
         x, y, list(weight = I(weight))),
    case("probability", "probability", grown(probability_forest, x, factor(klass), num.trees = 20), x, klass),
    case("quantile", "quantile", grown(quantile_forest, x, y, num.trees = 20, quantiles = c(0.25, 0.5, 0.9)), x, y,
         list(quantiles = c(0.25, 0.5, 0.9))),
    case("survival", "survival", grown(survival_forest, x, time, event, num.trees = 20), x, time,
         list(event = I(event), times = times)),
    case("causal", "causal", grown(causal_forest, x, y, w, Y.hat = y_hat, W.hat = e, num.trees = 20), x, y,
         list(arm = I(w), y_hat = I(y_hat), propensity = columns(cbind(1 - e, e)))),
    case("weighted causal with clusters", "causal",
         grown(causal_forest, x, y, w, Y.hat = y_hat, W.hat = e, num.trees = 20, sample.weights = weight, clusters = cluster),
         x, y, list(arm = I(w), y_hat = I(y_hat), propensity = columns(cbind(1 - e, e)), weight = I(weight),
                    cluster = I(cluster - 1L))),
    case("three arms", "causal",
         grown(multi_arm_causal_forest, x, y, factor(arm), Y.hat = mean(y), W.hat = c(0.3, 0.3, 0.4), num.trees = 20),
         x, y, list(arm = I(arm), y_hat = I(rep(mean(y), n)), propensity = columns(matrix(c(0.3, 0.3, 0.4), n, 3, TRUE)))))

# --- growth
n <- 200
w <- rbinom(n, 1, 0.5)
e <- round(runif(n, 0.35, 0.65), 3)
weight <- round(runif(n, 0.2, 2), 2)
arm <- sample(0:2, n, TRUE)
covariates <- list(continuous = round(rnorm(n), 4), tied = round(rnorm(n), 1), "few values" = sample(1:6, n, TRUE),
                   missing = ifelse(runif(n) < 0.25, NA, round(rnorm(n), 2)))
grow <- function(f, ...) grown(f, ..., num.trees = 2, honesty = FALSE)
growth <- list()
add <- function(...) growth[[length(growth) + 1]] <<- case(..., predict_it = FALSE)
for (of in names(covariates)) {
    z <- covariates[[of]]
    x <- matrix(z, n)
    z0 <- ifelse(is.na(z), 1.5, z)
    # mean zero or nearly: grf's stopping rule for means looks at uncentred sums
    y <- round(sin(2 * z0) + w * (z0 > 0.3) + rnorm(n), 3)
    klass <- as.integer(cut(y + rnorm(n, 0, 0.2), c(-Inf, -0.3, 0.8, Inf))) - 1L
    ec <- columns(cbind(1 - e, e))
    zero <- rep(0, n)
    add(paste("regression,", of), "regression", grow(regression_forest, x, y), x, y)
    add(paste("weighted regression,", of), "regression", grow(regression_forest, x, y, sample.weights = weight), x, y,
        list(weight = I(weight)))
    add(paste("probability,", of), "probability", grow(probability_forest, x, factor(klass)), x, klass)
    add(paste("quantile,", of), "quantile", grow(quantile_forest, x, y, quantiles = c(0.25, 0.5, 0.9)), x, y,
        list(quantiles = c(0.25, 0.5, 0.9)))
    add(paste("causal,", of), "causal", grow(causal_forest, x, y, w, Y.hat = zero, W.hat = e), x, y,
        list(arm = I(w), y_hat = I(zero), propensity = ec))
    add(paste("causal with a penalty,", of), "causal",
        grow(causal_forest, x, y, w, Y.hat = zero, W.hat = e, imbalance.penalty = 0.5, alpha = 0.1), x, y,
        list(arm = I(w), y_hat = I(zero), propensity = ec, penalty = 0.5, alpha = 0.1))
    add(paste("weighted causal,", of), "causal",
        grow(causal_forest, x, y, w, Y.hat = zero, W.hat = e, sample.weights = weight), x, y,
        list(arm = I(w), y_hat = I(zero), propensity = ec, weight = I(weight)))
    add(paste("causal, not stabilised,", of), "causal",
        grow(causal_forest, x, y, w, Y.hat = zero, W.hat = e, stabilize.splits = FALSE), x, y,
        list(arm = I(w), y_hat = I(zero), propensity = ec, unstabilised = TRUE))
    add(paste("three arms,", of), "causal",
        grow(multi_arm_causal_forest, x, y, factor(arm), Y.hat = 0, W.hat = c(0.3, 0.3, 0.4)), x, y,
        list(arm = I(arm), y_hat = I(zero), propensity = columns(matrix(c(0.3, 0.3, 0.4), n, 3, TRUE))))
}
lung <- na.omit(survival::lung[c("time", "status", "sex")])
difference <- survival::survdiff(survival::Surv(time, status) ~ sex, lung)
logrank <- list(time = I(lung$time), event = I(lung$status - 1), group = I(lung$sex - 1),
                observed_less_expected = difference$obs[2] - difference$exp[2])
write_json(list(logrank = logrank, made_with = paste(R.version.string, "grf", packageVersion("grf")), predict = predictions, grow = growth),
           out, auto_unbox = TRUE, digits = NA, na = "null")
