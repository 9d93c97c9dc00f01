# Beat the Blues at 2 months: interactions of treatment with baseline score, length and drug (HC3), treatment by antidepressant yes/no, what
# could have been seen. Rscript strata_beat_the_blues.R VAGUS_DATA > strata_beat_the_blues.json
suppressMessages({library(jsonlite); library(sandwich)})
d <- read.csv(file.path(commandArgs(TRUE)[1], "beat_the_blues", "btheb_wide.csv")); d <- d[!is.na(d$bdi.2m), ]
t <- as.numeric(d$treatment == "BtheB"); drug <- as.numeric(d$drug == "Yes"); long <- as.numeric(d$length == ">6m"); pre <- d$bdi.pre; y <- d$bdi.2m
one <- function(m) { x <- m - mean(m); f <- lm(y ~ t * x + pre + drug + long); v <- vcovHC(f, "HC3"); b <- coef(f)["t:x"]; s <- sqrt(v["t:x", "t:x"])
  c(b, s, 2 * pt(-abs(b / s), f$df.residual), f$df.residual) }
rows <- rbind(one(pre), one(long), one(drug))
f <- lm(y ~ t * drug + pre + long); v <- vcovHC(f, "HC3"); L <- rbind(c(0, 1, 0, 0, 0, 0), c(0, 1, 0, 0, 0, 1))
detect <- function(df, alpha, power) { crit <- qt(1 - alpha / 2, df); uniroot(function(d) pt(crit, df, d, lower.tail = FALSE) + pt(-crit, df, d) - power, c(0.1, 20), tol = 1e-13)$root }
write_json(list(made_with = paste("R", getRversion(), "sandwich", packageVersion("sandwich")), n = nrow(d), interaction = unname(rows), holm = p.adjust(rows[, 3], "holm"),
  detectable = sapply(1:3, function(k) rows[k, 2] * detect(rows[k, 4], 0.05 / 3, 0.8)),
  drug_effect = drop(L %*% coef(f)), drug_se = sqrt(diag(L %*% v %*% t(L)))), stdout(), digits = 17, auto_unbox = TRUE)
