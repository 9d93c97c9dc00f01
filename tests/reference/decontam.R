# Contaminants by decontam 1.13.0 itself (its file R/decontam.R, phyloseq not needed):
# DECONTAM=path/to/decontam.R Rscript decontam.R > decontam.json
suppressMessages(library(jsonlite))
source(Sys.getenv("DECONTAM"))
case <- function(x, conc, neg) {
  run <- function(method, ...) suppressWarnings(suppressMessages(isContaminant(x, conc = conc, neg = neg, method = method, ...)))
  r <- run("combined"); f <- run("frequency"); p <- run("prevalence"); m <- run("minimum")
  list(n = nrow(x), x = as.vector(x), dna = conc, negative = as.integer(neg), frequency = f$p.freq, prevalence = p$p.prev, combined = r$p,
       minimum = m$p, is_frequency = f$contaminant, is_prevalence = p$contaminant, is_combined = r$contaminant,
       is_minimum = m$contaminant, is_either = run("either")$contaminant, is_both = run("both")$contaminant)
}
set.seed(5)
n <- 70; neg <- rep(c(TRUE, FALSE), c(14, 56)); conc <- exp(rnorm(n, 2, .8)); p <- 24
rate <- exp(rnorm(p, 1, 2))
x <- matrix(rpois(n * p, rep(rate, each = n)), n)
for (j in 1:4) x[, j] <- rpois(n, 40 / conc)                     # shares that fall with DNA
for (j in 5:8) x[, j] <- rpois(n, ifelse(neg, 3, .4))            # of the reagents
x[, 9] <- 0; x[, 10] <- 0; x[20, 10] <- 4; x[, 11] <- 0; x[c(2, 30), 11] <- 3; x[, 12] <- 500 + x[, 12] # nowhere, once, twice, everywhere
x[, 13] <- rpois(n, .2); x[, 14] <- 0; x[neg, 14] <- 6; x[1, ] <- 0  # rare; in controls only; a blank without a read
large <- case(x, conc, neg)
k <- c(1:4, 20:36)
few <- case(x[k, ], conc[k], neg[k])                              # few controls: Fisher's test everywhere
write_json(list(made_with = paste("R", getRversion(), "decontam 1.13.0"), large = large, few = few), stdout(), digits = 17, auto_unbox = TRUE, na = "null")
