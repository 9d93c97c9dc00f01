# Modules by taxon in mdd_metagenome_signatures (gene × genus, gene × species), scored here from the definitions: coverage,
# community and taxa, effective contributors, Tian's redundancy. Rscript modules_mdd.R VAGUS_DATA > modules_mdd.json
suppressMessages(library(jsonlite))
folder <- file.path(commandArgs(TRUE)[1], "mdd_metagenome_signatures")
modules <- list(
  BUT = list(list("Butyryl-CoA_dehydrogenase"), list("Butyrate_kinase", "Phosphotransbutyrylase")),
  GABA = list(list("Glutamate_decarboxylase")),
  TRP = list(list(c("Tryptophan_synthase_alpha", "Tryptophan_synthase_beta"))),
  GLU = list(list("Glutamine_synthetase"), list(c("Glutamate_synthase_gltB", "Glutamate_synthase_gltD"))),
  QUIN = list(list("L-aspartate_oxidase"), list("Quinolinate_synthase")))
score <- function(module, x) { # x: named amounts
  of <- function(g) ifelse(is.na(x[g]), 0, x[g])
  v <- sapply(module, function(step) max(sapply(step, function(a) mean(of(a)))))
  covered <- mean(v > 0)
  c(covered, if (covered >= .66) median(v[v > 0]) else 0)
}
redundancy <- function(module, x) { # x: taxa × genes
  genes <- intersect(unique(unlist(module)), colnames(x)); total <- rowSums(x)
  g <- x[total > 0, genes, drop = FALSE] / total[total > 0]; p <- total[total > 0]
  keep <- rowSums(g) > 0; g <- g[keep, , drop = FALSE]; p <- p[keep]
  if (!length(p)) return(NA)
  p <- p / sum(p)
  d <- outer(seq_along(p), seq_along(p), Vectorize(function(i, j) 1 - sum(pmin(g[i, ], g[j, ])) / sum(pmax(g[i, ], g[j, ]))))
  td <- 1 - sum(p^2); fd <- sum(d * outer(p, p))
  if (td > 0) (td - fd) / td else NA
}
one <- function(file) {
  d <- read.delim(file.path(folder, file), check.names = FALSE, quote = "")
  at <- regexpr(",[^,]*$", d$signature)
  gene <- substr(d$signature, 1, at - 1); taxon <- substring(d$signature, at + 1)
  values <- as.matrix(d[, grep("^(HC|PwD)_", names(d))])
  taxa <- unique(taxon); genes <- unique(gene)
  out <- lapply(names(modules), function(m) {
    rows <- apply(values, 2, function(v) {
      x <- matrix(0, length(taxa), length(genes), dimnames = list(taxa, genes)); x[cbind(taxon, gene)] <- v
      community <- score(modules[[m]], colSums(x))
      part <- apply(x, 1, function(t) score(modules[[m]], t)[2])
      c(community, sum(part), if (sum(part) > 0) 1 / sum((part / sum(part))^2) else 0, redundancy(modules[[m]], x))
    })
    list(coverage = rows[1, ], community = rows[2, ], taxa = rows[3, ], contributors = rows[4, ], redundancy = rows[5, ])
  })
  names(out) <- names(modules)
  lapply(out, function(m) lapply(m, function(v) unname(v[c(1, 2, 3, 40, 60, 74)])))
}
text <- paste0(sapply(names(modules), function(m) paste0(m, "\t", m, "\n", paste0(sapply(modules[[m]], function(step)
  paste(sapply(step, paste, collapse = ","), collapse = "\t")), "\n", collapse = ""), "///\n")), collapse = "")
write_json(list(made_with = paste("R", getRversion()), modules = text, sample = c(1, 2, 3, 40, 60, 74) - 1,
                genus = one("gene_by_genus.tsv"), species = one("gene_by_species.tsv")), stdout(), digits = 17, auto_unbox = TRUE, na = "null")
