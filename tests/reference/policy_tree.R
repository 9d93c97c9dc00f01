# Trees of policytree 1.2.5 (its import of grf taken away: no forest is grown) on fixed rewards: value, and who gets what.
# Rscript policy_tree.R [LIBRARY_WITH_policytree] > policy_tree.json
suppressMessages({library(policytree, lib.loc = commandArgs(TRUE)[1]); library(jsonlite)})
# root = FALSE: policytree asks twice for one feature where once does, and does not put such leaves together.
# numbers that C makes too: no generator of R is needed
uniform <- function(seed, n) { x <- numeric(n); for (i in seq_len(n)) { seed <- (seed * 16807) %% 2147483647; x[i] <- seed / 2147483647 }; x }
cases <- list(
  list(seed = 11, n = 300, p = 4, arms = 2, depth = 1, levels = 0, min = 1),
  list(seed = 12, n = 300, p = 4, arms = 3, depth = 2, levels = 0, min = 1),
  list(seed = 13, n = 200, p = 5, arms = 4, depth = 2, levels = 7, min = 1),
  list(seed = 14, n = 200, p = 4, arms = 3, depth = 2, levels = 0, min = 17),
  list(seed = 15, n = 150, p = 3, arms = 2, depth = 2, levels = 5, min = 20, root = FALSE),
  list(seed = 16, n = 60,  p = 3, arms = 3, depth = 3, levels = 0, min = 1),
  list(seed = 17, n = 90,  p = 3, arms = 2, depth = 3, levels = 6, min = 8))
out <- lapply(cases, function(k) {
  u <- uniform(k$seed, k$n * (k$p + k$arms))
  x <- matrix(u[seq_len(k$n * k$p)], k$n)
  if (k$levels) x <- floor(x * k$levels)
  r <- matrix(u[-seq_len(k$n * k$p)], k$n) - 0.5
  r[, 2] <- r[, 2] + ifelse(x[, 1] > median(x[, 1]), 0.2, -0.2)
  tree <- policy_tree(x, r, depth = k$depth, min.node.size = k$min, verbose = FALSE)
  arm <- predict(tree, x)
  root <- tree$nodes[[1]]
  c(k, list(value = mean(r[cbind(seq_len(k$n), arm)]), arm = arm - 1,
            root_feature = if (isFALSE(k$root)) -1 else root$split_variable - 1, root_cut = if (isFALSE(k$root)) 0 else root$split_value))
})
write_json(list(made_with = paste("policytree", packageVersion("policytree", lib.loc = commandArgs(TRUE)[1])), cases = out), stdout(), digits = 17, auto_unbox = TRUE)
