# Cases of tests/cli/evidence_referee.sh: command lines and what their JSON must hold. R 4.2.2, metafor 3.8-1, metadat 1.2-0,
# clubSandwich 0.5.8, netmeta 3.3-1 (meta 8.2-1); iterations driven to the end.
#   Rscript tests/reference/evidence_referee.R tests/cli/data > tests/reference/evidence_referee.json
# The argument is the folder for the tables: dat.bcg, dat.egger2001 (magnesium), dat.assink2016, dat.franchini2012,
# dat.curtis1998 of metadat.
suppressMessages({library(metafor); library(metadat); library(clubSandwich); library(netmeta); library(jsonlite)})
invisible(Sys.setlocale("LC_COLLATE", "C")) # levels are sorted by bytes
folder <- commandArgs(TRUE)[1]
put <- function(d, name) write.csv(d, file.path(folder, name), row.names = FALSE, na = "")
tight <- list(threshold = 1e-13, maxiter = 20000, tol = 1e-14)
cases <- list()
case <- function(call, ...) cases[[length(cases) + 1]] <<- list(call = strsplit(call, " ")[[1]], expect = list(...))
is <- function(quantity, field, value, where = NULL, tolerance = 1e-6)
  c(list(quantity = quantity, field = field, value = unname(as.numeric(value)), tolerance = tolerance), if (!is.null(where)) list(where = as.list(where)))
row <- function(quantity, m, j = 1, where = NULL, tolerance = 1e-6)
  lapply(list(c("estimate", m$b[j]), c("se", m$se[j]), c("lower", m$ci.lb[j]), c("upper", m$ci.ub[j])),
         function(x) is(quantity, x[1], x[2], where, tolerance))
both <- function(call, ...) do.call(case, c(list(call), unlist(lapply(list(...), function(x) if (is.null(names(x))) x else list(x)), recursive = FALSE)))

bcg <- with(dat.bcg, data.frame(study = paste0("S", trial), ai = tpos, n1i = tpos + tneg, ci = cpos, n2i = cpos + cneg, ablat, alloc))
mg <- with(dat.egger2001, data.frame(study = paste0("S", seq_along(study)), ai, n1i, ci, n2i, year))
put(bcg, "bcg.csv"); put(mg, "magnesium.csv")
methods <- c(reml = "REML", ml = "ML", dl = "DL", pm = "PM", sj = "SJ", he = "HE", hs = "HS", eb = "EB")
zero <- c("only-zero" = "only0", "if-any-zero" = "if0all", always = "all")
i <- 0
for (measure in c("or", "rr", "rd", "peto", "as")) for (table in c("bcg", "magnesium")) {
  i <- i + 1
  d <- if (table == "bcg") bcg else mg
  method <- names(methods)[(i - 1) %% 8 + 1]; test <- c("adhoc", "knha", "z")[(i - 1) %% 3 + 1]
  z <- names(zero)[(i - 1) %% 3 + 1]; add <- c(.5, .25)[(i - 1) %% 2 + 1]; level <- c(.95, .9)[(i - 1) %% 2 + 1]
  counts <- measure != "as"
  e <- if (counts) escalc(toupper(measure), ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d, to = zero[[z]], add = add, drop00 = TRUE)
       else escalc("AS", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d)
  m <- rma(yi, vi, data = e, method = methods[[method]], test = test, level = level, control = tight)
  n <- sprintf("meta %s.csv --columns events1=ai,n1=n1i,events2=ci,n2=n2i --measure %s --method %s --test %s --level %s%s", table, measure,
               method, test, level, if (counts) sprintf(" --zero-cells %s --zero-add %s", z, add) else "")
  ll <- m$fit.stats[c("ll", "AIC"), if (method == "reml") "REML" else "ML"]
  both(n, is("study_effect", "estimate", e$yi[3], c(term = "S3"), 1e-10), is("study_effect", "se", sqrt(e$vi[3]), c(term = "S3"), 1e-10),
       row("pooled", m, 1, c(term = "random"), 1e-5), is("tau2", "estimate", m$tau2, NULL, 1e-5), is("q", "statistic", m$QE),
       is("fit", "loglik", ll[1]), is("fit", "aic", ll[2]))
}
# magnesium, likelihood with two modes: the higher one, where Fisher scoring from 0 stays at the lower
e <- escalc("PETO", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = mg, to = "all", add = .25)
top <- optimize(function(t2) as.numeric(logLik(rma(yi, vi, mods = ~ year, data = e, method = "ML", tau2 = t2))), c(.05, .5), maximum = TRUE, tol = 1e-10)
lower <- as.numeric(logLik(rma(yi, vi, mods = ~ year, data = e, method = "ML", tau2 = 0)))
stopifnot(top$objective > lower)
case("meta magnesium.csv --columns events1=ai,n1=n1i,events2=ci,n2=n2i --measure peto --method ml --test z --zero-cells always --zero-add 0.25 --moderators year",
     is("tau2", "estimate", top$maximum, c(term = "residual"), 1e-4))
