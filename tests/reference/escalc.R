# Effect sizes and sampling variances by metafor::escalc (made with metafor 3.8-1, metadat 1.2-0, R 4.2.2), written
# with the data that they come from (metadat) or the name of a data set and its columns. Run:
#   Rscript tests/reference/escalc.R DATA_FOLDER > tests/reference/escalc.json
suppressMessages({library(metafor); library(jsonlite)})
folder <- commandArgs(TRUE)[1]
cases <- list()
num <- function(x) lapply(x, function(v) if (is.na(v)) NULL else v)
csv <- function(d) paste(capture.output(write.csv(d, row.names = FALSE, na = "")), collapse = "\n")
add <- function(name, measure, es, data = NULL, file = NULL, columns = list(), ...) {
  keep <- !is.na(es$yi) & !is.na(es$vi)
  cases[[length(cases) + 1]] <<- c(list(name = name, measure = measure, columns = columns,
    yi = as.numeric(es$yi)[keep], vi = as.numeric(es$vi)[keep]),
    if (!is.null(data)) list(csv = csv(data)), if (!is.null(file)) list(file = file), list(...))
}
binary <- c(or = "OR", rr = "RR", rd = "RD", peto = "PETO", as = "AS")
for (m in names(binary)) {
  d <- dat.bcg
  add(paste("bcg", m), m, escalc(binary[m], ai = tpos, bi = tneg, ci = cpos, di = cneg, data = d), file = "meta_bcg/bcg.csv")
  add(paste("linde2005", m), m, escalc(binary[m], ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = dat.linde2005,
      drop00 = FALSE), file = "meta_linde2005/linde2005.csv", keep_double_zero = TRUE)
  add(paste("linde2005 drop00", m), m, escalc(binary[m], ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = dat.linde2005,
      drop00 = m %in% c("or", "rr", "peto")), file = "meta_linde2005/linde2005.csv")
  h <- dat.hine1989 # no zero cells
  h <- data.frame(study = h$study, n1 = h$n1i, n2 = h$n2i, e1 = h$ai, e2 = h$ci)
  add(paste("hine1989", m), m, escalc(binary[m], ai = e1, n1i = n1, ci = e2, n2i = n2, data = h), data = h)
  z <- dat.nielweise2007 # zeros in single arms
  z <- data.frame(study = z$study, e1 = z$ai, n1 = z$n1i, e2 = z$ci, n2 = z$n2i)
  for (to in c("only0", "if0all", "all"))
    add(paste("nielweise2007", m, to), m, escalc(binary[m], ai = e1, n1i = n1, ci = e2, n2i = n2, data = z, to = to, add = 0.5),
        data = z, zero_cells = c(only0 = "only-zero", if0all = "if-any-zero", all = "always")[[to]], zero_add = 0.5, keep_double_zero = TRUE)
  add(paste("nielweise2007", m, "add .25"), m, escalc(binary[m], ai = e1, n1i = n1, ci = e2, n2i = n2, data = z, add = 0.25),
      data = z, zero_add = 0.25, keep_double_zero = TRUE)
  e <- read.csv(file.path(folder, "dmetar_depressionmortality/depressionmortality.csv"))
  add(paste("depressionmortality", m), m, escalc(binary[m], ai = event.e, n1i = n.e, ci = event.c, n2i = n.c, data = e),
      file = "dmetar_depressionmortality/depressionmortality.csv", three_level = "author")
}
means <- c(smd = "SMD", md = "MD", glass = "SMD1", rom = "ROM")
normand <- with(dat.normand1999, data.frame(study = paste(study, source), n1i, m1i, sd1i, n2i, m2i, sd2i))
fur <- read.csv(file.path(folder, "meta_furukawa2003/furukawa2003.csv"))
hae <- read.csv(file.path(folder, "meta_haeuser2009/haeuser2009.csv"))
sui <- read.csv(file.path(folder, "dmetar_suicideprevention/suicideprevention.csv"))
rob <- list(n.1 = "nti", n.2 = "nci", mean.1 = "mti", mean.2 = "mci", sd.1 = "sdti", sd.2 = "sdci")
for (m in names(means)) for (v in c("LS", "UB")) {
  if (v == "UB" && !(m %in% c("smd", "glass"))) next
  o <- if (v == "UB") list(smd_variance = "unbiased") else list()
  call <- function(name, m1i, sd1i, n1i, m2i, sd2i, n2i) do.call(add, c(list(paste(name, m, v), m,
    escalc(means[[m]], vtype = v, m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i)), o, rest))
  rest <- list(data = normand); with(normand, call("normand1999", m1i, sd1i, n1i, m2i, sd2i, n2i))
  rest <- list(file = "meta_furukawa2003/furukawa2003.csv")
  with(fur, call("furukawa2003", Me, Se, Ne, Mc, Sc, Nc))
  rest <- list(file = "dmetar_suicideprevention/suicideprevention.csv")
  with(sui, call("suicideprevention", mean.e, sd.e, n.e, mean.c, sd.c, n.c))
  if (m != "rom") {
    rest <- list(file = "meta_haeuser2009/haeuser2009.csv", columns = rob, three_level = "study")
    with(hae, call("haeuser2009", mti, sdti, nti, mci, sdci, nci))
  }
}
# One group
x <- read.csv(file.path(folder, "dmetar_opioidmisuse/opioidmisuse.csv"))
p <- data.frame(study = letters[1:6], events = c(0, 3, 12, 7, 40, 5), n = c(12, 17, 30, 7, 111, 51))
for (m in c(proportion = "PR", logit = "PLO", `freeman-tukey` = "PFT")) {
  n <- c(PR = "proportion", PLO = "logit", PFT = "freeman-tukey")[[m]]
  add(paste("opioidmisuse", n), n, escalc(m, xi = event, ni = n, data = x), file = "dmetar_opioidmisuse/opioidmisuse.csv")
  add(paste("zeros", n), n, escalc(m, xi = events, ni = n, data = p), data = p)
}
w <- read.csv(file.path(folder, "dmetar_healthwellbeing/healthwellbeing.csv"))
for (m in c(cor = "COR", zcor = "ZCOR")) {
  n <- c(COR = "cor", ZCOR = "zcor")[[m]]
  add(paste("healthwellbeing", n), n, escalc(m, ri = cor, ni = n, data = w), file = "dmetar_healthwellbeing/healthwellbeing.csv")
  d <- with(dat.mcdaniel1994, data.frame(study, ri, ni, type))
  add(paste("mcdaniel1994", n), n, escalc(m, ri = ri, ni = ni, data = d), data = d)
}
m1 <- with(dat.normand1999, data.frame(study = paste(study, source), n = n1i, mean = m1i, sd = sd1i))
add("normand1999 mean", "mean", escalc("MN", mi = mean, sdi = sd, ni = n, data = m1), data = m1)
# Change: Morris 2008 (table 1), one group and the difference of two
T <- data.frame(study = paste("study", 1:5), n1 = c(20, 50, 9, 10, 14), m_pre1 = c(30.6, 23.5, .5, 53.4, 35.6),
  mean1 = c(38.5, 26.8, .7, 75.9, 36), sd_pre1 = c(15, 3.1, .1, 14.5, 4.7), sd1 = c(11.6, 4.1, .1, 4.4, 4.6),
  n2 = c(20, 42, 9, 11, 14), m_pre2 = c(23.1, 24.9, .6, 55.7, 34.8), mean2 = c(19.7, 25.3, .6, 60.7, 33.4),
  sd_pre2 = c(13.8, 4.1, .2, 17.3, 3.1), sd2 = c(14.8, 3.3, .2, 17.9, 6.9), ri = c(.47, .64, .77, .89, .44))
for (m in c("SMCR", "SMCC")) {
  a <- escalc(m, m1i = mean1, m2i = m_pre1, sd1i = if (m == "SMCR") sd_pre1 else sd1, sd2i = if (m == "SMCR") sd1 else sd_pre1, ni = n1, ri = ri, data = T)
  b <- escalc(m, m1i = mean2, m2i = m_pre2, sd1i = if (m == "SMCR") sd_pre2 else sd2, sd2i = if (m == "SMCR") sd2 else sd_pre2, ni = n2, ri = ri, data = T)
  one <- T[, c("study", "n1", "m_pre1", "mean1", "sd_pre1", "sd1", "ri")]
  names(one) <- c("study", "n", "mean_pre", "mean_post", "sd_pre", "sd_post", "ri")
  add(paste("morris2008 one group", m), tolower(m), a, data = one)
  add(paste("morris2008 two groups", m), tolower(m), data.frame(yi = a$yi - b$yi, vi = a$vi + b$vi), data = T)
}
cat(toJSON(list(made_with = list(R = as.character(getRversion()), metafor = as.character(packageVersion("metafor")),
  metadat = as.character(packageVersion("metadat"))), case = cases), digits = I(17), auto_unbox = TRUE, pretty = FALSE))
