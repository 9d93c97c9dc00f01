# Witness values for the network and component models: netmeta 3.3-1, meta 8.2-1, metafor; data of R package metadat
# (senn2013, linde2016, dong2013) as contrasts. REML: root of the score with dense matrices, beside metafor::rma.mv.
# Rscript network.R > network.json
suppressMessages({library(netmeta); library(metafor); library(metadat); library(jsonlite)})
options(digits = 17)

rows <- function(p) data.frame(study = as.character(p$studlab), treat1 = p$treat1, treat2 = p$treat2, TE = p$TE, seTE = p$seTE)
senn <- suppressWarnings(rows(pairwise(treatment, n = ni, mean = mi, sd = sdi, studlab = study, data = dat.senn2013, sm = "MD", append = FALSE)))
dong <- suppressWarnings(rows(pairwise(treatment, death, randomized, studlab = id, data = dat.dong2013, sm = "OR", allstudies = TRUE)))
linde <- with(dat.linde2016, data.frame(study = as.character(id), treat1, treat2, TE = lnOR, seTE = selnOR))

# typed to six decimals: pairs of multi-arm trials made consistent from those with the first arm, as a = (a − c) + c
for (s in names(which(table(linde$study) > 1))) {
  e <- which(linde$study == s); arms <- sort(unique(c(linde$treat1[e], linde$treat2[e]))); t <- setNames(rep(0, length(arms)), arms)
  for (i in e) {
    if (linde$treat1[i] == arms[1]) t[linde$treat2[i]] <- -linde$TE[i]
    if (linde$treat2[i] == arms[1]) t[linde$treat1[i]] <- linde$TE[i]
  }
  linde$TE[e] <- t[linde$treat1[e]] - t[linde$treat2[e]]
}

