# The stool short-chain fatty acids of sauerkraut_crossover by lme4, on the terms that the published models name.
# VAGUS_DATA=… Rscript sauerkraut_models.R > sauerkraut_models.json
suppressMessages({library(lme4); library(jsonlite)})
dir <- file.path(Sys.getenv("VAGUS_DATA"), "sauerkraut_crossover"); read <- function(f) read.csv(file.path(dir, f))
d <- merge(read("stool_scfa.csv"), read("samples.csv")[, 1:4], by.x = "sample_id", by.y = "Sample_ID")
d <- merge(d, read("visits.csv")[, c("Participant_ID", "Timepoint", "BMI", "Treatment", "Intervention", "Period")], by = c("Participant_ID", "Timepoint"))
d <- merge(d, read("participants.csv")[, c("Participant_ID", "Geschlecht", "Alter")], by = "Participant_ID")
d <- d[d$Timepoint %in% paste0("T", 1:4) & !is.na(d$BMI), ]; d$y <- suppressWarnings(as.numeric(d$result_ug_g)); d <- d[!is.na(d$y), ]
d$fresh <- as.numeric(d$Treatment == "After" & d$Intervention == "Fresh"); d$past <- as.numeric(d$Treatment == "After" & d$Intervention == "Pasteurized")
gaussian <- c("Valeric acid", "Hexanoic acid"); all <- c(gaussian, "Acetic acid", "Propionic acid", "Butyric acid")
out <- lapply(setNames(all, all), function(a) { x <- d[d$analyte == a, ]; x$z <- if (a %in% gaussian) x$y else log(x$y)
  f <- lmer(z ~ fresh + past + (Period == "P2") + (Geschlecht == "W") + I(Alter - 50) + I(BMI - 25) + (1 | Participant_ID), x, control = lmerControl(optCtrl = list(ftol_abs = 1e-15, xtol_abs = 1e-12)))
  list(n = nrow(x), people = length(unique(x$Participant_ID)), sd = sd(x$y), estimate = unname(fixef(f)), se = unname(sqrt(diag(as.matrix(vcov(f)))))) })
write_json(list(made_with = paste("R", getRversion(), "lme4", packageVersion("lme4")), models = out), stdout(), digits = 17, auto_unbox = TRUE)
