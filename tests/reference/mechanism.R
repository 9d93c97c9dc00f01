# Witness of src/mechanism/mechanism*.c: the mechanism of examples/axis-demo (SIMULATED) from its tables by lm(). Values below a limit
# count as 0.2 here and in tests/cli/mechanism.sh, so that no rule for them is witnessed. Base R only.
# Rscript tests/reference/mechanism.R examples/axis-demo > tests/reference/mechanism.json
folder <- commandArgs(TRUE)[1]
read <- function(f, ...) read.csv(file.path(folder, f), stringsAsFactors = FALSE, na.strings = c("", "NA"), ...)
people <- read("participants.csv"); scores <- read("scores.csv"); samples <- read("samples.csv")
id <- people$id; arm <- people$arm; site <- factor(people$site)
multistrain <- as.numeric(arm %in% c("psychobiotic", "both")); mediterranean <- as.numeric(arm %in% c("diet", "both"))
score_at <- function(v) { s <- scores[scores$visit == v, ]; s$hamd17[match(id, s$id)] }
# logarithm of the mean of a sample's replicates
at <- function(file, analyte, visit, logs = TRUE) {
  t <- read(file); t <- t[t$analyte == analyte, ]; t$value <- as.numeric(ifelse(t$value == "<LLOQ", "0.2", t$value))
  m <- tapply(t$value, t$sample, mean); who <- samples[match(names(m), samples$sample), ]; k <- who$visit == visit
  x <- as.numeric(m)[k][match(id, who$id[k])]; if (logs) log(x) else x
}
marker <- list(butyrate = "scfa.csv", propionate = "scfa.csv", acetate = "scfa.csv", zonulin = "barrier.csv", lbp = "barrier.csv",
  il6 = "immune.csv", tnf = "immune.csv", crp = "immune.csv", il10 = "immune.csv", car = "saliva.csv", evening_cortisol = "saliva.csv",
  ln_rmssd = "heart.csv", bdnf = "growth.csv")
channel <- list(metabolites = c("butyrate", "propionate", "acetate"), barrier_channel = c("zonulin", "lbp"),
  immune_channel = c("il6", "tnf", "crp", "il10"), hpa = c("car", "evening_cortisol"), vagal = "ln_rmssd", neurotrophic = "bdnf")
sign <- c(il10 = -1)
value <- function(m, v) at(marker[[m]], m, v, m != "ln_rmssd")
sgn <- function(m) if (m %in% names(sign)) sign[[m]] else 1
within <- function(x, g) { k <- !is.na(x); sqrt(sum(tapply(x[k], g[k], function(u) sum((u - mean(u))^2))) / (sum(k) - length(unique(g[k])))) }
# score of a channel at a visit, each marker over its SD within the four arms
score <- function(c, v) {
  m <- channel[[c]]; if (length(m) == 1) return(value(m, v))
  rowMeans(sapply(m, function(j) { x <- value(j, v); sgn(j) * x / within(x, arm) }))
}
num <- function(v) paste0("[", paste(sprintf("%.17g", as.numeric(v)), collapse = ", "), "]")
out <- list(); put <- function(name, v) out[[name]] <<- num(v)