dense <- function(d) { # contrasts against each study's first arm, dense V and H
  out <- list(y = NULL, X = NULL, V = matrix(0, 0, 0), H = matrix(0, 0, 0), id = NULL)
  trts <- sort(unique(c(d$treat1, d$treat2)))
  for (s in unique(d$study)) {
    e <- d[d$study == s, ]; arms <- sort(unique(c(e$treat1, e$treat2))); r <- length(arms) - 1
    TE <- v <- matrix(0, r + 1, r + 1, dimnames = list(arms, arms))
    for (i in seq_len(nrow(e))) {
      TE[e$treat1[i], e$treat2[i]] <- e$TE[i]; TE[e$treat2[i], e$treat1[i]] <- -e$TE[i]
      v[e$treat1[i], e$treat2[i]] <- v[e$treat2[i], e$treat1[i]] <- e$seTE[i]^2
    }
    V <- outer(1:r, 1:r, Vectorize(function(i, j) (v[i + 1, 1] + v[j + 1, 1] - v[i + 1, j + 1]) / 2))
    X <- matrix(0, r, length(trts), dimnames = list(NULL, trts))
    for (i in 1:r) { X[i, arms[i + 1]] <- 1; X[i, arms[1]] <- -1 }
    out$y <- c(out$y, TE[-1, 1]); out$X <- rbind(out$X, X); out$id <- c(out$id, rep(s, r))
    out$V <- as.matrix(Matrix::bdiag(out$V, V)); out$H <- as.matrix(Matrix::bdiag(out$H, diag(r) / 2 + .5))
  }
  out
}
reml <- function(d, ref, ml = FALSE) {
  m <- dense(d); X <- m$X[, colnames(m$X) != ref, drop = FALSE]
  at <- function(t2) { W <- solve(m$V + t2 * m$H); P <- W - W %*% X %*% solve(t(X) %*% W %*% X) %*% t(X) %*% W; list(W = W, P = P) }
  score <- function(t2) { a <- at(t2); sum(diag((if (ml) a$W else a$P) %*% m$H)) - drop(t(m$y) %*% a$P %*% m$H %*% a$P %*% m$y) }
  t2 <- if (score(0) >= 0) 0 else uniroot(score, c(0, 2), tol = 1e-15)$root
  a <- at(t2); beta <- solve(t(X) %*% a$W %*% X, t(X) %*% a$W %*% m$y)
  e <- data.frame(contrast = factor(seq_along(m$y)), id = m$id)
  mv <- rma.mv(m$y, m$V, mods = X, intercept = FALSE, data = e, random = ~ contrast | id, struct = "CS", rho = .5,
               method = if (ml) "ML" else "REML", control = list(tau2.init = max(t2, 1e-4), rho.init = .5))
  list(tau2 = t2, beta = setNames(as.list(drop(beta)), colnames(X)), mv_tau2 = mv$tau2,
       loglik = as.numeric(logLik(mv)), mv_se = mv$se[1], first = colnames(X)[1])
}
reml_components <- function(d, C) { # full column rank
  m <- dense(d); X <- m$X %*% C[colnames(m$X), ]
  at <- function(t2) { W <- solve(m$V + t2 * m$H); W - W %*% X %*% solve(t(X) %*% W %*% X) %*% t(X) %*% W }
  score <- function(t2) { P <- at(t2); sum(P * m$H) - drop(t(m$y) %*% P %*% m$H %*% P %*% m$y) }
  t2 <- if (score(0) >= 0) 0 else uniroot(score, c(0, 2), tol = 1e-15)$root
  W <- solve(m$V + t2 * m$H); v <- solve(t(X) %*% W %*% X)
  list(tau2 = t2, components = colnames(C), estimate = drop(v %*% t(X) %*% W %*% m$y), se = sqrt(diag(v)))
}
mat <- function(x) unname(as.matrix(x))
q <- function(x) list(q = x$Q, df = x$df, p = x$pval)
heat <- function(n, random) {
  t <- if (random) netmeta:::tau.within(n) else 0
  k <- netmeta:::nma_krahn(n, tau.preset = t)
  x <- if (random) decomp.design(n, tau.preset = t, warn = FALSE) else decomp.design(n, warn = FALSE)
  residuals <- if (random) x$residuals.inc.detach.random.preset else x$residuals.inc.detach
  q0 <- if (random) x$Q.inc.design.random.preset else x$Q.inc.design
  typ <- apply(residuals, 2, function(r) t(r) %*% solve(k$V) * r)
  change <- typ - matrix(q0, nrow(typ), ncol(typ))
  gone <- which(apply(change, 2, function(c) all(is.na(c))))
  H <- k$H[as.character(k$design$comparison), ]
  name <- ifelse(k$design$narms > 2, paste(k$design$comparison, k$design$design, sep = "_"), as.character(k$design$design))
  if (length(gone)) { change <- change[-gone, -gone]; H <- H[-gone, -gone]; name <- name[-gone] }
  list(name = name, change = mat(change), contribution = mat(abs(H)))
}
analyse <- function(d, ref, large = FALSE) {
  n <- netmeta(TE, seTE, treat1, treat2, study, data = d, method.tau = "DL", reference.group = ref, warn = FALSE)
  x <- decomp.design(n, warn = FALSE)
  s <- netsplit(n, upper = TRUE, baseline.reference = FALSE, reference.group = "")
  pair <- strsplit(s$comparison, ":", fixed = TRUE)
  split <- function(m) data.frame(direct = s[[paste0("direct.", m)]]$TE, direct_se = s[[paste0("direct.", m)]]$seTE,
    indirect = s[[paste0("indirect.", m)]]$TE, indirect_se = s[[paste0("indirect.", m)]]$seTE,
    difference = s[[paste0("compare.", m)]]$TE, difference_p = s[[paste0("compare.", m)]]$p, share = s[[paste0("prop.", m)]])
  list(reference = ref, rows = d, treatments = n$trts, k = n$k, m = n$m, designs = n$d, q = n$Q, df = n$df.Q, tau2 = n$tau^2,
    i2 = c(n$I2, n$lower.I2, n$upper.I2), TE_common = mat(n$TE.common), se_common = mat(n$seTE.common),
    TE_random = mat(n$TE.random), se_random = mat(n$seTE.random), lower_predict = mat(n$lower.predict),
    p_score_small = unname(netrank(n, small.values = "desirable")$ranking.random[n$trts]),
    within = q(x$Q.decomp[2, ]), between = q(x$Q.decomp[3, ]), between_random = q(x$Q.inc.random), tau_within = x$Q.inc.random$tau.within,
    within_design = x$Q.het.design, detached = x$Q.inc.detach,
    pairs = data.frame(first = sapply(pair, `[`, 1), second = sapply(pair, `[`, 2), k = s$k),
    split_common = split("common"), split_random = split("random"),
    heat_common = if (!large) heat(n, FALSE), heat_random = if (!large) heat(n, TRUE),
    contribution = if (!large) list(columns = colnames(netcontrib(n)$random), random = mat(netcontrib(n)$random)),
    reml = reml(d, ref), ml = reml(d, ref, TRUE))
}
components <- function(c, standard = TRUE) list(components = c$comps, common = c$Comp.common, common_se = c$seComp.common,
  random = c$Comp.random, random_se = c$seComp.random, tau2 = c$tau^2, q = c$Q.additive, df = c$df.Q.additive,
  q_difference = c$Q.diff, df_difference = c$df.Q.diff, p_difference = c$pval.Q.diff, unidentified = c$comps.unident,
  treatments = c$trts, TE_random = mat(c$TE.random), se_random = mat(c$seTE.random))

