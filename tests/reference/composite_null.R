# Witness of vg_composite_null and vg_composite_fdr: null_estimation and fdr_est of HDMT 1.0.5 (with fdrtool 1.2.17, qvalue 2.30.0), its code
# loaded from a folder: Rscript tests/reference/composite_null.R HDMT_FOLDER [R_LIBRARY] > tests/reference/composite_null.json
# The p-values are made by the same recipe in test_composite_null.c.
a <- commandArgs(TRUE); if (length(a) > 1) .libPaths(c(a[2], .libPaths()))
suppressMessages({library(fdrtool); library(qvalue); library(jsonlite)})
for (f in c("null_estimation", "fdr_est")) source(file.path(a[1], "R", paste0(f, ".R")))
uniform <- function() { state <<- (16807 * state) %% 2147483647; state / 2147483647 }
pairs <- function(m, seed, both, only_a, only_b, power) { # shares of features with both arrows, α only, β only
    state <<- seed
    t(sapply(1:m, function(i) { kind <- i / m; u <- uniform(); v <- uniform()
        has_a <- kind <= both + only_a; has_b <- kind <= both || (kind > both + only_a && kind <= both + only_a + only_b)
        c(if (has_a) u^power else u, if (has_b) v^power else v) }))
}
case <- function(...) {
    p <- pairs(...); s <- null_estimation(p)
    rate <- function(exact) pmin(do.call(fdr_est, c(s[c("alpha00", "alpha01", "alpha10", "alpha1", "alpha2")], list(input_pvalues = p, exact = exact))), 1)
    list(both = s$alpha00, beta_absent = s$alpha10, alpha_absent = s$alpha01, alpha_null = s$alpha1, beta_null = s$alpha2,
         asymptotic = rate(0), adjusted = if (nrow(p) >= 200) rate(1))
}
cat(toJSON(list(mixed = case(400, 1, .1, .2, .1, 8), alpha_only = case(300, 2, 0, .3, 0, 6), none = case(250, 3, 0, 0, 0, 1),
                strong = case(600, 4, .3, .3, .3, 10), few = case(60, 5, .2, .3, .1, 6)), digits = 14, auto_unbox = TRUE), "\n")