# ---- effects: terms S on treatment a given C, all on complete rows ----
effects <- function(name, a, S, C, y, group = NULL) {
  d <- data.frame(C, y = y); S <- as.matrix(S); k <- ncol(S)
  fa <- lm(S ~ a + ., data = C); fy <- lm(y ~ a + S + ., data = d); ft <- lm(y ~ a + ., data = d)
  alpha <- if (k == 1) coef(fa)["a"] else coef(fa)["a", ]; beta <- coef(fy)[2 + 1:k]; term <- alpha * beta
  e <- c(coef(ft)["a"], coef(fy)["a"], sum(term), term); if (!is.null(group)) e <- c(e, sapply(unique(group), function(g) sum(term[group == g])))
  put(paste0(name, "_effect"), e); put(paste0(name, "_alpha"), alpha); put(paste0(name, "_beta"), beta); put(paste0(name, "_n"), length(y))
  # sensitivity, one term at a time
  B <- model.matrix(ft); V <- crossprod(resid(fa)) / fa$df.residual * solve(crossprod(B))[2, 2]; vb <- vcov(fy)
  rss <- function(f) sum(resid(f)^2); tss <- function(v) sum((v - mean(v))^2)
  sd_y <- within(y, a); r <- list(rho = c(), tilde = c(), e = c(), e_limit = c(), at = c(), se = c())
  for (j in 1:k) {
    rest <- S[, -j, drop = FALSE]; fm <- lm(S[, j] ~ a + rest + ., data = C); f0 <- lm(y ~ a + rest + ., data = d)
    rho <- cor(resid(fm), resid(f0)); r$rho <- c(r$rho, rho)
    r$tilde <- c(r$tilde, rho^2 * rss(fm) / tss(S[, j]) * rss(fy) / tss(y))
    se <- sqrt(beta[j]^2 * V[j, j] + alpha[j]^2 * vb[2 + j, 2 + j]); r$se <- c(r$se, se)
    E <- function(RR) { RR <- max(RR, 1 / RR); RR + sqrt(RR * (RR - 1)) }
    lr <- .91 * term[j] / sd_y; near <- lr - base::sign(lr) * 1.78 * se / sd_y
    r$e <- c(r$e, E(exp(lr))); r$e_limit <- c(r$e_limit, if (near * lr <= 0) 1 else E(exp(near)))
    r$at <- c(r$at, alpha[j] * (beta[j] - sqrt(rss(fy) / rss(fm)) * .3 / sqrt(1 - .09)))
  }
  for (q in names(r)) put(paste(name, q, sep = "_"), r[[q]])
}
y <- score_at("w8"); y0 <- score_at("baseline"); all <- unlist(channel, use.names = FALSE)
M <- sapply(all, value, v = "w4")
base <- sapply(names(channel), score, v = "baseline")
C <- data.frame(mediterranean, y0, base, age = people$age, female = people$female, site)
k <- complete.cases(M, y, C)
group <- rep(seq_along(channel), lengths(channel))
S <- sapply(names(channel), function(c) {
  m <- channel[[c]]; if (length(m) == 1) return(M[k, m])
  rowMeans(sapply(m, function(j) sgn(j) * M[k, j] / sqrt(sum(resid(lm(M[k, j] ~ multistrain[k]))^2) / (sum(k) - 2))))
})
effects("component", multistrain[k], S, droplevels(C[k, ]), y[k])
M0 <- sapply(all, value, v = "baseline"); C2 <- data.frame(y0, M0, age = people$age, female = people$female, site)
k <- complete.cases(M, y, C2) & arm %in% c("placebo", "both")
effects("arms", as.numeric(arm[k] == "both"), M[k, ], droplevels(C2[k, ]), y[k], group)

# ---- arrows ----
genes <- read.delim(file.path(folder, "genes.tsv"), row.names = 1)
step <- list("K00626", "K00074", "K01715", c("K00248", "K00209"), list(c("K01034", "K01035"), "K19709", c("K00634", "K00929")))
alternative <- function(g, x) mean(x[unlist(g)])
share <- sapply(names(genes), function(s) {
  x <- setNames(genes[[s]], rownames(genes)); v <- sapply(step, function(a) max(sapply(a, alternative, x = x)))
  if (mean(v > 0) < .66) 0 else median(v[v > 0]) / sum(x)
})
function_at <- function(v) {
  x <- log(ifelse(share > 0, share, min(share[share > 0]) / 2)); who <- samples[match(names(share), samples$sample), ]; k <- who$visit == v
  as.numeric(x)[k][match(id, who$id[k])]
}
val <- function(what, v) if (what == "hamd17") score_at(v) else if (what == "butyrate_synthesis") function_at(v) else score(what, v)
equation <- function(target, visit, parents = c(), when = c(), more = NULL) {
  d <- data.frame(target = val(target, visit), multistrain, mediterranean)
  for (p in seq_along(parents)) d[[parents[p]]] <- val(parents[p], when[p])
  for (p in parents) d[[paste0(p, "_0")]] <- val(p, "baseline")
  if (!(target %in% parents)) d$own_0 <- val(target, "baseline")
  d$site <- site; if (!is.null(more)) d <- cbind(d, people[more])
  k <- complete.cases(d); f <- lm(target ~ ., data = d); s <- summary(f)$coefficients; ci <- confint(f)
  sd <- function(x) within(x[k], arm[k])
  for (p in c("multistrain", "mediterranean", parents)) {
    by <- (if (p %in% parents) sd(d[[p]]) else 1) / sd(d$target)
    put(paste(p, target, sep = "->"), c(s[p, 1:2], ci[p, ], s[p, 4], by * c(s[p, 1], ci[p, ]), sum(k)))
  }
}
equation("butyrate_synthesis", "w4")
equation("metabolites", "w4", "butyrate_synthesis", "w4")
equation("barrier_channel", "w8", "metabolites", "w4")
equation("immune_channel", "w8", c("metabolites", "barrier_channel"), c("w4", "w4"))
equation("hpa", "w4", "hamd17", "w2", c("age", "female"))
equation("vagal", "w4")
equation("neurotrophic", "w8", "metabolites", "w4")
five <- c("immune_channel", "hpa", "vagal", "neurotrophic", "metabolites")
equation("hamd17", "w8", five, rep("w4", 5), c("age", "female"))
cat(paste0('{\n  "made_by": "', R.version.string, ', tests/reference/mechanism.R",\n'), paste0('  "', names(out), '": ', unlist(out), collapse = ",\n"), "\n}\n", sep = "")
