# Makes meta_reviews.json: metafor 3.8-1 (R 4.2.2) driven to convergence on the reviews that test_meta_reviews.c reads.
# Rscript tests/reference/meta_reviews.R DATA_FOLDER > tests/reference/meta_reviews.json
suppressMessages({library(metafor); library(jsonlite)})
root <- commandArgs(TRUE)[1]
tight <- list(threshold = 1e-13, maxiter = 20000, tol = 1e-15)
methods <- c(REML = "REML", ML = "ML", DL = "DL", PM = "PM", SJ = "SJ", HE = "HE", HS = "HS", EB = "EB")
file <- function(...) file.path(root, ...)
fits <- function(y, v, use = names(methods), leave = TRUE, intervals = TRUE) {
  out <- list(k = length(y))
  for (m in use) {
    f <- rma(y, v, method = methods[[m]], test = "knha", control = tight)
    p <- predict(f)
    out[[m]] <- list(est = f$b[1], se = f$se, tau2 = f$tau2, se_tau2 = f$se.tau2, i2 = f$I2, pi = c(p$pi.lb, p$pi.ub))
  }
  f <- rma(y, v, test = "knha", control = tight)
  if (intervals) out$q_profile <- unname(c(confint(f, control = list(tol = 1e-15))$random[1, 2:3]))
  if (leave) {
    l <- leave1out(f)
    out$leave1out <- list(est = l$estimate, se = l$se)
  }
  out
}
out <- list()
add <- function(name, ...) out[[name]] <<- fits(...)
g <- fromJSON(file("meta_furukawa2003/reference.json"))$hedges_g
add("meta_furukawa2003", g$yi, g$vi)
d <- read.csv(file("meta_feng2019/feng2019.csv")); x <- d$depr; n <- d$n
add("logit", log(x / (n - x)), 1 / x + 1 / (n - x))
d <- read.csv(file("dmetar_thirdwave/thirdwave.csv")); add("dmetar_thirdwave", d$TE, d$seTE^2)
for (s in c("inpatients", "psiloctr", "psyctr")) {
  d <- read.csv2(file(paste0("metapsy_depression_", s), "data.csv"), check.names = FALSE)
  y <- as.numeric(d[[".g"]]); v <- as.numeric(d[[".g_se"]])^2; ok <- !is.na(y) & !is.na(v)
  add(paste0("metapsy_depression_", s), y[ok], v[ok], use = c("REML", "DL", "PM"), leave = FALSE, intervals = s != "psyctr")
}
for (s in c("gamble2019", "stramaccia2021", "wibbelink2017")) {
  d <- read.csv(file(paste0("psymeta_", s), paste0(s, ".csv"))); ok <- !is.na(d$yi) & !is.na(d$vi)
  add(paste0("psymeta_", s), d$yi[ok], d$vi[ok], leave = FALSE)
}
cat(toJSON(out, digits = I(17), auto_unbox = TRUE), "\n", sep = "")
