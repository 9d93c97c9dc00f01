# Makes panel_derive.json (R 4.2.2): what examples/panel-demo derives from its layers, computed from the same tables in plain R.
# HF power by least squares on sine and cosine at each frequency (what Lomb's periodogram equals), not by Lomb's formula.
# Rscript tests/reference/panel_derive.R > tests/reference/panel_derive.json
suppressMessages({library(jsonlite); library(survival)})
d <- "examples/panel-demo/"
sheet <- read.csv(paste0(d, "samples.csv"))
of <- function(s) sheet[match(s, sheet$sample), ]
key <- function(s) paste(of(s)$id, of(s)$visit, sep = "_")
bounds <- function(x, lloq) {
  below <- grepl("^<", x); limit <- suppressWarnings(as.numeric(sub("^<", "", x))); limit[x == "<LLOQ"] <- lloq
  list(lower = ifelse(below, 0, limit), upper = limit)
}
rows <- list()
put <- function(layer, feature, where, lower, upper = lower)
  rows[[length(rows) + 1]] <<- data.frame(layer = layer, feature = feature, where = where, lower = lower, upper = upper)

# short-chain fatty acids: duplicates averaged, bounds of a mean are means of bounds
scfa <- read.csv(paste0(d, "scfa.csv")); b <- bounds(scfa$value, 1.5)
lo <- tapply(b$lower, list(scfa$sample, scfa$analyte), mean); hi <- tapply(b$upper, list(scfa$sample, scfa$analyte), mean)
w <- key(rownames(lo)); three <- c("acetate", "propionate", "butyrate")
put("scfa_derived", "scfa_total", w, rowSums(lo[, three]), rowSums(hi[, three]))
for (a in three) {
  rest <- setdiff(three, a)
  put("scfa_derived", paste0(a, "_share"), w, lo[, a] / (lo[, a] + rowSums(hi[, rest])), hi[, a] / (hi[, a] + rowSums(lo[, rest])))
}
put("scfa_derived", "acetate_propionate", w, lo[, "acetate"] / hi[, "propionate"], hi[, "acetate"] / lo[, "propionate"])
put("scfa_derived", "butyrate_acetate", w, lo[, "butyrate"] / hi[, "acetate"], hi[, "butyrate"] / lo[, "acetate"])

# absolute profiles and loads
counts <- read.delim(paste0(d, "counts.tsv"), row.names = 1); counts <- counts[, !grepl("BLANK", names(counts))]
load <- of(names(counts))$cells_per_g; cells <- t(t(counts) / colSums(counts) * load)
for (a in c("asv01", "asv17", "asv40")) put("stool_absolute", a, key(names(counts)), cells[a, ])
put("stool_load", "load", key(names(counts)), load)

# cortisol after waking, in the order of the sheet; the study converts nothing here
saliva <- read.csv(paste0(d, "saliva.csv")); curve <- sheet[sheet$matrix == "saliva", ]
raw <- saliva$cortisol[match(curve$sample, saliva$sample)]; b <- bounds(raw, NA)
curves <- split(seq_len(nrow(curve)), paste(curve$id, curve$visit, sep = "_"))
car <- function(t, m) {
  keep <- !is.na(m); n <- length(m)
  if (!keep[1] || !keep[n] || sum(!keep) > 1) return(rep(NA, 4))
  late <- t[1] > 15; t <- t[keep]; m <- m[keep]
  g <- sum((head(m, -1) + tail(m, -1)) / 2 * diff(t))
  c(g, if (late) rep(NA, 3) else c(g - m[1] * (max(t) - min(t)), mean(m[-1]) - m[1], max(m[-1]) - m[1]))
}
name <- c("car_aucg", "car_auci", "car_increase", "car_peak")
for (where in names(curves)) {
  k <- curves[[where]]; t <- curve$minutes[k]; l <- b$lower[k]; u <- b$upper[k]
  mixed <- list(car(t, c(u[1], l[-1])), car(t, c(l[1], u[-1])))
  put("cortisol_derived", name, where, c(car(t, l)[1], mixed[[1]][2:4]), c(car(t, u)[1], mixed[[2]][2:4]))
}

# the heart: an artefact is outside 300–2000 ms or more than 20 % from the median of the 11 around it
rr <- read.csv(paste0(d, "rr.csv.gz")); recordings <- split(rr$rr_ms, paste(rr$id, rr$visit, sep = "_"))
for (where in names(recordings)) {
  x <- recordings[[where]]; n <- length(x)
  med <- sapply(seq_len(n), function(i) { f <- min(max(1, i - 5), n - 10); median(x[f:(f + 10)]) })
  ok <- x >= 300 & x <= 2000 & abs(x - med) <= .2 * med
  if (mean(!ok) >= .05 || sum(x) < 3e5) { put("heart_derived", c("rmssd", "sdnn", "hf_power"), where, NA); next }
  both <- ok[-1] & ok[-n]; t <- cumsum(x)[ok] / 1000; y <- resid(lm(x[ok] ~ t)); m <- length(t)
  span <- (max(t) - min(t)) * m / (m - 1); k <- ceiling(.15 * span):floor(.4 * span); k <- k[k / span < .4]
  power <- sapply(k / span, function(f) { s <- qr(cbind(cos(2 * pi * f * t), sin(2 * pi * f * t))); sum(qr.fitted(s, y)^2) / m })
  put("heart_derived", c("rmssd", "sdnn", "hf_power"), where, c(sqrt(mean(diff(x)[both]^2)), sd(x[ok]), sum(power)))
}

# inflammatory index: z of logarithms against everyone at baseline; where values are below a limit, the censored normal model
il <- read.csv(paste0(d, "cytokines.csv")); sign <- c(il6 = 1, tnf = 1, il10 = -1); at <- of(il$sample)$visit == "baseline"
least <- most <- 0
for (a in names(sign)) {
  b <- bounds(as.character(il[[a]]), NA); l <- log(b$lower); u <- log(b$upper)
  fit <- survreg(Surv(ifelse(is.infinite(l[at]), NA, l[at]), u[at], type = "interval2") ~ 1, dist = "gaussian",
                 control = list(rel.tolerance = 1e-13, maxiter = 200))
  p <- c(coef(fit), log(fit$scale))
  s <- exp(p[2]) * sqrt(sum(at) / (sum(at) - 1)); zl <- (l - p[1]) / s; zu <- (u - p[1]) / s
  least <- least + if (sign[a] > 0) zl else -zu; most <- most + if (sign[a] > 0) zu else -zl
}
put("immune_derived", "inflammatory_index", key(il$sample), least / 3, most / 3)

all <- do.call(rbind, rows)
all$below <- !is.na(all$lower) & all$lower == -Inf; all$above <- !is.na(all$upper) & all$upper == Inf # JSON has no infinities
all$lower[all$below] <- NA; all$upper[all$above] <- NA
writeLines(toJSON(all, digits = NA, na = "null", dataframe = "columns"))
