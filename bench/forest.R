# usage: Rscript forest.R make FILE N P        writes the data of bench/forest.sh (doubles: x by column, outcome, arm)
#        Rscript forest.R grf FILE N P TREES   grf's causal forest on 2 threads: seconds to grow and to predict with variance,
#                                              processor seconds of both, peak MB, mean estimate, mean variance
args <- commandArgs(TRUE)
file <- args[2]; n <- as.integer(args[3]); p <- as.integer(args[4])
if (args[1] == "make") {
    set.seed(1)
    x <- matrix(rnorm(n * p), n, p); w <- rbinom(n, 1, 0.5)
    y <- pmax(x[, 1], 0) * w + x[, 2] + rnorm(n)
    writeBin(c(x, y, as.double(w)), file)
} else {
    suppressMessages(library(grf))
    all <- readBin(file, "double", n * (p + 2))
    x <- matrix(all[seq_len(n * p)], n); y <- all[n * p + seq_len(n)]; w <- all[n * (p + 1) + seq_len(n)]
    rm(all)
    used <- proc.time()
    seconds <- function(e) system.time(e)[["elapsed"]]
    grow <- seconds(f <- causal_forest(x, y, w, W.hat = 0.5, num.trees = as.integer(args[5]), num.threads = 2, seed = 1,
                                       compute.oob.predictions = FALSE))
    say <- seconds(r <- predict(f, estimate.variance = TRUE, num.threads = 2))
    used <- sum((proc.time() - used)[c("user.self", "sys.self")])
    peak <- as.numeric(sub("[^0-9]*([0-9]+).*", "\\1", grep("VmHWM", readLines("/proc/self/status"), value = TRUE))) / 1024
    cat(sprintf("%.2f %.2f %.2f %.0f %.6f %.6f\n", grow, say, used, peak, mean(r$predictions), mean(r$variance.estimates)))
}
