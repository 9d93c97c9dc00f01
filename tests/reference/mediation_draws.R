# R's mediation::mediate itself, by simulation, for what has no closed form: mean, SD and quantiles of its draws, pooled over runs
# of 1,000. Takes most of an hour; the numbers are on record in mediation_draws.json.
# Rscript tests/reference/mediation_draws.R VAGUS_DATA LIBRARY RUNS > tests/reference/mediation_draws.json
args <- commandArgs(TRUE)
.libPaths(c(args[2], .libPaths()))
suppressMessages(library(mediation))
runs <- as.integer(args[3])
jobs <- read.csv(file.path(args[1], "mediation_jobs/jobs.csv"))
framing <- read.csv(file.path(args[1], "mediation_framing/framing.csv"))
jobs$dich <- as.numeric(jobs$job_dich == levels(factor(jobs$job_dich))[2])
jobs$working <- as.numeric(jobs$work1 == "psyemp")
m1 <- lm(job_seek ~ treat + depress1 + econ_hard + sex + age, jobs)
y1i <- lm(depress2 ~ treat + job_seek + depress1 + econ_hard + sex + age + treat:job_seek, jobs)
ml <- glm(dich ~ treat + depress1 + econ_hard + sex + age, binomial, jobs)
yd <- lm(depress2 ~ treat + dich + depress1 + econ_hard + sex + age, jobs)
mf <- lm(emo ~ treat + age + educ + gender + income, framing)
yf <- glm(cong_mesg ~ treat + emo + age + educ + gender + income, binomial("probit"), framing)
num <- function(v) paste0("[", paste(sprintf("%.17g", v), collapse = ", "), "]")
pool <- function(name, m, y, mediator, boot, runs) {
  all <- do.call(rbind, lapply(seq_len(runs), function(r) {
    set.seed(20261125 + r)
    x <- suppressMessages(mediate(m, y, sims = 1000, treat = "treat", mediator = mediator, boot = boot))
    cbind(c(x$tau.sims), c(x$d0.sims), c(x$d1.sims), c(x$z0.sims), c(x$z1.sims))
  }))
  message(name, " ", nrow(all))
  q <- function(p) apply(all, 2, quantile, p)
  sprintf('"%s": {"n": %d, "mean": %s, "sd": %s, "lower": %s, "upper": %s}', name, nrow(all), num(colMeans(all)), num(apply(all, 2, sd)), num(q(.025)), num(q(.975)))
}
# order: total, indirect control, indirect treated, direct control, direct treated
cat("{\"made_by\": \"", R.version.string, ", mediation ", as.character(packageVersion("mediation")), "\"", sep = "")
cat(",\n", pool("quasi_linear_interaction", m1, y1i, "job_seek", FALSE, runs), sep = "")
cat(",\n", pool("quasi_framing_probit", mf, yf, "emo", FALSE, runs), sep = "")
cat(",\n", pool("quasi_logit_linear", ml, yd, "dich", FALSE, max(2, runs %/% 4)), sep = "")
cat(",\n", pool("boot_linear_interaction", m1, y1i, "job_seek", TRUE, runs), "}\n", sep = "")
