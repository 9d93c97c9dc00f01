# Measures of predicted probabilities: AUC and DeLong's interval by pROC, calibration line and curve by glm, net benefit, ROC curve and the
# mean over folds from their formulas. Rscript prediction.R > prediction.json
suppressMessages({library(jsonlite); library(pROC)})
uniform <- function(seed, n) { x <- numeric(n); for (i in seq_len(n)) { seed <- (seed * 16807) %% 2147483647; x[i] <- seed / 2147483647 }; x }
n <- 150; u <- matrix(uniform(23, n * 2), n)
p <- round(plogis(qnorm(u[, 1]) - 0.3), 2) # rounded: ties
y <- as.numeric(u[, 2] < plogis(0.2 + 0.7 * qlogis(p))); cluster <- rep(1:50, 3)
r <- roc(y, p, levels = c(0, 1), direction = "<", quiet = TRUE)
ci <- ci.auc(r, method = "delong")
l <- qlogis(p)
large <- glm(y ~ 1, offset = l, family = binomial, control = list(epsilon = 1e-14)); slope <- glm(y ~ l, family = binomial, control = list(epsilon = 1e-14))
# glm keeps the weights of the step before its last: started again from its own optimum they belong to it
slope <- update(slope, start = coef(slope)); large <- update(large, start = coef(large))
robust <- sandwich::vcovCL(slope, cluster, type = "HC0", cadjust = FALSE)
# restricted cubic spline, Harrell's form, knots at .1 .5 .9
k <- unname(quantile(l, c(.1, .5, .9))); cube <- function(x) pmax(x, 0)^3
bend <- function(x) (cube(x - k[1]) - cube(x - k[2]) * (k[3] - k[1]) / (k[3] - k[2]) + cube(x - k[3]) * (k[2] - k[1]) / (k[3] - k[2])) / (k[3] - k[1])^2
b <- bend(l); curve <- glm(y ~ l + b, family = binomial, control = list(epsilon = 1e-14))
at <- c(.2, .35, .5, .7); new <- data.frame(l = qlogis(at), b = bend(qlogis(at)))
curve <- update(curve, start = coef(curve)); said <- predict(curve, new, se.fit = TRUE)
t <- c(.1, .3, .43, .6)
net <- sapply(t, function(t) mean(p >= t & y == 1) - mean(p >= t & y == 0) * t / (1 - t))
all <- sapply(t, function(t) mean(y) - (1 - mean(y)) * t / (1 - t))
fpr <- c(0, .05, .2, .5, 1)
# the curve's corners, straight lines between them, the upper end of vertical pieces
cuts <- sort(unique(p), decreasing = TRUE)
x <- c(0, sapply(cuts, function(c) mean(p[y == 0] >= c))); tp <- c(0, sapply(cuts, function(c) mean(p[y == 1] >= c)))
tpr <- sapply(fpr, function(f) { a <- max(which(x <= f)); b <- min(a + 1, length(x)); if (x[b] > x[a]) tp[a] + (tp[b] - tp[a]) * (f - x[a]) / (x[b] - x[a]) else tp[a] })
# Nadeau and Bengio: 10 folds twice
d <- u[1:20, 1] - 0.4; J <- length(d); se <- sqrt((1 / J + 1 / 9) * var(d))
write_json(list(made_with = paste("R", getRversion(), "pROC", packageVersion("pROC"), "sandwich", packageVersion("sandwich")),
  p = p, y = y, auc = list(estimate = as.numeric(auc(r)), se = sqrt(var(r, method = "delong")), lower = ci[1], upper = ci[3]),
  brier = mean((p - y)^2), large = unname(c(coef(large), sqrt(vcov(large)))), slope = unname(c(coef(slope)[2], sqrt(vcov(slope)[2, 2]), sqrt(robust[2, 2]))),
  curve = list(at = at, logit = unname(said$fit), se = unname(said$se.fit)), decision = list(threshold = t, model = net, all = all),
  roc = list(at = fpr, true_positive = tpr),
  folds = list(value = d, estimate = mean(d), se = se, lower = mean(d) - qt(.975, J - 1) * se, upper = mean(d) + qt(.975, J - 1) * se, p = 2 * pt(-abs(mean(d) / se), J - 1))),
  stdout(), digits = 17, auto_unbox = TRUE)
