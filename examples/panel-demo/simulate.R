# Makes the tables of this folder: a SIMULATED factorial trial (diet × probiotic, with placebo). No participant is real, and
# no number here says anything about diets or probiotics. Run: Rscript simulate.R
# What is put in: at weeks 4 and 8 the diet lifts fibre degraders (asv01 … asv08) and butyrate; the probiotic lifts asv09 and
# asv10; both lower IL-6 a little; the score falls in every arm, most where diet and probiotic are together.
set.seed(20260101)
arms <- c("placebo", "diet", "probiotic", "both")
visits <- c("baseline", "w4", "w8")
day <- c(0, 28, 56)
n_arm <- 20
people <- data.frame(id = sprintf("p%02d", 1:(4 * n_arm)), site = rep(c("north", "south"), each = 2 * n_arm))
people$arm <- unlist(lapply(1:2, function(s) sample(rep(arms, n_arm / 2))))
people$age <- round(rnorm(nrow(people), 41, 11))
people$sex <- sample(c("female", "male"), nrow(people), TRUE, c(.6, .4))
write.csv(people, "participants.csv", row.names = FALSE, quote = FALSE)
diet <- people$arm %in% c("diet", "both")
probiotic <- people$arm %in% c("probiotic", "both")

# the samples that were taken: some visits are missed
cell <- expand.grid(v = 1:3, i = seq_len(nrow(people)))
cell <- cell[runif(nrow(cell)) > c(0, .06, .1)[cell$v], ]
on <- cell$v > 1

# scores
person <- rnorm(nrow(people), 0, 3)
score <- 16 + person[cell$i] - c(0, 2, 3)[cell$v] - on * (1.6 * diet[cell$i] + 1.1 * probiotic[cell$i]) + rnorm(nrow(cell), 0, 2.2)
scores <- data.frame(id = people$id[cell$i], visit = visits[cell$v], phq9 = pmin(27, pmax(0, round(score))))
write.csv(scores, "scores.csv", row.names = FALSE, quote = FALSE)

# sample sheet: stool, plasma; loads; plates
stool <- data.frame(sample = sprintf("ST%03d", seq_len(nrow(cell))), id = people$id[cell$i], visit = visits[cell$v],
                    matrix = "stool", plate = sample(paste0("run", 1:3), nrow(cell), TRUE),
                    cells_per_g = signif(exp(rnorm(nrow(cell), log(6e10), .4)), 4))
plasma <- data.frame(sample = sprintf("PL%03d", seq_len(nrow(cell))), id = people$id[cell$i], visit = visits[cell$v],
                     matrix = "plasma", plate = sample(paste0("plate", 1:3), nrow(cell), TRUE), cells_per_g = NA)
blank <- data.frame(sample = c("BLANK1", "BLANK2"), id = NA, visit = NA, matrix = "stool", plate = "run1", cells_per_g = NA)
sheet <- rbind(stool, blank, plasma) # written below, with the saliva

# counts of 40 features: log-normal in people, multinomial in reads
p <- 40
asv <- sprintf("asv%02d", 1:p)
mean_log <- rnorm(p, 0, 1.6)
of_person <- matrix(rnorm(nrow(people) * p, 0, .8), ncol = p)
log_share <- t(mean_log + t(of_person[cell$i, ] + matrix(rnorm(nrow(cell) * p, 0, .5), ncol = p)))
log_share[, 1:8] <- log_share[, 1:8] + .9 * on * diet[cell$i]
log_share[, 9:10] <- log_share[, 9:10] + 2 * on * probiotic[cell$i]
share <- exp(log_share) / rowSums(exp(log_share))
depth <- round(exp(rnorm(nrow(cell), log(15000), .25)))
counts <- t(sapply(seq_len(nrow(cell)), function(k) rmultinom(1, depth[k], share[k, ])))
blanks <- matrix(rpois(2 * p, 1), 2)
table <- t(rbind(counts, blanks))
write.table(data.frame(asv = asv, table), "counts.tsv", sep = "\t", quote = FALSE, row.names = FALSE,
            col.names = c("asv", stool$sample, blank$sample))

