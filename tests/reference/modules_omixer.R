# Coverage and abundance of modules by omixer-rpm 1.1 itself (Java), on tables simulated here, on random modules and on the
# modules of this project: Rscript modules_omixer.R OMIXER-RPM.JAR > modules_omixer.json, from this folder.
suppressMessages(library(jsonlite))
jar <- commandArgs(TRUE)[1]
set.seed(15)
at <- tempfile("omixer"); dir.create(at)

random_module <- function(k) {
  step <- function() paste(replicate(sample(1:3, 1), paste(sprintf("G%02d", sample(40, sample(1:3, 1))), collapse = ",")),
                           collapse = "\t")
  c(sprintf("R%02d\trandom %d", k, k), replicate(sample(1:6, 1), step()), "///")
}
random <- unlist(lapply(1:40, random_module))
ours <- grep("^#|^$", readLines("../../src/panel/modules.txt"), value = TRUE, invert = TRUE)
heads <- function(text) c(1, head(which(text == "///"), -1) + 1)
genes_of <- function(text) sort(unique(unlist(strsplit(setdiff(text[-heads(text)], "///"), "[\t,]"))))
amounts <- function(genes, n, present) {
  x <- matrix(round(rgamma(length(genes) * n, .8, scale = 20), 3) * rbinom(length(genes) * n, 1, present), length(genes))
  dimnames(x) <- list(genes, paste0("S", seq_len(n))); x
}
write_tab <- function(d, name) { f <- file.path(at, name); write.table(d, f, sep = "\t", quote = FALSE, row.names = FALSE); f }

omixer <- function(input, modules, options) {
  out <- tempfile("out", at)
  text <- file.path(at, "modules.list"); writeLines(modules, text)
  system2("java", c("-jar", jar, "-i", input, "-d", text, "-o", out, "-e", "2", options), stdout = FALSE, stderr = FALSE)
  lapply(c(abundance = "modules.tsv", coverage = "modules-coverage.tsv"),
         function(f) read.delim(file.path(out, f), check.names = FALSE, na.strings = "NaN"))
}
ids <- function(text) sub("\t.*", "", text[heads(text)])
# modules x samples, 0 where the tool prints no row; NA where it prints NaN
matrix_of <- function(d, id, sample) {
  x <- matrix(0, length(id), length(sample), dimnames = list(id, sample))
  x[as.character(d$Module), ] <- as.matrix(d[, sample]); x
}
# The tool's minimum goes wrong within the first present step (the last present subunit of a complex stands, not the least):
# its runs of `min` get a first step of one gene that is in every sample and larger than all others.
guarded <- function(modules) { at <- heads(modules); modules[at] <- paste0(modules[at], "\nGUARD"); unlist(strsplit(modules, "\n")) }

plain <- function(modules, x) {
  input <- write_tab(data.frame(entry = rownames(x), x), "matrix.tsv")
  id <- ids(modules); runs <- list()
  for (s in c("median", "average", "sum", "min")) for (n in c("", "-n")) {
    min <- s == "min"
    if (min) input <- write_tab(data.frame(entry = c("GUARD", rownames(x)), rbind(1e9, x)), "matrix.tsv")
    got <- omixer(input, if (min) guarded(modules) else modules, c("-s", s, n, "-c", "0"))
    if (min) got$abundance[got$abundance == 1e9] <- 0 # the guard alone
    runs[[paste0(s, if (n == "") "" else "_normalised")]] <- as.vector(t(matrix_of(got$abundance, id, colnames(x))))
    if (!min) cover <- matrix_of(got$coverage, id, colnames(x))
  }
  input <- write_tab(data.frame(entry = rownames(x), x), "matrix.tsv")
  cut <- omixer(input, modules, c("-c", "0.66"))
  list(modules = paste0(paste(modules, collapse = "\n"), "\n"), gene = rownames(x), sample = colnames(x),
       amount = as.vector(t(x)), coverage = as.vector(t(cover)), abundance = runs,
       cut_at_066 = as.vector(t(matrix_of(cut$abundance, id, colnames(x)))))
}
# taxon by taxon; rows of those that reach the cut-off
by_taxon <- function(modules) {
  taxa <- c("A", "B", "C", "D"); genes <- genes_of(modules)
  d <- do.call(rbind, lapply(taxa, function(t) { x <- amounts(genes, 3, .6)
    data.frame(taxon = t, entry = genes, x)[rowSums(x) > 0, ] }))
  got <- omixer(write_tab(d, "taxon.tsv"), modules, c("-a", "2", "-c", "0.66"))
  list(modules = paste0(paste(modules, collapse = "\n"), "\n"), taxa = taxa, taxon = d$taxon, gene = d$entry,
       amount = as.vector(t(as.matrix(d[, 3:5]))),
       part = list(taxon = got$abundance[[1]], module = got$abundance[[2]],
                   abundance = as.vector(t(as.matrix(got$abundance[, c("S1", "S2", "S3")])))))
}
write_json(list(made_with = "omixer-rpm 1.1", random = plain(random, amounts(sprintf("G%02d", 1:40), 5, .5)),
                ours = plain(ours, amounts(genes_of(ours), 6, .7)), strata = by_taxon(ours)),
           stdout(), digits = 17, auto_unbox = TRUE, na = "null")
