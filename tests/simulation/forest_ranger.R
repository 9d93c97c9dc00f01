# Forests of means and probabilities, ours (not honest) and ranger's, on the same data: mean squared distance of out-of-bag predictions from the
# truth. usage: Rscript forest_ranger.R PROGRAM N P REPLICATES TREES     prints rows of a Markdown table
suppressMessages(library(ranger))
args <- commandArgs(TRUE)
program <- args[1]; n <- as.integer(args[2]); p <- as.integer(args[3]); replicates <- as.integer(args[4]); trees <- as.integer(args[5])
input <- tempfile(); output <- tempfile()
one <- function(i, classes) {
    set.seed(5000 + i)
    x <- matrix(runif(n * p), n)
    truth <- if (classes) plogis(4 * x[, 1] - 4 * x[, 2] + 4 * (x[, 3] > 0.5) - 2)
        else 10 * sin(pi * x[, 1] * x[, 2]) + 20 * (x[, 3] - 0.5)^2 + 10 * x[, 4] + 5 * x[, 5]
    y <- if (classes) rbinom(n, 1, truth) else truth + rnorm(n)
    f <- ranger(x = as.data.frame(x), y = if (classes) factor(y) else y, num.trees = trees, mtry = p, min.node.size = if (classes) 10 else 5,
                replace = FALSE, sample.fraction = 0.5, probability = classes, num.threads = 1, seed = i)
    theirs <- if (classes) f$predictions[, "1"] else f$predictions
    writeBin(c(n, p, if (classes) -2 else -1, trees, i, x, y, rep(0, n)), input)
    stopifnot(system2(program, c(input, output)) == 0)
    ours <- readBin(output, "double", n)
    c(ours = mean((ours - truth)^2), ranger = mean((theirs - truth)^2), cor = cor(ours, theirs))
}
for (classes in c(FALSE, TRUE)) {
    d <- as.data.frame(t(sapply(seq_len(replicates), one, classes = classes)))
    r <- mean(d$ours) / mean(d$ranger)
    cat(sprintf("| %s | %d | %d | %d | %.4f | %.4f | %.3f (%.3f) | %.3f |\n", if (classes) "probability" else "mean (Friedman 1)", n, p, replicates,
                mean(d$ours), mean(d$ranger), r, sd(d$ours - r * d$ranger) / mean(d$ranger) / sqrt(replicates), mean(d$cor)))
}
