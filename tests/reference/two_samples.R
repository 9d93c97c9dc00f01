# Witness of vg_welch and vg_rank_sum: t.test and wilcox.test. Rscript tests/reference/two_samples.R > tests/reference/two_samples.json
# wilcox.test looks for its limits and its estimate by uniroot to 1e-4; here to the last digit. Where the equation for the
# estimate holds on a whole range uniroot ends anywhere in it: the median of all differences is its middle.
num <- function(v) paste0("[", paste(sprintf("%.17g", v), collapse = ", "), "]")
one <- function(name, x, y, level = 0.95) {
  t <- if (length(x) > 1 && length(y) > 1) t.test(x, y, conf.level = level)
  w <- suppressWarnings(wilcox.test(x, y, conf.int = TRUE, conf.level = level, tol.root = 1e-15))
  exact <- !grepl("continuity", w$method)
  if (!exact) { # a limit by uniroot lies within rounding of a difference that was seen
    d <- sort(outer(x, y, "-")); seen <- function(v) d[which.min(abs(d - v))]
    limits <- vapply(w$conf.int, seen, 0); stopifnot(max(abs(limits - w$conf.int)) < 1e-9)
    middle <- median(d); below <- max(d[d <= middle]); above <- min(d[d >= middle])
    stopifnot(w$estimate > below - 1e-9, w$estimate < above + 1e-9); estimate <- middle
  } else { limits <- w$conf.int; estimate <- w$estimate }
  welch <- if (is.null(t)) "" else sprintf(', "welch": {"estimate": %.17g, "se": %.17g, "df": %.17g, "t": %.17g, "p": %.17g, "interval": %s}',
    mean(x) - mean(y), t$stderr, t$parameter, t$statistic, t$p.value, num(t$conf.int))
  sprintf('"%s": {"x": %s, "y": %s, "level": %.17g%s,\n  "rank_sum": {"exact": %s, "w": %.17g, "p": %.17g, "estimate": %.17g, "interval": %s, "achieved": %.17g}}',
    name, num(x), num(y), level, welch, tolower(exact), w$statistic, w$p.value, estimate, num(limits), attr(w$conf.int, "conf.level"))
}
set.seed(20)
permeability_1 <- c(0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46)  # Hollander & Wolfe 1973, p. 69
permeability_0 <- c(1.15, 0.88, 0.90, 0.74, 1.21)
out <- c(
  one("hollander_wolfe", permeability_1, permeability_0), one("hollander_wolfe_80", permeability_1, permeability_0, 0.8),
  one("sleep", sleep$extra[sleep$group == 2], sleep$extra[sleep$group == 1]),
  one("three_and_three", c(1.1, 2.3, 3.7), c(0.4, 5.2, 6.9)), one("one_and_four", 2.5, c(1, 2, 3, 4.25)),
  one("apart", c(9, 10, 11, 12.5), c(1, 2.25, 3)),
  one("exact_49_and_30", rnorm(49), rnorm(30, 0.4, 2)),
  one("normal_50_and_12", rnorm(50), rnorm(12, -0.5, 3)),
  one("normal_200_and_120", rlnorm(200), rlnorm(120, 0.3)),
  one("scores", pmin(20, rpois(31, 6)), pmin(20, rpois(29, 7))), one("scores_99", rpois(12, 3), rpois(14, 2), 0.99),
  one("two_values", rep(0:1, c(12, 3)), rep(0:1, c(8, 9))), one("shifted_far", 1e6 + rnorm(25), 1e6 + rnorm(35, 1)))
cat('{"made_by": "', R.version.string, '",\n', paste(out, collapse = ",\n"), "}\n", sep = "")
