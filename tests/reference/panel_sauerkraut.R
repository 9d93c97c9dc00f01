# Short-chain fatty acids in serum (sauerkraut_crossover): values below their LLOQ as such, and duplicates.
# VAGUS_DATA=… Rscript panel_sauerkraut.R > panel_sauerkraut.json
suppressMessages({library(survival); library(lme4); library(jsonlite)})
dir <- file.path(Sys.getenv("VAGUS_DATA"), "sauerkraut_crossover")
d <- read.csv(file.path(dir, "blood_scfa.csv")); 
d$x <- suppressWarnings(ifelse(grepl("<", d$result_ng_ml), -Inf, as.numeric(d$result_ng_ml))) # "< 0": below its LLOQ too
d <- d[!is.na(d$x), ]
out <- lapply(split(d, d$analyte), function(a) {
  low <- a$x < a$lloq_ng_ml; high <- a$x > a$uloq_ng_ml
  l <- ifelse(low, NA, log(ifelse(high, a$uloq_ng_ml, a$x))); u <- ifelse(high, NA, log(ifelse(low, a$lloq_ng_ml, a$x)))
  r <- list(n = nrow(a), below = sum(low), above = sum(high))
  if (mean(low | high) <= .7) {
    f <- survreg(Surv(l, u, type = "interval2") ~ 1, dist = "gaussian", control = survreg.control(rel.tolerance = 1e-12, maxiter = 200))
    r <- c(r, mean = unname(coef(f)), sigma = f$scale, se = sqrt(vcov(f)[1, 1]))
  }
  r })
s <- read.csv(file.path(dir, "samples.csv")); p <- s[!is.na(s$Dup_Metabolon), c("Sample_ID", "Dup_Metabolon")]
a <- d[d$analyte == "Butyric acid", ]
y <- log(cbind(a$x[match(p$Sample_ID, a$sample_id)], a$x[match(p$Dup_Metabolon, a$sample_id)])); y <- y[complete.cases(y), ]
write_json(list(made_with = paste("R", getRversion(), "survival", packageVersion("survival")), analytes = out,
  duplicates = list(n = nrow(y), s = sqrt(mean(apply(y, 1, var))))), stdout(), digits = 17, auto_unbox = TRUE)
