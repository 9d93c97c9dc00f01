# Which part of two causal forests differs? Ours and grf's effect forests, each with its own and the other's E[Y | x] and propensities (estimated by
# forests), on the same data. usage: Rscript forest_nuisances.R PROGRAM N P REPLICATES TREES DESIGN     prints a Markdown table
suppressMessages(library(grf))
args <- commandArgs(TRUE)
program <- args[1]; n <- as.integer(args[2]); p <- as.integer(args[3]); replicates <- as.integer(args[4]); trees <- as.integer(args[5])
source(file.path(dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))), "forest_designs.R"))
design <- designs[[as.integer(args[6])]]
first <- as.integer(Sys.getenv("FIRST", "1"))
input <- tempfile(); output <- tempfile()
nuisance <- function(x, y, seed) predict(regression_forest(x, y, num.trees = trees / 4, ci.group.size = 1, num.threads = 1, seed = seed))$predictions
ours <- function(d, i, y.hat = NULL, w.hat = NULL) {
    writeBin(c(n, p, if (is.null(y.hat)) 0 else 2, trees, i, d$x, d$y, d$w, y.hat, w.hat), input)
    stopifnot(system2(program, c(input, output)) == 0)
    matrix(readBin(output, "double", 4 * n), n)
}
theirs <- function(d, y.hat, w.hat, seed) {
    f <- causal_forest(d$x, d$y, d$w, y.hat, w.hat, num.trees = trees, num.threads = 1, seed = seed, compute.oob.predictions = FALSE)
    as.matrix(predict(f, estimate.variance = TRUE, num.threads = 1)[, c("predictions", "variance.estimates")])
}
one <- function(i) {
    d <- made(design, i); seed <- 100003 * i
    say <- function(r) c(mse = mean((r[, 1] - d$t)^2), cover = mean(abs(r[, 1] - d$t) <= qnorm(0.975) * sqrt(r[, 2])), bias = mean(r[, 1] - d$t))
    y.hat <- nuisance(d$x, d$y, seed); w.hat <- nuisance(d$x, d$w, seed)
    whole <- ours(d, i)
    c(theirs.theirs = say(theirs(d, y.hat, w.hat, seed)), ours.theirs = say(ours(d, i, y.hat, w.hat)), theirs.ours = say(theirs(d, whole[, 3], whole[, 4], seed)),
      ours.ours = say(whole), e.theirs = mean((w.hat - d$e)^2), e.ours = mean((whole[, 4] - d$e)^2), m.theirs = mean((y.hat - d$m)^2), m.ours = mean((whole[, 3] - d$m)^2))
}
r <- as.data.frame(t(sapply(first - 1L + seq_len(replicates), one)))
cat("| effects by | E[Y given x], propensities by | MSE | ratio (SE) | coverage | difference (SE) | bias |\n|---|---|--:|--:|--:|--:|--:|\n")
for (k in c("theirs.theirs", "ours.theirs", "theirs.ours", "ours.ours")) {
    at <- function(what, who = k) r[[paste0(who, ".", what)]]
    d <- at("cover") - at("cover", "theirs.theirs"); name <- sub("theirs", "grf", strsplit(k, ".", fixed = TRUE)[[1]])
    cat(sprintf("| %s | %s | %.4f | %s | %.3f | %+.3f (%.3f) | %+.3f |\n", name[1], name[2], mean(at("mse")), ratio(at("mse"), at("mse", "theirs.theirs")),
                mean(at("cover")), mean(d), sd(d) / sqrt(replicates), mean(at("bias"))))
}
cat(sprintf("\nMean squared error, ours over grf's: propensity %s, E[Y given x] %s; %d data sets.\n", ratio(r$e.ours, r$e.theirs), ratio(r$m.ours, r$m.theirs), replicates))
