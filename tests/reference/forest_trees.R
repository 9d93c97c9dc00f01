# Forests of grf as lists: what forest.R and forest_survival.R write. Sourced by them.
library(grf)
library(jsonlite)

tree_of <- function(forest, index, with_rows) {
    tree <- get_tree(forest, index)
    nodes <- lapply(tree$nodes, function(node) {
        if (node$is_leaf) return(if (with_rows) list(leaf = TRUE, rows = I(as.integer(node$samples) - 1L)) else list(leaf = TRUE))
        list(leaf = FALSE, column = node$split_variable - 1L,
             # a cut at NaN: missing values alone on the left
             cut = if (is.nan(node$split_value)) NULL else node$split_value,
             missing_left = node$send_missing_left,
             left = node$left_child - 1L, right = node$right_child - 1L)
    })
    list(nodes = nodes, drawn = I(sort(as.integer(tree$drawn_samples)) - 1L))
}
trees_of <- function(forest, with_rows) lapply(seq_len(forest[["_num_trees"]]), function(i) tree_of(forest, i, with_rows))

columns <- function(m) lapply(seq_len(ncol(m)), function(j) I(m[, j]))
case <- function(name, kind, forest, x, y, extra = list(), predict_it = TRUE) {
    result <- c(list(name = name, kind = kind, x = columns(x), y = I(y), trees = trees_of(forest, predict_it)), extra)
    if (predict_it) {
        by_weights <- kind %in% c("quantile", "survival", "hazard")
        p <- if (by_weights) predict(forest) else predict(forest, estimate.variance = TRUE)
        result$estimate <- columns(matrix(as.numeric(unlist(p$predictions)), nrow = nrow(x)))
        if (!is.null(p$debiased.error) && !all(is.na(p$debiased.error))) {
            result$debiased <- I(p$debiased.error)
            result$excess <- I(p$excess.error)
        }
        if (!by_weights)
            result$variance <- columns(matrix(as.numeric(unlist(p$variance.estimates)), nrow = nrow(x)))
    }
    result
}
