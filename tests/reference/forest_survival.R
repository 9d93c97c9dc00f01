# Makes forest_survival.json: causal survival forests of grf (on R_LIBS), what it makes of fixed curves, and what follows from its scores.
#   predict, grow: as forest.R; y is the centred pseudo-outcome, numerator / (W - W.hat), event whether f(T) is known;
#   pseudo:  grf:::compute_psi on curves made up, with times that are tied and others that are not;
#   scores:  get_scores, average_treatment_effect, best_linear_projection and the AUTOC of one forest.
# usage: R_LIBS=... Rscript tests/reference/forest_survival.R tests/reference/forest_survival.json
source(file.path(dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE))), "forest_trees.R"))
out <- commandArgs(TRUE)[1]
set.seed(20262)
common <- list(num.threads = 1, seed = 7, min.node.size = 3)
grown <- function(f, ...) suppressWarnings(do.call(f, c(list(...), common)))

# --- a causal survival forest as a case
effect <- function(name, forest, x, w, e, weight = NULL, cluster = NULL, extra = list(), predict_it = TRUE) {
    case(name, "survival effect", forest, x, forest[["_psi"]]$numerator / (w - e),
         c(list(arm = I(w), propensity = columns(cbind(1 - e, e)), event = I(as.integer(forest$D.orig))),
           if (!is.null(weight)) list(weight = I(weight)), if (!is.null(cluster)) list(cluster = I(cluster - 1L)), extra), predict_it)
}
times <- function(n, x, w) {
    failure <- rexp(n, exp(ifelse(is.na(x), 0, x) / 2 - w / 2)); censoring <- rexp(n, 0.4)
    list(time = round(pmin(failure, censoring), 2), event = as.integer(failure <= censoring))
}

# --- predictions
n <- 60
x <- matrix(round(rnorm(n * 3), 3), n)
x[sample(n, 8), 2] <- NA
w <- rbinom(n, 1, 0.5)
e <- round(runif(n, 0.4, 0.6), 3)
weight <- round(runif(n, 0.2, 2), 2)
cluster <- rep(1:20, each = 3)
d <- times(n, x[, 1], w)
csf <- function(...) grown(causal_survival_forest, x, d$time, w, d$event, W.hat = e, num.trees = 12, ...)
seen <- sort(unique(d$time[d$event == 1]))
sf <- function(...) grown(survival_forest, x, d$time, d$event, num.trees = 12, ...)
follow_up <- list(event = I(d$event), times = seen)
predictions <- list(
    effect("restricted mean", csf(horizon = 1.5), x, w, e),
    effect("probability", csf(horizon = 0.8, target = "survival.probability"), x, w, e),
    effect("weighted restricted mean with clusters", csf(horizon = 1.5, sample.weights = weight, clusters = cluster), x, w, e, weight, cluster),
    case("weighted survival", "survival", sf(sample.weights = weight), x, d$time, c(follow_up, list(weight = I(weight)))),
    case("survival by Nelson-Aalen", "hazard", sf(prediction.type = "Nelson-Aalen"), x, d$time, follow_up))

# --- growth
n <- 200
w <- rbinom(n, 1, 0.5)
e <- round(runif(n, 0.35, 0.65), 3)
weight <- round(runif(n, 0.2, 2), 2)
covariates <- list(continuous = round(rnorm(n), 4), "few values" = sample(1:6, n, TRUE),
                   missing = ifelse(runif(n) < 0.25, NA, round(rnorm(n), 1)))
growth <- list()
for (of in names(covariates)) {
    x <- matrix(covariates[[of]], n)
    d <- times(n, x[, 1], w * (x[, 1] %in% sort(x[, 1])[1:100]))
    add <- function(name, ..., extra = list(), weighted = FALSE) {
        forest <- grown(causal_survival_forest, x, d$time, w, d$event, W.hat = e, horizon = 1.5, num.trees = 2, honesty = FALSE, ...)
        growth[[length(growth) + 1]] <<- effect(paste0(name, ", ", of), forest, x, w, e, if (weighted) weight, extra = extra, predict_it = FALSE)
    }
    add("restricted mean")
    add("probability", target = "survival.probability")
    add("many events asked for", alpha = 0.2, extra = list(alpha = 0.2))
    add("with a penalty", imbalance.penalty = 1e-4, extra = list(penalty = 1e-4))
    add("weighted", sample.weights = weight, weighted = TRUE)
    add("not stabilised", stabilize.splits = FALSE, extra = list(unstabilised = TRUE))
}

# --- pseudo-outcomes of fixed curves
pseudo <- list()
n <- 15
w <- rbinom(n, 1, 0.5); e <- runif(n, 0.3, 0.7); rate <- exp(rnorm(n) / 3)
for (digits in c(8, 1)) for (target in c("RMST", "survival.probability")) {
    rmst <- target == "RMST"
    horizon <- if (rmst) 1.2 else 0.7
    time <- round(rexp(n), digits); event <- rbinom(n, 1, 0.6)
    y <- if (rmst) pmin(time, horizon) else time
    beyond <- if (rmst) time >= horizon else time > horizon
    grid <- sort(unique(y))
    f <- if (rmst) y else as.numeric(time > horizon)
    S <- exp(-outer(rate, grid)); C <- exp(-0.5 * outer(rate, grid^1.5)); m <- runif(n)
    index <- findInterval(if (rmst) y else pmin(y, horizon), grid)
    psi <- grf:::compute_psi(S, C, C[cbind(1:n, index)], m, w - e, ifelse(beyond, 1, event), f, index, grid, target, horizon)
    pseudo[[length(pseudo) + 1]] <- list(target = target, horizon = horizon, grid = I(grid), survival = columns(t(S)), uncensored = columns(t(C)),
                                         mean = I(m), place = I(index - 1L), event = I(as.integer(event & !beyond)), beyond = I(as.integer(beyond)),
                                         centred = I(psi$numerator / (w - e)), uncensored_at = I(psi$C.Y.hat))
}

# --- scores
n <- 120
x <- matrix(rnorm(n * 2), n)
w <- rbinom(n, 1, 0.5)
d <- times(n, x[, 1], w)
forest <- suppressWarnings(causal_survival_forest(x, d$time, w, d$event, W.hat = 0.5, horizon = 1.5, num.trees = 120, num.threads = 1, seed = 1))
ate <- average_treatment_effect(forest)
blp <- best_linear_projection(forest, x)
rate <- rank_average_treatment_effect(forest, x[, 1], R = 2)
scores <- list(x = columns(x), arm = I(w), mean = I(as.numeric(forest$Y.hat)), pseudo = I(forest$Y.hat + forest[["_psi"]]$numerator / (w - 0.5)),
               effect = I(as.numeric(forest$predictions)), score = I(as.numeric(get_scores(forest))), ate = I(as.numeric(ate)),
               blp = I(as.numeric(blp[, 1])), blp_se = I(as.numeric(blp[, 2])), autoc = rate$estimate)
write_json(list(made_with = paste(R.version.string, "grf", packageVersion("grf")), predict = predictions, grow = growth, pseudo = pseudo,
                scores = scores), out, auto_unbox = TRUE, digits = NA, na = "null")
