# Duplicates of short-chain fatty acids (sauerkraut_crossover): ICC(1,1) by psych, components by lme4, within-sample CV.
# VAGUS_DATA=… Rscript panel_sauerkraut_reliability.R > panel_sauerkraut_reliability.json
suppressMessages({library(psych); library(lme4); library(jsonlite)})
dir <- file.path(Sys.getenv("VAGUS_DATA"), "sauerkraut_crossover")
read <- function(f) read.csv(file.path(dir, f))
first <- read("samples.csv"); again <- read("sample_duplicates.csv")
layer <- function(file, value, lloq, uloq) {
  d <- read(file); d$x <- suppressWarnings(as.numeric(d[[value]])); d$x[is.na(d$x) | d$x < d[[lloq]] | d$x > d[[uloq]]] <- NA
  lapply(split(d, d$analyte), function(a) {
    k <- match(again$Part_Time, first$Part_Time)
    y <- cbind(a$x[match(first$Sample_ID[k], a$sample_id)], a$x[match(again$Sample_ID, a$sample_id)])
    y <- log(y[complete.cases(y), , drop = FALSE]); n <- nrow(y)
    if (n < 5) return(list(n = n))
    p <- suppressWarnings(suppressMessages(ICC(y, lmer = FALSE)))$results; p <- p[p$type == "ICC1", ]
    s2 <- mean((y[, 1] - y[, 2])^2 / 2); cv <- function(v) sqrt(exp(v) - 1)
    l <- data.frame(v = as.vector(y), s = factor(rep(seq_len(n), 2)))
    m <- lmer(v ~ 1 + (1 | s), l, control = lmerControl(optCtrl = list(xtol_abs = 1e-12, ftol_abs = 1e-14)))
    c4 <- as.data.frame(VarCorr(m))$vcov
    list(n = n, icc = p$ICC, lower = p$"lower bound", upper = p$"upper bound", lme4 = c4[1] / sum(c4), sem = sqrt(s2), cv = cv(s2),
         cv_lower = cv(s2 * n / qchisq(.975, n)), cv_upper = cv(s2 * n / qchisq(.025, n)), mdc = 1.96 * sqrt(2 * s2))
  })
}
write_json(list(made_with = paste("R", getRversion(), "psych", packageVersion("psych"), "lme4", packageVersion("lme4")),
  stool_scfa = layer("stool_scfa.csv", "result_ug_g", "lloq_ug_g", "uloq_ug_g"),
  serum_scfa = layer("blood_scfa.csv", "result_ng_ml", "lloq_ng_ml", "uloq_ng_ml")), stdout(), digits = 17, auto_unbox = TRUE)
