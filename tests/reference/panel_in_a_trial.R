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
d$age <- people$age[match(d$id, people$id)]; d$site <- people$site[match(d$id, people$id)]
a <- adonis2(as.dist(as.matrix(bray)[after, after]) ~ age + site + visit + arm + visit:arm, d, permutations = 2, by = "terms") # covariates: panel_methods.sh
show("bray f with age and site", a$F[1:5]); show("bray r2", a$R2[1:5])
h <- diversity(x); w8 <- sheet$visit == "w8"; w0 <- sheet$visit == "baseline"
show("shannon of the first sample", h[1])
show("rarefied richness", rarefy(x, min(rowSums(x)))[1:2])
p <- cmdscale(bray, 3, eig = TRUE)
show("axis shares", (p$eig / sum(p$eig[p$eig > 0]))[1:3])
# differential response before it is corrected: log2 CLR of counts + 0.5 × the sample's size (depth and the shift common to
# features not seen to move), random intercept, difference in the change from baseline
library(nlme)
sheet$arm <- relevel(factor(sheet$arm), "placebo"); sheet$visit <- factor(sheet$visit)
depth <- rowSums(x); common <- colMeans(x > 0) >= .5
X <- model.matrix(~ arm * visit, sheet)
shares <- log2(x[, common] / depth + .5 / exp(mean(log(depth))))
size <- log2(depth)
for (j in 2:ncol(X)) {
    est <- t(sapply(summary(lm(shares ~ X - 1)), function(s) s$coefficients[j, 1:2]))
    centre <- median(est[, 1])
    for (round in 1:20) {
        used <- abs(est[, 1] - centre) <= 2.5 * est[, 2]
        if (sum(used) < nrow(est) / 2 || median(est[used, 1]) == centre) break
        centre <- median(est[used, 1])
    }
    size <- size + X[, j] * centre
}
y <- log2(x + .5 * 2^(size - mean(size))); y <- y - rowMeans(y)
b <- sapply(c("asv01", "asv02", "asv09"), function(f) fixef(lme(v ~ arm * visit, random = ~ 1 | id, data = cbind(sheet, v = y[, f]),
    control = lmeControl(tolerance = 1e-12, msTol = 1e-14, opt = "optim", reltol = 1e-14)))[c("armdiet:visitw8", "armprobiotic:visitw8")])
show("diet at w8, asv01 - asv02", b[1, 1] - b[1, 2]); show("probiotic at w8, asv09 - asv01", b[2, 3] - b[2, 1])
