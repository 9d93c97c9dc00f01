# Makes panel_vegan.json: R 4.2.2, vegan 2.6-4, ape 5.7, GUniFrac 1.7.
# Data: dune and dune.env (Jongman, ter Braak & van Tongeren 1987; in vegan); simulated counts with many rare features.
suppressMessages({library(vegan); library(jsonlite); library(ape); library(GUniFrac)})
data(dune); data(dune.env)
m <- as.matrix(dune); dimnames(m) <- NULL
env <- dune.env; env$Management <- as.character(env$Management)
v <- function(method, x = m, ...) as.vector(vegdist(x, method, ...))
out <- list(made_with = list(R = as.character(getRversion()), vegan = as.character(packageVersion("vegan")),
                             GUniFrac = as.character(packageVersion("GUniFrac"))))
out$dune <- as.vector(m)
out$env <- list(A1 = env$A1, Management = env$Management, Use = as.character(env$Use))
out$vegdist <- list(bray = v("bray"), jaccard = v("jaccard", binary = TRUE), jaccard_quantitative = v("jaccard"),
  euclidean = v("euclidean"), manhattan = v("manhattan"), canberra = v("canberra"), hellinger = v("hellinger"),
  chord = v("chord"), aitchison_1 = v("aitchison", pseudocount = 1), aitchison_half = v("aitchison", pseudocount = .5),
  robust = v("robust.aitchison"))
p <- m / rowSums(m)
kl <- function(a, b) sum(ifelse(a > 0, a * log(a / b), 0))
js <- outer(1:20, 1:20, Vectorize(function(i, j) { q <- (p[i,] + p[j,]) / 2; sqrt((kl(p[i,], q) + kl(p[j,], q)) / 2) }))
out$vegdist$jensen_shannon <- js[lower.tri(js)]
out$decostand <- list(clr_1 = as.vector(decostand(m, "clr", pseudocount = 1)), rclr = as.vector(decostand(m, "rclr")),
  total = as.vector(decostand(m, "total")), hellinger = as.vector(decostand(m, "hellinger")),
  normalize = as.vector(decostand(m, "normalize")))
out$diversity <- list(shannon = diversity(m), simpson = diversity(m, "simpson"), invsimpson = diversity(m, "invsimpson"))

set.seed(20)
counts <- t(sapply(1:12, function(i) { w <- exp(rnorm(40, 0, 2.2)); as.vector(rmultinom(1, 150 + 60 * i, w / sum(w))) }))
out$counts <- as.vector(counts)
out$estimateR <- as.vector(t(estimateR(counts)))
out$rarefy <- as.vector(sapply(c(20, 75, 150), function(s) rarefy(counts, s)))
# Chao et al. 2014 by direct sums
hill1 <- function(x, m) { n <- sum(x); x <- x[x > 0]; k <- 1:m
  f <- sapply(k, function(j) sum(dhyper(j, x, n - x, m))); exp(-sum(k / m * log(k / m) * f)) }
coverage <- function(x, m) { n <- sum(x); x <- x[x > 0]; 1 - sum(x / n * exp(lchoose(n - x, m) - lchoose(n - 1, m))) }
out$hill1 <- as.vector(sapply(c(20, 75, 150), function(s) apply(counts, 1, hill1, m = s)))
out$coverage_rarefied <- as.vector(sapply(c(20, 75, 150), function(s) apply(counts, 1, coverage, m = s)))
f12 <- function(x) c(sum(x == 1), sum(x == 2))
A <- function(x) { f <- f12(x); n <- sum(x); f0 <- if (f[2] > 0) (n - 1) / n * f[1]^2 / 2 / f[2] else (n - 1) / n * f[1] * (f[1] - 1) / 2
  if (f[1] > 0) n * f0 / (n * f0 + f[1]) else 1 }
out$coverage <- apply(counts, 1, function(x) 1 - f12(x)[1] / sum(x) * A(x))
asymptotic <- function(x) { f <- f12(x); n <- sum(x); x <- x[x > 0]
  a <- if (f[2] > 0) 2 * f[2] / ((n - 1) * f[1] + 2 * f[2]) else if (f[1] > 0) 2 / ((n - 1) * (f[1] - 1) + 2) else 1
  h <- sum(x / n * sapply(x, function(k) if (k < n) sum(1 / (k:(n - 1))) else 0))
  if (f[1] == 0 || a == 1) return(exp(h))
  r <- n:(n + 20000); exp(h + f[1] / n * sum((1 - a)^(r - n + 1) / r)) }
extrapolate <- function(x, q, m) { n <- sum(x); f <- f12(x); p <- x[x > 0] / n
  obs <- if (q == 0) sum(x > 0) else exp(-sum(p * log(p)))
  asy <- if (q == 0) obs + (n - 1) / n * (if (f[2] > 0) f[1]^2 / 2 / f[2] else f[1] * (f[1] - 1) / 2) else asymptotic(x)
  before <- if (q == 0) rarefy(x, n - 1)[[1]] else hill1(x, n - 1)
  b <- if (asy > obs) (obs - before) / (asy - before) else 0
  obs + (asy - obs) * (1 - (1 - b)^(m - n)) }
out$extrapolated_0 <- apply(counts, 1, function(x) extrapolate(x, 0, 1.5 * sum(x) - (sum(x) %% 2) / 2))
out$extrapolated_1 <- apply(counts, 1, function(x) extrapolate(x, 1, 1.5 * sum(x) - (sum(x) %% 2) / 2))

