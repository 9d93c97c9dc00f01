# Data of bench/elastic_net.sh, and glmnet on them: Rscript elastic_net.R make|time FILE ROWS COLUMNS FAMILY [THRESHOLD]. Prints as bench_elastic_net
# does; memory is what the process's peak grew by over the data.
a <- commandArgs(TRUE); file <- a[2]; n <- as.integer(a[3]); p <- as.integer(a[4]); family <- a[5]
if (a[1] == "make") {
    set.seed(4)
    z <- rnorm(n); x <- matrix(rnorm(n * p), n) + 0.5 * z # all columns correlated by 0.2
    y <- drop(x[, 1:40] %*% rnorm(40) / 4 + rnorm(n))
    if (family == "binomial") y <- as.numeric(y > 0)
    con <- file(file, "wb"); writeBin(c(x, y), con); close(con)
} else {
    suppressMessages(library(glmnet))
    con <- file(file, "rb"); x <- readBin(con, "double", n * p); dim(x) <- c(n, p); y <- readBin(con, "double", n); close(con)
    peak <- function() as.numeric(sub("[^0-9]*([0-9]+).*", "\\1", grep("VmHWM", readLines("/proc/self/status"), value = TRUE))) / 1024
    invisible(glmnet(x[, 1:5], y, family, nlambda = 5)); invisible(gc())
    before <- peak()
    t <- system.time(f <- glmnet(x, y, family, thresh = as.numeric(a[6]), maxit = 1e7))
    b <- f$beta[, length(f$lambda) %/% 2]
    cat(sprintf("%.3f %.3f %d %d %.0f %d %.9g\n", t[["elapsed"]], t[["user.self"]] + t[["sys.self"]], length(f$lambda), f$df[length(f$df)],
                peak() - before, f$npasses, b[b != 0][1]))
}