# a factor and a number; a factor as subgroups, common tau²
e <- escalc("RR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = bcg)
columns <- "--columns events1=ai,n1=n1i,events2=ci,n2=n2i --measure rr"
m <- rma(yi, vi, mods = ~ ablat + alloc, data = e, test = "knha", control = tight)
both(paste("meta bcg.csv", columns, "--test knha --moderators ablat+alloc"), row("moderator", m, 2, c(term = "ablat")),
     row("moderator", m, 4, c(term = "allocsystematic")), is("moderator_test", "statistic", m$QM, c(term = "all")),
     is("i2", "estimate", m$I2, c(term = "residual")), is("q", "statistic", m$QE, c(term = "residual")))
m <- rma(yi, vi, mods = ~ 0 + alloc, data = e, method = "ML", test = "t", control = tight)
one <- rma(yi, vi, mods = ~ alloc, data = e, method = "ML", test = "t", control = tight)
both(paste("meta bcg.csv", columns, "--method ml --test t --subgroup alloc --common-tau2"), row("subgroup", m, 2, c(stratum = "random")),
     is("subgroup_test", "statistic", one$QM), is("subgroup_test", "p", one$QMp))
# small studies: trim and fill keeps the test of the analysis (metafor 3.8 goes back to z)
m <- rma(yi, vi, data = e, method = "DL", test = "knha")
filled <- trimfill(m, estimator = "R0", side = "right"); again <- rma(filled$yi, filled$vi, method = "DL", test = "knha")
pet <- summary(lm(yi ~ sqrt(vi), weights = 1 / vi, data = e))$coefficients
egger <- rma(yi, vi, mods = ~ sqrt(vi), data = e, method = "DL", test = "knha")
both(paste("meta bcg.csv", columns, "--method dl --test knha --small-study trimfill,pet-peese,egger,begg --trimfill r0"),
     row("trimfill", again, 1, c(term = "pooled")), is("pet", "estimate", pet[1, 1]), is("pet", "p", pet[1, 4]), row("egger", egger, 2),
     is("begg", "p", ranktest(e$yi, e$vi)$pval))
# three levels: df of t by containment, prediction on studies - 1, - 2; robust moderators
a <- with(dat.assink2016, data.frame(row = paste0("R", seq_along(yi)), cl = study, yi, vi, year)); put(a, "assink.csv")
a <- read.csv(file.path(folder, "assink.csv")); a$cl <- factor(a$cl)
mv <- function(V, mods) rma.mv(yi, V, mods = mods, random = ~ 1 | cl / row, data = a, test = "t", dfs = "contain",
                               control = list(optimizer = "optim", optmethod = "BFGS", reltol = 1e-15, maxit = 5000))
m <- mv(diag(a$vi), ~ 1); s <- sqrt(m$se^2 + sum(m$sigma2)); k <- nlevels(a$cl)
levels_ <- "meta assink.csv --columns study=row --study-level cl"
both(levels_, row("pooled", m, 1, c(term = "random"), 1e-5), is("prediction", "lower", m$b[1] - qt(.975, k - 1) * s, NULL, 1e-5),
     is("fit", "loglik", as.numeric(logLik(m))))
for (df in list(c("k-2", qt(.975, k - 2)), c("normal", qnorm(.975))))
  case(paste(levels_, "--prediction-df", df[1]), is("prediction", "lower", m$b[1] - as.numeric(df[2]) * s, NULL, 1e-5))
m <- mv(vcalc(vi, cluster = cl, obs = row, rho = .6, data = a), ~ year); robust <- coef_test(m, vcov = "CR2", cluster = a$cl)
both(paste(levels_, "--sampling-correlation 0.6 --moderators year"), row("moderator", m, 2, c(term = "year"), 1e-4),
     is("variance_component", "estimate", m$sigma2[1], c(term = "study, residual"), 1e-4),
     is("robust", "se", robust$SE[2], c(term = "year"), 1e-5), is("robust", "df", robust$df[2], c(term = "year"), 1e-4))
# a ratio of means with subgroups of their own tau²
d <- with(dat.curtis1998, data.frame(study = paste0("S", seq_along(id)), n1i, m1i, sd1i, n2i, m2i, sd2i, group = fungrp)); put(d, "curtis.csv")
e <- escalc("ROM", n1i = n1i, m1i = m1i, sd1i = sd1i, n2i = n2i, m2i = m2i, sd2i = sd2i, data = d)
m <- rma(yi, vi, data = e, subset = group == "ANGIO", method = "PM", test = "adhoc", control = tight)
both("meta curtis.csv --measure rom --method pm --subgroup group", row("subgroup", m, 1, c(stratum = "ANGIO"), 1e-5))
# a network of arms
f <- dat.franchini2012
f <- do.call(rbind, lapply(1:3, function(i) data.frame(study = f$Study, treatment = f[[paste0("Treatment", i)]], n = f[[paste0("n", i)]],
                                                       mean = f[[paste0("y", i)]], sd = f[[paste0("sd", i)]])))
f <- f[!is.na(f$treatment) & !is.na(f$n), ]; put(f, "franchini.csv")
p <- pairwise(treat = treatment, n = n, mean = mean, sd = sd, studlab = study, data = f, sm = "MD")
n <- netmeta(p$TE, p$seTE, p$treat1, p$treat2, p$studlab, sm = "MD", reference.group = "Placebo", method.tau = "DL", small.values = "desirable")
rank <- netrank(n)$ranking.random
both("nma franchini.csv --measure md --reference Placebo --method dl --lower-is-better",
     lapply(setdiff(n$trts, "Placebo"), function(t) is("contrast", "estimate", n$TE.random[t, "Placebo"], c(term = "random", arm = t))),
     lapply(setdiff(n$trts, "Placebo"), function(t) is("contrast", "se", n$seTE.random[t, "Placebo"], c(term = "random", arm = t))),
     lapply(n$trts, function(t) is("ranking", "estimate", rank[[t]], c(term = t))), is("tau2", "estimate", n$tau2), is("q", "statistic", n$Q),
     is("q_inconsistency", "statistic", n$Q.inconsistency, c(term = "between designs")))
cat(toJSON(cases, auto_unbox = TRUE, digits = NA, pretty = FALSE), "\n")