# a rooted tree in which the fibre degraders are one clade: neighbours are joined two by two
tip <- sprintf("%s:%.3f", asv, runif(p, .05, .3))
while (length(tip) > 1) {
    k <- seq(1, length(tip) - 1, by = 2)
    joined <- sprintf("(%s,%s)", tip[k], tip[k + 1])
    if (length(tip) > 2) joined <- sprintf("%s:%.3f", joined, runif(length(k), .05, .3))
    tip <- c(joined, if (length(tip) %% 2) tip[length(tip)])
}
writeLines(paste0(tip, ";"), "tree.nwk")

# genes (KEGG orthologues) that features carry; the table itself is made at the end
ko <- c("K00929", "K01034", "K01035", "K00634", "K01896", "K00248", "K01580", "K07250", "K00135", "K01667", "K01593",
        "K00500", "K00453", "K00817", "K13069", "K00128", "K01692", "K00074", "K00626", "K15024")
carries <- matrix(rbinom(p * length(ko), 1, .35), p)
carries[1:8, 1:4] <- 1

# SCFA in duplicate; below 1.5 umol/g the laboratory writes <LLOQ
acid <- c(acetate = 55, propionate = 14, butyrate = 11, valerate = 1.7)
person <- matrix(rnorm(nrow(people) * 4, 0, .35), ncol = 4)
scfa <- do.call(rbind, lapply(1:4, function(a) {
    truth <- log(acid[a]) + person[cell$i, a] + rnorm(nrow(cell), 0, .25) + (a == 3) * .35 * on * diet[cell$i]
    do.call(rbind, lapply(1:2, function(r) {
        value <- exp(truth + rnorm(nrow(cell), 0, .08))
        data.frame(sample = stool$sample, analyte = names(acid)[a], value = ifelse(value < 1.5, "<LLOQ", sprintf("%.3f", value)))
    }))
}))
write.csv(scfa, "scfa.csv", row.names = FALSE, quote = FALSE)

# cytokines in pg/mL
cytokine <- c(il6 = 2.4, tnf = 6, il10 = .5)
limit <- c(.6, 1, .3)
person <- matrix(rnorm(nrow(people) * 3, 0, .5), ncol = 3)
il <- sapply(1:3, function(a) {
    value <- exp(log(cytokine[a]) + person[cell$i, a] + rnorm(nrow(cell), 0, .3) - (a == 1) * .2 * on * (diet | probiotic)[cell$i])
    ifelse(value < limit[a], paste0("<", limit[a]), sprintf("%.3f", value))
})
colnames(il) <- names(cytokine)
write.csv(data.frame(sample = plasma$sample, il), "cytokines.csv", row.names = FALSE, quote = FALSE)

# saliva cortisol after waking, four samples on the mornings of baseline and w8, by the participants' own clocks; the laboratory
# writes ug/dL. A bigger rise with more depression, and a slightly smaller one with the diet. Some mornings go wrong: late, missed.
morning <- which(cell$v != 2)
saliva <- do.call(rbind, lapply(morning, function(k) {
    minutes <- c(round(runif(1, 0, 6)), 30 + round(rnorm(1, 0, 2)), 45 + round(rnorm(1, 0, 2)), 60 + round(rnorm(1, 0, 3)))
    level <- exp(rnorm(1, log(.36), .25))
    rise <- c(0, 1, .85, .45) * exp(rnorm(1, log(.22 - .05 * on[k] * diet[cell$i[k]]), .4))
    data.frame(k = k, point = 1:4, minutes = minutes, value = sprintf("%.3f", (level + rise) * exp(rnorm(4, 0, .07))))
}))
saliva$sample <- sprintf("SA%03d_%d", saliva$k, saliva$point)
curve <- function(i) saliva$k == morning[i]
saliva$minutes[curve(3)] <- saliva$minutes[curve(3)] + 22       # began late
saliva$minutes[curve(20)] <- saliva$minutes[curve(20)] + 17
saliva$value[which(curve(8))[3]] <- "NA"                        # one between was lost
saliva$value[which(curve(31))[4]] <- "NA"                       # the last was lost
saliva$value[which(curve(50))[1]] <- "<0.1"                     # hardly any saliva: below the limit
missed <- which(curve(64))[2:3]                                 # two tubes never came back
saliva_sheet <- data.frame(sample = saliva$sample, id = people$id[cell$i[saliva$k]], visit = visits[cell$v[saliva$k]],
                           matrix = "saliva", plate = sprintf("saliva%d", 1 + saliva$k %% 2), cells_per_g = NA)