net <- netmeta(TE, seTE, treat1, treat2, study, data = linde, method.tau = "DL", reference.group = "Placebo", warn = FALSE)
plain <- netcomb(net, sep.comps = "+")
inactive <- netcomb(net, inactive = "Placebo", sep.comps = "+")
ia <- function(name, a, b) { C <- inactive$C.matrix; x <- C[, a] * C[, b]; cbind(C, setNames(data.frame(x), name)) }
C1 <- as.matrix(ia("Face-to-face PST * SSRI", "Face-to-face PST", "SSRI"))
interaction1 <- netcomb(net, C.matrix = C1)
C2 <- cbind(C1, "Face-to-face CBT * SSRI" = inactive$C.matrix[, "Face-to-face CBT"] * inactive$C.matrix[, "SSRI"])
interaction2 <- netcomb(net, C.matrix = as.matrix(C2))
# classes of components: 1 where a treatment holds one of each
psychotherapy <- c("Face-to-face CBT", "Face-to-face PST", "Face-to-face interpsy", "Face-to-face psychodyn", "Other face-to-face",
  "Remote CBT", "Self-help CBT", "No contact CBT")
antidepressant <- c("SSRI", "SNRI", "TCA", "NRI", "NaSSa", "rMAO-A", "Low-dose SARI", "Ind drug")
C0 <- as.matrix(inactive$C.matrix)
any_of <- function(x) 1 * (rowSums(C0[, x]) > 0)
CT <- cbind(C0, "psychotherapy * antidepressant" = any_of(psychotherapy) * any_of(antidepressant))
classes <- netcomb(net, C.matrix = CT)
predict_lower <- function(c) c$TE.random - qt(.975, c$df.Q.additive) * sqrt(c$seTE.random^2 + c$tau^2)
weighted <- function(d, C, w, tau2) { # wᵀβ at a given tau²
  m <- dense(d); X <- m$X %*% C[colnames(m$X), ]; W <- solve(m$V + tau2 * m$H); v <- solve(t(X) %*% W %*% X)
  list(estimate = sum(w * drop(v %*% t(X) %*% W %*% m$y)), se = sqrt(drop(t(w) %*% v %*% w)))
}
together <- c("Face-to-face CBT", "Face-to-face PST", "Face-to-face interpsy") # what was combined with an antidepressant
mean_of <- function(interaction) weighted(linde, CT, ifelse(colnames(CT) %in% together, 1 / 3, 0) + interaction * (colnames(CT) == colnames(CT)[ncol(CT)]), classes$tau^2)
class_interaction <- c(components(classes), list(lower_predict = mat(predict_lower(classes)), mean_alone = mean_of(0), mean_on_top = mean_of(1),
  reml = reml_components(linde, CT)))
# disconnected: without the trials that hold two parts together
part <- subset(linde, !study %in% study[grepl("Placebo|UC|TCA", paste(treat1, treat2))])
apart <- list(rows = part, parts = netconnection(treat1, treat2, study, data = part)$n.subnets)
disc <- suppressWarnings(discomb(TE, seTE, treat1, treat2, study, data = part, sep.comps = "+", reference.group = "SSRI"))
apart$disc <- c(components(disc), list(lower_predict = mat(predict_lower(disc))))
toy <- data.frame(study = paste0("s", 1:8), treat1 = c("A", "B", "A + B", "A", "D + E", "A + D", "E", "A"),
  treat2 = c("P", "P", "P", "B", "D", "D", "D", "P"), TE = c(.5, .31, .9, .12, .44, .61, .2, .35),
  seTE = c(.1, .12, .15, .2, .18, .11, .25, .14))
toy_part <- list(rows = toy, parts = netconnection(treat1, treat2, study, data = toy)$n.subnets,
  disc = components(suppressWarnings(discomb(TE, seTE, treat1, treat2, study, data = toy, sep.comps = "+", inactive = "P"))))
out <- list(made_with = list(R = as.character(getRversion()), netmeta = as.character(packageVersion("netmeta")),
    meta = as.character(packageVersion("meta")), metafor = as.character(packageVersion("metafor"))),
  senn2013 = analyse(senn, "placebo"), linde2016 = analyse(linde, "Placebo", TRUE), dong2013 = analyse(dong, "Placebo"),
  components = list(plain = components(plain), inactive = components(inactive), interaction1 = components(interaction1),
    interaction2 = components(interaction2), classes = class_interaction, apart = apart, toy = toy_part,
    reml = reml_components(linde, as.matrix(C2))))
cat(toJSON(out, digits = I(17), auto_unbox = TRUE, na = "null", null = "null"), "\n")
