# Functions of examples/panel-demo from its files: shares by arm and visit, presence, carriers, redundancy; and the change against
# placebo by lme4, compared between functions so that what is subtracted from all of them cancels.
# In tests/reference: Rscript panel_function.R > panel_function.json
suppressMessages({library(jsonlite); library(lme4)})
folder <- "../../examples/panel-demo/"
d <- read.delim(paste0(folder, "ko.tsv"), check.names = FALSE)
sheet <- read.csv(paste0(folder, "samples.csv")); people <- read.csv(paste0(folder, "participants.csv"))
sheet <- sheet[match(names(d)[-1], sheet$sample), ]
sheet$arm <- relevel(factor(people$arm[match(sheet$id, people$id)]), "placebo")
sheet$visit <- factor(sheet$visit, c("baseline", "w4", "w8"))
gene <- sub("\\|.*", "", d$ko); taxon <- sub(".*\\|", "", d$ko); x <- as.matrix(d[, -1])
text <- grep("^#|^$", readLines("../../src/panel/modules.txt"), value = TRUE, invert = TRUE)
ends <- which(text == "///"); begins <- c(1, head(ends, -1) + 1)
modules <- Map(function(b, e) lapply(strsplit(text[(b + 1):(e - 1)], "\t"), strsplit, ","), begins, ends)
names(modules) <- sub("\t.*", "", text[begins])
score <- function(module, a) { # a: genes × samples
  of <- function(g) if (g %in% rownames(a)) a[g, ] else 0 * a[1, ]
  v <- t(sapply(module, function(step) do.call(pmax, lapply(step, function(alt) Reduce(`+`, lapply(alt, of)) / length(alt)))))
  if (length(module) == 1) v <- matrix(v, 1)
  cover <- colMeans(v > 0)
  ifelse(cover >= .66, apply(v, 2, function(s) median(s[s > 0])), 0)
}
community <- rowsum(x, gene); total <- colSums(community)
amount <- t(sapply(modules, score, community)); share <- t(t(amount) / total)
w8 <- sheet$visit == "w8" & sheet$arm == "both"
parts <- lapply(unique(taxon), function(t) t(sapply(modules, score, rowsum(x[taxon == t, , drop = FALSE], gene[taxon == t]))))
names(parts) <- unique(taxon)
all <- Reduce(`+`, parts); own <- lapply(parts, function(p) p / all)
effective <- 1 / Reduce(`+`, lapply(own, function(s) s^2))
redundancy <- function(module, k) {
  genes <- unique(unlist(module)); t <- unique(taxon)
  g <- sapply(genes, function(q) sapply(t, function(z) sum(x[gene == q & taxon == z, k])))
  p <- sapply(t, function(z) sum(x[taxon == z, k])); g <- g / p; keep <- rowSums(g) > 0 & p > 0
  g <- g[keep, , drop = FALSE]; p <- p[keep] / sum(p[keep])
  D <- outer(seq_along(p), seq_along(p), Vectorize(function(i, j) 1 - sum(pmin(g[i, ], g[j, ])) / sum(pmax(g[i, ], g[j, ]))))
  td <- 1 - sum(p^2); (td - sum(D * outer(p, p))) / td
}
geometric <- function(m) { # one sigma over arms and visits, normal quantiles
  cell <- interaction(sheet$arm, sheet$visit); y <- log(share[m, ]); ok <- is.finite(y)
  s <- sqrt(sum((y[ok] - ave(y[ok], cell[ok]))^2) / sum(ok))
  here <- w8 & ok; mean <- mean(y[here])
  1e6 * exp(mean + c(0, -1, 1) * qnorm(.975) * s / sqrt(sum(here)))
}
# log2 CLR of counts + 0.5 × the sample's size (depth and the shift common to genes not seen to move) over the genes that are in a tenth
# of the samples; a function where it is present
genes <- community[rowMeans(community > 0) >= .1, ]
depth <- colSums(genes); common <- rowMeans(genes > 0) >= .5
X <- model.matrix(~ arm * visit, sheet)
shares <- log2(t(genes[common, ]) / depth + .5 / exp(mean(log(depth))))
size <- log2(depth)
for (j in 2:ncol(X)) {
  est <- t(sapply(summary(lm(shares ~ X - 1)), function(s) s$coefficients[j, 1:2])); middle <- median(est[, 1])
  for (round in 1:20) {
    used <- abs(est[, 1] - middle) <= 2.5 * est[, 2]
    if (sum(used) < nrow(est) / 2 || median(est[used, 1]) == middle) break
    middle <- median(est[used, 1])
  }
  size <- size + X[, j] * middle
}
add <- .5 * 2^(size - mean(size))
centre <- colMeans(log2(t(t(genes) + add)))
change <- function(m) {
  y <- log2(amount[m, ] + add) - centre; ok <- amount[m, ] > 0
  f <- lmer(y ~ arm * visit + (1 | id), cbind(sheet, y = y)[ok, ], control = lmerControl(optCtrl = list(xtol_abs = 1e-14, ftol_abs = 1e-16)))
  fixef(f)[["armdiet:visitw8"]]
}
write_json(list(made_with = paste("R", getRversion(), "lme4", packageVersion("lme4")),
  geometric = list(VGM001 = geometric("VGM001"), VGM009 = geometric("VGM009")),
  contributors = mean(effective["VGM001", w8 & all["VGM001", ] > 0]),
  clade_b = mean(own$clade_b["VGM001", w8 & all["VGM001", ] > 0]),
  redundancy = mean(sapply(which(w8), function(k) redundancy(modules$VGM005, k))),
  across = mean(all["VGM012", w8] == 0), present = mean(amount["VGM012", w8] > 0),
  change = list(VGM009_VGM001 = change("VGM009") - change("VGM001"), VGM006_VGM001 = change("VGM006") - change("VGM001"))),
  stdout(), digits = 17, auto_unbox = TRUE)
