# Numbers for test_panel_in_a_trial.c, from examples/panel-demo with vegan (version printed).
# Run in tests/reference: Rscript panel_in_a_trial.R
library(vegan)
folder <- "../../examples/panel-demo/"
counts <- read.delim(paste0(folder, "counts.tsv"), row.names = 1)
sheet <- read.csv(paste0(folder, "samples.csv"))
people <- read.csv(paste0(folder, "participants.csv"))
sheet <- sheet[sheet$matrix == "stool" & sheet$id != "" & !is.na(sheet$id), ]
sheet$arm <- people$arm[match(sheet$id, people$id)]
x <- t(counts[, sheet$sample])
after <- sheet$visit != "baseline"
d <- sheet[after, ]
d$arm <- factor(d$arm); d$visit <- factor(d$visit)
show <- function(what, v) cat(what, sprintf("%.15g", v), "\n")
cat("vegan", as.character(packageVersion("vegan")), "\n")
bray <- vegdist(x / rowSums(x) * sheet$cells_per_g, "bray")
aitchison <- dist(t(apply(log(x + .5), 1, function(r) r - mean(r))))
for (name in c("bray", "aitchison")) {
    m <- as.dist(as.matrix(get(name))[after, after])
    a <- adonis2(m ~ visit + arm + visit:arm, d, permutations = 2, by = "terms")
    show(paste(name, "r2"), a$R2[1:3]); show(paste(name, "f"), a$F[1:3])
    b <- betadisper(m, d$arm)
    show(paste(name, "dispersion f"), anova(b)[["F value"]][1]); show(paste(name, "centre"), b$group.distances)
}
h <- diversity(x); w8 <- sheet$visit == "w8"; w0 <- sheet$visit == "baseline"
show("shannon of the first sample", h[1])
show("rarefied richness", rarefy(x, min(rowSums(x)))[1:2])
p <- cmdscale(bray, 3, eig = TRUE)
show("axis shares", (p$eig / sum(p$eig[p$eig > 0]))[1:3])