tree <- rtree(40); colnames(counts) <- tree$tip.label
u <- suppressWarnings(GUniFrac(counts, tree, alpha = c(0, .3, .5, 1))$unifracs)
low <- function(d) { d <- as.matrix(d); d[lower.tri(d)] }
out$tree <- list(newick = write.tree(tree, digits = 17), tip = tree$tip.label, edge = as.vector(tree$edge - 1), length = tree$edge.length)
prop <- counts / rowSums(counts)
below <- lapply(tree$edge[, 2], function(node) if (node <= 40) node else
  which(sapply(1:40, function(k) { a <- k; while (a != 41 && a != node) a <- tree$edge[tree$edge[, 2] == a, 1]; a == node })))
P <- sapply(below, function(b) rowSums(prop[, b, drop = FALSE]))
wu <- outer(1:12, 1:12, Vectorize(function(i, j) sum(tree$edge.length * abs(P[i,] - P[j,]))))
out$unifrac <- list(unweighted = low(u[, , "d_UW"]), normalised = low(u[, , "d_1"]), half = low(u[, , "d_0.5"]),
  third = low(u[, , "d_0.3"]), weighted = wu[lower.tri(wu)])
out$faith <- apply(P > 0, 1, function(x) sum(tree$edge.length[x]))

d <- vegdist(m)
tab <- function(a) list(df = a$Df, ss = a$SumOfSqs, r2 = a$R2, f = a$F)
out$adonis <- list(
  management = tab(adonis2(d ~ Management, env, permutations = 9)),
  terms = tab(adonis2(d ~ A1 + Management, env, permutations = 9)),
  margin = tab(adonis2(d ~ A1 + Management, env, permutations = 9, by = "margin")),
  overall = tab(adonis2(d ~ A1 + Management, env, permutations = 9, by = NULL)),
  interaction = tab(adonis2(d ~ A1 * Use + Management, env, permutations = 9)),
  interaction_margin = tab(adonis2(d ~ A1 * Use + Management, env, permutations = 9, by = "margin")))
centroid <- betadisper(d, env$Management, type = "centroid")
an <- anova(centroid)
out$centroid <- list(distances = unname(centroid$distances), f = an$F[1], p = an$`Pr(>F)`[1])
loose <- betadisper(d, env$Management)
# vegan's spatial medians stop at optim's default tolerance; here Weiszfeld's iteration is run to 1e-15.
med <- function(X) { c <- colMeans(X); for (i in 1:100000) { w <- 1 / sqrt(rowSums(sweep(X, 2, c)^2)); n <- colSums(X * w) / sum(w)
  if (max(abs(n - c)) < 1e-16) break; c <- n }; c }
V <- loose$vectors; pos <- loose$eig > 0; z <- numeric(20)
for (g in unique(env$Management)) { k <- env$Management == g
  a <- rowSums(sweep(V[k, pos], 2, med(V[k, pos]))^2); b <- rowSums(sweep(V[k, !pos], 2, med(V[k, !pos]))^2); z[k] <- sqrt(a - b) }
an <- anova(lm(z ~ env$Management))
out$median <- list(distances = z, f = an$F[1], p = an$`Pr(>F)`[1], vegan_distances = unname(loose$distances))
w <- wcmdscale(d, eig = TRUE)
out$pcoa <- list(eig = w$eig, points = as.vector(abs(w$points)), lingoes = wcmdscale(d, eig = TRUE, add = "lingoes")$ac,
  cailliez = wcmdscale(d, eig = TRUE, add = "cailliez")$ac, lingoes_eig = wcmdscale(d, eig = TRUE, add = "lingoes")$eig)
b <- dbrda(d ~ A1 + Management, env); cs <- capscale(d ~ A1 + Management, env); pb <- dbrda(d ~ Management + Condition(A1), env)
pc <- capscale(d ~ Management + Condition(A1), env)
out$dbrda <- list(total = b$tot.chi, constrained = b$CCA$tot.chi, eig = unname(b$CCA$eig), sites = as.vector(abs(b$CCA$wa %*% diag(sqrt(b$CCA$eig)))), residual = unname(b$CA$eig),
  capscale_total = cs$tot.chi, capscale_constrained = cs$CCA$tot.chi, capscale_eig = unname(cs$CCA$eig), capscale_sites = as.vector(abs(cs$CCA$wa %*% diag(sqrt(cs$CCA$eig)))), capscale_residual = unname(cs$CA$eig),
  partial_eig = unname(pb$CCA$eig), partial_conditioned = pb$pCCA$tot.chi, partial_capscale_eig = unname(pc$CCA$eig),
  capscale_conditioned = pc$pCCA$tot.chi)
set.seed(1); out$nmds_stress <- metaMDS(d, trymax = 60, trace = 0, autotransform = FALSE)$stress
# p values of 19,999 permutations stand in test_panel_permanova.c: set.seed(4); adonis2(d ~ A1 + Management, env, permutations = 19999);
# set.seed(5); permutest(centroid, permutations = 19999); adonis2(d ~ Management, env, permutations = how(nperm = 19999, blocks = env$Use))
write_json(out, "panel_vegan.json", digits = NA, auto_unbox = TRUE)
# and of reduced models (seeds 11 to 14, 16; B = 19999, env$Use a plain factor): anova(dbrda(d ~ Management + Condition(A1), env), permutations = B,
# model = "reduced"); the same with A1 + Condition(Management); with Use + Management + Condition(A1), by = "terms"; with A1 + Condition(Management) and
# permutations = how(nperm = B, blocks = env$Use); with Use + Condition(A1 + Management). Seed 15: A1 + Condition(Management), model = "direct".
# Seed 17: Management + Condition(A1), permutations = how(nperm = B, plots = Plots(gl(10, 2), type = "free"), within = Within("none")).
