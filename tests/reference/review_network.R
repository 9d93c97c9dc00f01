# Witness values of tests/cli/nma.sh: R 4.2.2, netmeta 3.3-1, meta 8.2-1, metafor 3.8-1.
# REML is metafor's rma.mv: netmeta 3.3-1 gives tau² .030676 here, whose restricted likelihood is .207 below the optimum.
#   Rscript tests/reference/review_network.R examples/depression-network/contrasts.csv > tests/reference/review_network.json
suppressMessages({library(netmeta); library(metafor); library(jsonlite)})
d <- read.csv(commandArgs(TRUE)[1])
out <- list()
for (method in "DL") {
  n <- netmeta(lnOR, selnOR, treat1, treat2, study, data = d, sm = "OR", reference.group = "Placebo", method.tau = method,
               tol.multiarm = 0.05, details.chkmultiarm = FALSE, small.values = "undesirable")
  c <- netcomb(n, inactive = "Placebo")
  s <- netsplit(n)
  k <- which(s$comparison == "Hypericum:SSRI")
  rank <- netrank(n, small.values = "undesirable")$ranking.random
  out[[tolower(method)]] <- list(
    tau2 = n$tau2, q = n$Q, q_df = n$df.Q, ssri = n$TE.random["SSRI", "Placebo"], ssri_se = n$seTE.random["SSRI", "Placebo"],
    ssri_common = n$TE.common["SSRI", "Placebo"], pi_lower = n$lower.predict["SSRI", "Placebo"], p_score = rank[["SSRI"]],
    within = n$Q.heterogeneity, between = n$Q.inconsistency,
    component_ssri = unname(c$Comp.random[which(c$comps == "SSRI")]), component_ssri_se = unname(c$seComp.random[which(c$comps == "SSRI")]),
    component_q = c$Q.additive, difference = c$Q.diff, difference_df = c$df.Q.diff,
    split_direct = s$direct.random$TE[k], split_indirect = s$indirect.random$TE[k], split_p = s$compare.random$p[k])
  C <- c$C.matrix
  C <- cbind(C, "Face-to-face interpsy*SSRI" = C[, "Face-to-face interpsy"] * C[, "SSRI"])
  i <- netcomb(n, C.matrix = C)
  out[[tolower(method)]]$interaction <- unname(i$Comp.random[ncol(C)])
  out[[tolower(method)]]$interaction_se <- unname(i$seComp.random[ncol(C)])
  out[[tolower(method)]]$interaction_q <- i$Q.additive
}
one <- function(e, a, b, column) e[[column]][(e$treat1 == a & e$treat2 == b) | (e$treat1 == b & e$treat2 == a)]
X <- NULL; y <- study <- arm <- c(); V <- list()
treatments <- setdiff(sort(unique(c(d$treat1, d$treat2))), "Placebo")
for (s in unique(d$study)) {
  e <- d[d$study == s, ]
  arms <- sort(unique(c(e$treat1, e$treat2)))
  base <- arms[1]; other <- arms[-1]; m <- length(other)
  v <- function(a, b) if (a == b) 0 else one(e, a, b, "selnOR")^2
  V[[s]] <- outer(1:m, 1:m, Vectorize(function(i, j) (v(other[i], base) + v(other[j], base) - v(other[i], other[j])) / 2))
  for (i in 1:m) {
    sign <- if (any(e$treat1 == other[i] & e$treat2 == base)) 1 else -1
    y <- c(y, sign * one(e, other[i], base, "lnOR"))
    X <- rbind(X, (treatments == other[i]) - (treatments == base))
    study <- c(study, s); arm <- c(arm, i)
  }
}
r <- rma.mv(y, bldiag(V), mods = X, intercept = FALSE, random = ~ factor(arm) | study, rho = 1 / 2, struct = "CS",
            control = list(rel.tol = 1e-10))
ssri <- which(treatments == "SSRI")
out$reml <- list(tau2 = r$tau2, loglik = as.numeric(logLik(r)), ssri = r$b[ssri], ssri_se = r$se[ssri])
cat(toJSON(out, auto_unbox = TRUE, digits = NA, pretty = TRUE, always_decimal = TRUE), "\n")
