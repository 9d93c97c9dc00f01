# Witness of src/strata/study_*.c: interaction tests, effects by background treatment, additivity, the tests of few people and of
# missing outcomes, by lm() with sandwich's HC3 and fisher.test(), from the tables of examples/beat-the-blues (BtheB of HSAUR3, GPL-2) and
# examples/axis-demo (SIMULATED; values below a limit count as 0.2 here and in tests/cli/strata.sh).
# Rscript tests/reference/strata_study.R examples > tests/reference/strata_study.json
library(sandwich)
examples <- commandArgs(TRUE)[1]
out <- list()
put <- function(name, v) out[[name]] <<- paste0("[", paste(sprintf("%.17g", as.numeric(v)), collapse = ", "), "]")
# estimate, se, df, t, p, lower, upper of a contrast
told <- function(fit, w, level = .95) {
  b <- sum(w * coef(fit)); s <- sqrt(c(w %*% vcovHC(fit, "HC3") %*% w)); df <- fit$df.residual
  c(b, s, df, b / s, 2 * pt(-abs(b / s), df), b + c(-1, 1) * qt((1 + level) / 2, df) * s)
}
# each moderator in a model with all of them as covariates (or those given), its product with treatment last
interactions <- function(name, y, t, m, covariates = m) {
  p <- c(); one <- list()
  for (k in colnames(m)) {
    others <- covariates[, setdiff(colnames(covariates), k), drop = FALSE]
    d <- data.frame(y = y, t = t, m = m[, k], o = others); d$mt <- d$m * d$t
    fit <- lm(y ~ ., d); n <- length(coef(fit)); last <- as.numeric(seq_len(n) == n)
    r <- told(fit, last); p <- c(p, r[5]); q <- quantile(m[, k], c(.25, .75))
    at <- function(x) told(fit, as.numeric(names(coef(fit)) == "t") + x * last)
    one[[k]] <- list(r, at(q[1]), at(q[2]))
  }
  h <- p.adjust(p, "holm")
  for (i in seq_along(one)) { put(paste(name, names(one)[i], "interaction"), c(one[[i]][[1]], h[i])); put(paste(name, names(one)[i], "lower"), one[[i]][[2]]); put(paste(name, names(one)[i], "upper"), one[[i]][[3]]) }
}

# ---- beat the blues ----
b <- merge(read.csv(file.path(examples, "beat-the-blues/participants.csv")), read.csv(file.path(examples, "beat-the-blues/bdi.csv")), by = "id")
moderators <- function(b) cbind(bdi_baseline = b$bdi.pre, "drug=Yes" = as.numeric(b$drug == "Yes"), "length=>6m" = as.numeric(b$length == ">6m"))
s <- b[!is.na(b$bdi.2m), ]; t <- as.numeric(s$treatment == "BtheB"); m <- moderators(s)
interactions("btb", s$bdi.2m, t, m)
cell <- factor(paste(s$treatment, s$drug), c("TAU No", "BtheB No", "TAU Yes", "BtheB Yes"))
fit <- lm(bdi.2m ~ 0 + cell + I(bdi.pre - mean(bdi.pre)), s)
put("btb No", told(fit, c(-1, 1, 0, 0, 0))); put("btb Yes", told(fit, c(0, 0, -1, 1, 0)))
put("btb Yes - No", told(fit, c(1, -1, -1, 1, 0)))
w <- c(1, -1, -1, 1, 0); put("btb drug F", (told(fit, w)[4])^2); put("btb drug p", told(fit, w)[5])
lost <- table(b$treatment, is.na(b$bdi.8m)); put("btb lost m8", fisher.test(lost)$p.value)
# the first 34 people only
f <- b[1:34, ]; f <- f[!is.na(f$bdi.2m), ]; ft <- as.numeric(f$treatment == "BtheB")
put("few n", c(sum(ft), sum(1 - ft)))
put("few ate", told(lm(bdi.2m ~ ft + bdi.pre, f), c(0, 1, 0)))
interactions("few", f$bdi.2m, ft, moderators(f), moderators(f)[, "bdi_baseline", drop = FALSE])
seen <- function(r, k) { # smallest true value found with 80 % power, Bonferroni over k tests
  crit <- qt(1 - .05 / k / 2, r[3]); g <- function(d) pt(crit, r[3], d, lower = FALSE) + pt(-crit, r[3], d) - .8
  r[2] * uniroot(g, c(0, 20), tol = 1e-12)$root
}
fm <- moderators(f)
for (k in colnames(fm)) {
  d <- data.frame(y = f$bdi.2m, t = ft, m = fm[, k], b = f$bdi.pre); d$mt <- d$m * d$t
  fit <- lm(if (k == "bdi_baseline") y ~ t + m + mt else y ~ t + m + b + mt, d); n <- length(coef(fit))
  put(paste("few", k, "seen"), seen(told(fit, as.numeric(names(coef(fit)) == "mt")), 3) * sd(d$m))
}

# ---- the demo of the axis ----
folder <- file.path(examples, "axis-demo")
read <- function(x) read.csv(file.path(folder, x), stringsAsFactors = FALSE, na.strings = c("", "NA"))
people <- read("participants.csv"); scores <- read("scores.csv"); samples <- read("samples.csv")
at <- function(v) { x <- scores[scores$visit == v, ]; x$hamd17[match(people$id, x$id)] }
immune <- read("immune.csv"); immune <- immune[immune$analyte == "il6", ]
immune$value <- as.numeric(ifelse(immune$value == "<LLOQ", "0.2", immune$value))
mean_of <- tapply(immune$value, immune$sample, mean); who <- samples[match(names(mean_of), samples$sample), ]; k <- who$visit == "baseline"
il6 <- log(as.numeric(mean_of)[k][match(people$id, who$id[k])])
d <- data.frame(arm = people$arm, y = at("w8"), hamd17_baseline = at("baseline"), bmi = people$bmi, il6_baseline = il6)
for (j in 3:5) d[[j]][is.na(d[[j]])] <- mean(d[[j]], na.rm = TRUE)
d <- d[!is.na(d$y), ]
for (a in c("diet", "psychobiotic", "both")) {
  e <- d[d$arm %in% c("placebo", a), ]
  interactions(a, e$y, as.numeric(e$arm == a), as.matrix(e[, 3:5]))
}
d$arm <- factor(d$arm, c("placebo", "diet", "psychobiotic", "both"))
fit <- lm(y ~ 0 + arm + I(hamd17_baseline - mean(hamd17_baseline)), d)
put("diet alone", told(fit, c(-1, 1, 0, 0, 0))); put("psychobiotic alone", told(fit, c(-1, 0, 1, 0, 0))); put("both together", told(fit, c(-1, 0, 0, 1, 0)))
put("diet beside", told(fit, c(0, 0, -1, 1, 0))); put("psychobiotic beside", told(fit, c(0, -1, 0, 1, 0)))
put("departure", told(fit, c(1, -1, -1, 1, 0))); put("equivalence", told(fit, c(1, -1, -1, 1, 0), .90)[6:7])
cat(paste0('{\n  "made_by": "', R.version.string, ", sandwich ", packageVersion("sandwich"), ', tests/reference/strata_study.R",\n'), paste0('  "', names(out), '": ', unlist(out), collapse = ",\n"), "\n}\n", sep = "")
