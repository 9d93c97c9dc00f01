# Causal forests of ours and of grf on the same data: mean squared error of the out-of-bag effects, coverage of their 95 % intervals, variance.
# usage: Rscript forest.R PROGRAM N P REPLICATES TREES [DESIGN ...]     prints rows of a Markdown table
# Environment: FIRST=101 begins with data set 101.
suppressMessages(library(grf))
args <- commandArgs(TRUE)
program <- args[1]; n <- as.integer(args[2]); p <- as.integer(args[3]); replicates <- as.integer(args[4]); trees <- as.integer(args[5])
numbers <- as.integer(Sys.getenv("FIRST", "1")) - 1L + seq_len(replicates)
source(file.path(dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))), "forest_designs.R"))
if (length(args) > 5) designs <- designs[as.integer(args[-(1:5)])]
input <- tempfile(); output <- tempfile()
one <- function(design, i) {
    d <- made(design, i); x <- d$x; w <- d$w; y <- d$y; t <- d$t
    f <- do.call(causal_forest, c(list(x, y, w, num.trees = trees, num.threads = 1, seed = i, compute.oob.predictions = FALSE),
                                  if (design$known) list(W.hat = 0.5)))
    r <- predict(f, estimate.variance = TRUE, num.threads = 1)
    writeBin(c(n, p, if (design$known) 0.5 else 0, trees, i, x, y, w), input)
    stopifnot(system2(program, c(input, output)) == 0)
    ours <- matrix(readBin(output, "double", 2 * n), n)
    say <- function(estimate, variance)
        c(mse = mean((estimate - t)^2), cover = mean(abs(estimate - t) <= qnorm(0.975) * sqrt(variance)), variance = mean(variance))
    c(ours = say(ours[, 1], ours[, 2]), grf = say(r$predictions, r$variance.estimates), cor = cor(ours[, 1], r$predictions))
}
for (name in names(designs)) {
    d <- as.data.frame(t(sapply(numbers, function(i) one(designs[[name]], i))))
    cat(sprintf("| %s | %d | %d | %d | %.4f | %.4f | %s | %.3f | %.3f | %.4f | %s | %.3f |\n", name, n, p, replicates, mean(d$ours.mse),
                mean(d$grf.mse), ratio(d$ours.mse, d$grf.mse), mean(d$ours.cover), mean(d$grf.cover),
                sd(d$ours.cover - d$grf.cover) / sqrt(replicates), ratio(d$ours.variance, d$grf.variance), mean(d$cor)))
}
