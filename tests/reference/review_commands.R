# Witness values of tests/cli/meta.sh: R 4.2.2, metafor 3.8-1, metadat 1.2-0, clubSandwich.
#   Rscript tests/reference/review_commands.R examples/st-johns-wort/trials.csv > tests/reference/review_commands.json
# Also writes the tables normand.csv and schools.csv of tests/cli/data when a second argument names that folder.
suppressMessages({library(metafor); library(metadat); library(clubSandwich); library(jsonlite)})
given <- commandArgs(TRUE)
tight <- list(threshold = 1e-14, maxiter = 10000, stepadj = 1, tol = 1e-14)
pooled <- function(m) list(k = m$k, estimate = m$b[1], se = m$se[1], statistic = m$zval[1], p = m$pval[1], lower = m$ci.lb[1],
                           upper = m$ci.ub[1], tau2 = m$tau2, se_tau2 = m$se.tau2, i2 = m$I2, h2 = m$H2, q = m$QE, q_p = m$QEp)
d <- escalc("RR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = read.csv(given[1]), drop00 = TRUE)
d <- d[!is.na(d$yi), ]
out <- list()
for (method in c("REML", "ML", "DL", "PM", "SJ", "HE", "HS", "EB"))
  out[[paste0("rr_", tolower(method))]] <- pooled(rma(yi, vi, data = d, method = method, test = "knha", control = tight))
m <- rma(yi, vi, data = d, test = "adhoc", control = tight)
out$adhoc <- pooled(m)
pr <- predict(m)
out$prediction <- list(lower = pr$pi.lb, upper = pr$pi.ub)
ci <- confint(m)$random
out$tau2_ci <- list(lower = ci["tau^2", "ci.lb"], upper = ci["tau^2", "ci.ub"], i2_lower = ci["I^2(%)", "ci.lb"])
out$common <- pooled(rma(yi, vi, data = d, method = "EE"))
group <- lapply(split(d, d$patients), function(g) rma(yi, vi, data = g, test = "adhoc", control = tight))
out$subgroup <- lapply(group, pooled)
plain <- lapply(split(d, d$patients), function(g) rma(yi, vi, data = g, test = "z", control = tight))
between <- rma(sapply(plain, function(g) g$b[1]), sei = sapply(plain, function(g) g$se), method = "FE")
out$between <- list(q = between$QE, p = between$QEp)
r <- rma(yi, vi, mods = ~ baseline, data = d[!is.na(d$baseline), ], test = "adhoc", control = tight)
out$regression <- list(estimate = r$b[2], se = r$se[2], df = r$k - r$p, f = r$QM, tau2 = r$tau2)
l <- leave1out(rma(yi, vi, data = d, control = tight))
out$loo <- list(first = l$estimate[1], last = l$estimate[m$k])
i <- influence(m)
out$influence <- list(cook = i$inf$cook.d[1], rstudent = i$inf$rstudent[1], hat = i$inf$hat[1])
c <- cumul(rma(yi, vi, data = d, control = tight), order = d$year)
out$cumulative <- list(fifth = c$estimate[5])
out$egger <- list(p = regtest(m)$pval)
out$egger_lm <- list(p = regtest(d$yi, d$vi, model = "lm")$pval)
out$begg <- list(tau = unname(ranktest(d$yi, d$vi)$tau))
t <- trimfill(m)
out$trimfill <- list(filled = t$k0, estimate = t$b[1])
n <- escalc("SMD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i, data = dat.normand1999)
out$normand <- pooled(rma(yi, vi, data = n, test = "knha", control = tight))
s <- rma.mv(yi, vi, random = ~ 1 | district / study, data = dat.konstantopoulos2011,
            control = list(optimizer = "nlminb", rel.tol = 1e-12))
robust <- coef_test(s, vcov = "CR2", cluster = dat.konstantopoulos2011$district)
out$schools <- list(estimate = s$b[1], se = s$se, sigma2 = s$sigma2, loglik = as.numeric(logLik(s)), robust_se = robust$SE,
                    robust_df = robust$df)
cat(toJSON(out, auto_unbox = TRUE, digits = NA, pretty = TRUE, always_decimal = TRUE), "\n")
if (length(given) > 1) {
  x <- dat.normand1999
  names(x)[names(x) == "source"] <- "study"
  write.csv(x[c("study", "n1i", "m1i", "sd1i", "n2i", "m2i", "sd2i")], file.path(given[2], "normand.csv"), row.names = FALSE, quote = FALSE)
  y <- dat.konstantopoulos2011
  write.csv(data.frame(study = paste0("D", y$district, " S", y$study), district = y$district, year = y$year, yi = y$yi, vi = y$vi),
            file.path(given[2], "schools.csv"), row.names = FALSE, quote = FALSE)
}
