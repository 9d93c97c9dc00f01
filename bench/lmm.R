# Times lmerTest on the first features of bench_lmm's data and scales to 2,000: Rscript lmm.R FILE
suppressMessages(library(lmerTest))
d <- read.csv(commandArgs(TRUE)[1]); d$arm <- factor(d$arm); d$visit <- factor(d$visit)
features <- grep("^f[0-9]", names(d), value = TRUE)
fit <- function(f) summary(lmer(reformulate("arm * visit + age + (1 | subject)", f), d))$coefficients
invisible(fit(features[1]))
t <- system.time(for (f in features) k <- fit(f))[["elapsed"]]
k <- fit(features[1])
message(sprintf("f0: arm %.10g se %.10g df %.8g", k["arm1", 1], k["arm1", 2], k["arm1", 3]))
cat(sprintf("%d %.6f\n", length(features), t * 2000 / length(features)))
