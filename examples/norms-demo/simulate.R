# Makes the tables of this folder: a small trial and 160 reference people, measured alike. Simulated; nothing here is evidence.
#   Rscript simulate.R
set.seed(2026)
genera <- c("Bacteroides", "Prevotella", "Faecalibacterium", "Roseburia", "Blautia", "Ruminococcus", "Bifidobacterium",
            "Akkermansia", "Alistipes", "Coprococcus", "Dialister", "Lachnospira")
genes <- c("K01580", "K00823", "K00135", # GABA from glutamate; its degradation: the built-in modules of vagus name them
           "K01667", "K01593", "K01590", # indole, amines, histamine
           "K00626", "K00074", "K01715", "K00248", "K01034", "K01035", # butyrate
           "K00625", "K00925", # acetate
           "K01847", "K05606", "K11264", # propionate
           "K00278", "K03517", # quinolinate
           "K00368", "K00789", # nitric oxide, S-adenosylmethionine
           "K00261", "K13497", "K13498", "K01695", "K01696", "K00453", "K01432", # glutamate, tryptophan, kynurenine
           "K02552", "K02551", "K08680", "K02549", "K01911", "K01661", "K02548", "K03183", # menaquinone
           "K00457", "K00929")
carry <- matrix(rgamma(length(genera) * length(genes), 0.8), length(genera)) # copies of each gene by genus: many genera share them
people <- function(n, ids) data.frame(id = ids, age = round(runif(n, 20, 70)), sex = sample(c("f", "m"), n, TRUE), bmi = round(rnorm(n, 26, 3.5), 1))
samples <- function(p, shift = 0) { # counts of genera and genes, markers; `shift` moves taxa between functional likes
  n <- nrow(p)
  base <- matrix(rnorm(n * length(genera), rep(seq(2, 0, length.out = length(genera)), each = n), 0.9), n)
  share <- exp(base); share <- share / rowSums(share)
  taxa <- t(sapply(seq_len(n), function(i) rmultinom(1, 12000, share[i, ])))
  gene <- share %*% carry; gene <- gene / rowSums(gene)
  ko <- t(sapply(seq_len(n), function(i) rmultinom(1, 20000, gene[i, ])))
  crp <- exp(0.2 + 0.012 * (p$age - 45) + 0.06 * (p$bmi - 26) + 0.15 * (p$sex == "f") + (0.55 + 0.003 * (p$age - 45)) * rnorm(n))
  il6 <- exp(0.5 + 0.018 * (p$age - 45) + 0.03 * (p$bmi - 26) + 0.4 * rnorm(n))
  trp <- exp(2.5 - 0.004 * (p$age - 45) + 0.18 * rnorm(n)); kyn <- exp(-0.8 + 0.006 * (p$age - 45) + 0.1 * log(crp) + 0.22 * rnorm(n))
  list(taxa = taxa, ko = ko, markers = data.frame(crp = round(crp, 2) + 0.01, il6 = round(il6, 2) + 0.01,
    tryptophan = round(trp, 2) + 0.01, kynurenine = round(kyn, 3) + 0.001))
}
table_of <- function(m, ids, names) { d <- data.frame(feature = names, t(m), check.names = FALSE); names(d)[-1] <- ids; d }
tsv <- function(d, f) write.table(d, f, sep = "\t", quote = FALSE, row.names = FALSE)
csv <- function(d, f) write.csv(d, f, quote = FALSE, row.names = FALSE)

n <- 36
p <- people(n, sprintf("P%02d", 1:n)); p$arm <- rep(c("placebo", "diet"), length.out = n)
p$age[36] <- 84 # older than anybody in the reference: no norm
visits <- c("baseline", "w8"); taxa <- ko <- markers <- sheet <- scores <- NULL
first <- samples(p)
for (v in visits) {
  s <- samples(p)
  stay <- 0.7 # people stay alike between visits
  s$markers <- round(exp(stay * log(first$markers) + (1 - stay) * log(s$markers)), 2) + 0.01
  if (v == "w8") s$markers$crp[p$arm == "diet"] <- round(0.75 * s$markers$crp[p$arm == "diet"], 2) + 0.01
  s$taxa[1, ] <- rev(s$taxa[1, ]) # one person with an unusual order of genera
  ids <- paste0(p$id, "_", v)
  taxa <- rbind(taxa, s$taxa); ko <- rbind(ko, s$ko)
  markers <- rbind(markers, data.frame(sample = ids, s$markers))
  sheet <- rbind(sheet, data.frame(sample = ids, id = p$id, visit = v))
  scores <- rbind(scores, data.frame(id = p$id, visit = v, phq9 = pmin(27, pmax(0, round(rnorm(n, if (v == "w8") 10 - 2 * (p$arm == "diet") else 15, 4))))))
}
csv(p, "participants.csv"); csv(sheet, "samples.csv"); csv(scores, "scores.csv"); csv(markers, "plasma.csv")
tsv(table_of(taxa, sheet$sample, genera), "genera.tsv"); tsv(table_of(ko, sheet$sample, genes), "genes.tsv")
r <- people(160, sprintf("R%03d", 1:160)); s <- samples(r)
csv(r, "reference_people.csv"); csv(data.frame(sample = r$id, s$markers), "reference_plasma.csv")
tsv(table_of(s$taxa, r$id, genera), "reference_genera.tsv"); tsv(table_of(s$ko, r$id, genes), "reference_genes.tsv")
