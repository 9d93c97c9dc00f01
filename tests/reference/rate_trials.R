# RATE of a declared order on inverse-propensity scores of two real trials, by grf 2.6.1: 2,000 half-samples of people, of villages.
# Rscript rate_trials.R DATA > rate_trials.json
suppressMessages({library(grf); library(jsonlite)})
folder <- commandArgs(TRUE)[1]; table <- function(...) read.csv(file.path(folder, ...))
ipw <- function(y, w) { e <- mean(w); w * y / e - (1 - w) * y / (1 - e) }
rate <- function(score, priority, clusters = NULL) {
  one <- function(target) { set.seed(1); rank_average_treatment_effect.fit(score, priority, target = target, R = 2000, clusters = clusters) }
  a <- one("AUTOC"); q <- one("QINI"); list(autoc = unname(a$estimate), autoc_se = unname(a$std.err), qini = unname(q$estimate), qini_se = unname(q$std.err))
}
nsw <- table("hte_nsw_mixtape", "nsw_mixtape.csv")
hiv <- table("hte_thornton_hiv", "thornton_hiv.csv"); hiv <- hiv[complete.cases(hiv[, c("got", "any", "villnum")]), ]
out <- list(made_with = paste("grf", packageVersion("grf")), nsw_rate = rate(ipw(nsw$re78, nsw$treat), nsw$age + nsw$re75 / 1e4),
  thornton_rate = rate(ipw(hiv$got, hiv$any), hiv$distvct, hiv$villnum))
write_json(out, stdout(), digits = 17, auto_unbox = TRUE)
