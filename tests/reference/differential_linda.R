# Makes differential_linda.json: the package LinDA itself (0.2.0, zhouhj1994/LinDA, R/linda.R) with modeest's mean shift (R/meanshift.R,
# venter.R, deal.ties.R, run to rounding instead of to 1.5e-8) on the simulated tables of differential.json. R 4.2.2, lmerTest 3.1-3.
# Rscript tests/reference/differential_linda.R FOLDER-WITH-THOSE-FILES tests/reference/differential.json > tests/reference/differential_linda.json
suppressMessages({library(lmerTest); library(jsonlite); library(foreach)})
arguments <- commandArgs(TRUE)
source(file.path(arguments[1], "venter.R")); source(file.path(arguments[1], "deal.ties.R"))
# the package statip is used for the Gaussian density alone
code <- sub("statip::kernelfun\\(kernel\\)", "stats::dnorm", readLines(file.path(arguments[1], "meanshift.R")))
eval(parse(text = code))
mlv <- function(x, method, kernel) as.vector(meanshift(x, tolerance = 1e-15, iter = 1e5))
source(file.path(arguments[1], "linda.R"))
r <- fromJSON(arguments[2]); F <- 30; n <- 60
meta <- data.frame(arm = factor(r$arm), age = r$age, id = factor(r$id))
one <- function(table, formula, winsor = NULL) {
  Y <- t(matrix(r[[table]], n)); rownames(Y) <- paste0("f", 1:F); colnames(Y) <- paste0("s", 1:n)
  said <- capture.output(l <- suppressMessages(linda(Y, meta, formula = formula, winsor.quan = winsor)))
  o <- l$output[["arm1"]]
  list(table = table, random = grepl("|", formula, fixed = TRUE), winsor = if (is.null(winsor)) 0 else winsor,
       related = any(grepl("Imputation", said)), bias = l$bias[l$variables == "arm1"],
       estimate = o$log2FoldChange, se = o$lfcSE, df = o$df, p = o$pvalue)
}
runs <- list(one("even", "~arm+age"), one("uneven", "~arm+age"), one("even", "~arm+age", 0.97), one("uneven", "~arm+age", 0.9),
             one("even", "~arm+age+(1|id)"))
cat(toJSON(list(made_with = list(R = "4.2.2", LinDA = "0.2.0", lmerTest = "3.1-3"), runs = runs), digits = NA, auto_unbox = TRUE), "\n", sep = "")
