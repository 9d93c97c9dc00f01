# Causal survival forests of ours and of grf on the same data (generate_causal_survival_data of grf: designs of Cui and others 2023): squared error of
# the out-of-bag effects, coverage of their 95 % intervals, variance, average effect.
# usage: Rscript forest_survival.R PROGRAM N P REPLICATES TREES TARGET [DESIGN ...]     TARGET RMST or survival.probability; prints rows of a Markdown table
suppressMessages(library(grf))
args <- commandArgs(TRUE)
program <- args[1]; n <- as.integer(args[2]); p <- as.integer(args[3]); replicates <- as.integer(args[4]); trees <- as.integer(args[5])
target <- args[6]
designs <- if (length(args) > 6) args[-(1:6)] else paste0("type", 1:4)
rmst <- target == "RMST"
# the effect of each row without Monte Carlo error: differences of these means of f(T), by the law of T under arm w
mean_of <- list(
    type1 = function(x, w, h) { # log-normal
        low <- x[, 1] < 0.5
        mu <- -1.85 - 0.8 * low + 0.7 * sqrt(x[, 2]) + 0.2 * x[, 3] + (0.7 - 0.4 * low - 0.4 * sqrt(x[, 2])) * w
        if (rmst) exp(mu + 0.5) * pnorm(log(h) - mu - 1) + h * pnorm(mu - log(h)) else pnorm(mu - log(h))
    },
    type2 = function(x, w, h) { # S(t) = exp(-r sqrt(t))
        r <- exp(x[, 1] + (x[, 2] - 0.5) * w)
        if (rmst) 2 / r^2 * (1 - exp(-r * sqrt(h)) * (1 + r * sqrt(h))) else exp(-r * sqrt(h))
    },
    type3 = function(x, w, h) poisson(x[, 2]^2 + x[, 3] + 6 + 2 * (sqrt(x[, 1]) - 0.3) * w, h),
    type4 = function(x, w, h) poisson(x[, 2] + x[, 3] + pmax(0, x[, 1] - 0.3) * w, h))
poisson <- function(mean, h) if (rmst) rowSums(sapply(0:(h - 1), function(t) ppois(t, mean, lower.tail = FALSE))) else ppois(h, mean, lower.tail = FALSE)
input <- tempfile(); output <- tempfile()
one <- function(design, i) {
    set.seed(1000 + i)
    d <- generate_causal_survival_data(n, p, n.mc = 1, dgp = design)
    horizon <- if (rmst) d$Y.max else d$y0
    truth <- mean_of[[design]](d$X, 1, horizon) - mean_of[[design]](d$X, 0, horizon)
    f <- suppressWarnings(causal_survival_forest(d$X, d$Y, d$W, d$D, target = target, horizon = horizon, num.trees = trees, num.threads = 1,
                                                 seed = 10000 * i, compute.oob.predictions = TRUE))
    r <- predict(f, estimate.variance = TRUE, num.threads = 1)
    ate <- suppressWarnings(average_treatment_effect(f))
    writeBin(as.double(c(n, p, 0, trees, i, horizon, !rmst, d$X, d$Y, d$D, d$W)), input)
    stopifnot(system2(program, c(input, output)) == 0)
    all <- readBin(output, "double", 4 * n + 2)
    ours <- matrix(all[seq_len(4 * n)], n); our_ate <- all[4 * n + 1:2]
    say <- function(estimate, variance)
        c(mse = mean((estimate - truth)^2), cover = mean(abs(estimate - truth) <= qnorm(0.975) * sqrt(variance)), variance = mean(variance))
    c(ours = say(ours[, 1], ours[, 2]), grf = say(r$predictions, r$variance.estimates), cor = cor(ours[, 1], r$predictions),
      ate = our_ate[1] - mean(truth), ate_se = our_ate[2], grf_ate = ate[[1]] - mean(truth), grf_ate_se = ate[[2]])
}
for (design in designs) {
    d <- as.data.frame(t(sapply(seq_len(replicates), function(i) one(design, i))))
    # ratio of means and its standard error (delta method, paired)
    ratio <- function(a, b) {
        r <- mean(a) / mean(b)
        sprintf("%.3f (%.3f)", r, sd(a - r * b) / mean(b) / sqrt(replicates))
    }
    with_error <- function(v) sprintf("%.4f (%.4f)", mean(v), sd(v) / sqrt(replicates))
    cat(sprintf("| %s | %s | %d | %d | %d | %.5f | %.5f | %s | %.3f | %.3f | %.4f | %s | %.3f | %s | %s | %.4f | %.4f |\n", design, target, n, p,
                replicates, mean(d$ours.mse), mean(d$grf.mse), ratio(d$ours.mse, d$grf.mse), mean(d$ours.cover), mean(d$grf.cover),
                sd(d$ours.cover - d$grf.cover) / sqrt(replicates), ratio(d$ours.variance, d$grf.variance), mean(d$cor),
                with_error(d$ate), with_error(d$grf_ate), mean(d$ate_se), mean(d$grf_ate_se)))
}