sheet$minutes <- NA
saliva_sheet$minutes <- saliva$minutes
write.csv(rbind(sheet, saliva_sheet), "samples.csv", row.names = FALSE, quote = FALSE, na = "")
write.csv(data.frame(sample = saliva$sample, cortisol = saliva$value)[-missed, ], "saliva.csv", row.names = FALSE, quote = FALSE)

# RR intervals of five minutes at rest, at one site, at baseline and w8: breathing at 0.25 Hz, slower waves, white noise; an
# ectopic beat comes early and is followed by a pause
rest <- which(cell$v != 2 & people$site[cell$i] == "north")
rr <- do.call(rbind, lapply(seq_along(rest), function(r) {
    k <- rest[r]
    mean_rr <- rnorm(1, 850, 70)
    breath <- exp(rnorm(1, log(22), .35))
    ms <- numeric(0)
    now <- 0
    while (now < if (r == 12) 190 else 304) {                   # one recording was cut short
        beat <- mean_rr + breath * sin(2 * pi * .25 * now) + 18 * sin(2 * pi * .09 * now + r) + rnorm(1, 0, 9)
        ms <- c(ms, beat)
        now <- now + beat / 1000
    }
    early <- if (r == 25) seq(5, length(ms) - 5, 12) else if (r %% 4 == 0) sample(20:(length(ms) - 20), 2) else integer(0)
    ms[early] <- ms[early] * .62                                # one participant has ectopic beats all along
    ms[early + 1] <- ms[early + 1] * 1.36
    data.frame(id = people$id[cell$i[k]], visit = visits[cell$v[k]], rr_ms = round(ms))
}))
out <- gzfile("rr.csv.gz", "w", compression = 9)
write.csv(rr, out, row.names = FALSE, quote = FALSE)
close(out)

# genes by clade (HUMAnN's layout, GENE|clade): the orthologues of the built-in modules and some others. Clade a are the fibre
# degraders, which make butyrate; clade b what is in the probiotic, which makes GABA.
set.seed(20260102)
more <- c("K00823", "K00139", "K01915", "K00260", "K00261", "K00262", "K15371", "K00265", "K00266", "K00284",
          "K01657", "K01658", "K13503", "K13497", "K00766", "K01817", "K24017", "K13498", "K01609", "K01656",
          "K01695", "K01696", "K06001", "K01694", "K00463", "K01432", "K07130", "K01590", "K01715", "K00209",
          "K19709", "K00625", "K13788", "K00925", "K01847", "K01848", "K01849", "K05606", "K11264", "K03416",
          "K02552", "K02361", "K02551", "K08680", "K02549", "K01911", "K01661", "K02548", "K03183", "K00278",
          "K03517", "K00368", "K15864", "K00789")
ko <- c(ko, more)
clade <- list(a = 1:8, b = 9:10, c = 11:20, d = 21:28, e = 29:36, f = 37:40)
has <- matrix(rbinom(length(ko) * 6, 1, .4), length(ko), dimnames = list(ko, names(clade)))
butyrate <- c("K00074", "K01715", "K00248", "K01034", "K01035")
has[, c("a", "b")] <- 0
has[butyrate, ] <- rep(c(1, 0, 0, 0, 1, 0), each = length(butyrate))
has["K00626", c("a", "e")] <- 1
has["K01580", ] <- c(0, 1, 0, 1, 0, 0)
has[c("K00500", "K00817", "K13069"), ] <- 1 # of no module
has[rowSums(has) == 0, "d"] <- 1
read <- sapply(clade, function(members) rowSums(counts[, members]))
strata <- do.call(rbind, lapply(names(clade), function(k) {
    own <- ko[has[, k] == 1]
    x <- t(sapply(own, function(g) rpois(nrow(cell), read[, k] / 12)))
    data.frame(ko = paste0(own, "|clade_", k), x)
}))
write.table(strata[order(strata$ko), ], "ko.tsv", sep = "\t", quote = FALSE, row.names = FALSE, col.names = c("ko", stool$sample))
