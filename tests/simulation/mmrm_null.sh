#!/usr/bin/env bash
# Makes docs/validation/mmrm-null-simulation.md (minutes). Options: --replicates N --seed N --threads N.
set -euo pipefail
cmake --build "${BUILD:-build}" --target simulate_mmrm_null >/dev/null
table=$("${BUILD:-build}/tests/simulate_mmrm_null" "$@")
cat > docs/validation/mmrm-null-simulation.md <<TEXT
# MMRM under the null: type I error and coverage

Made by \`tests/simulation/mmrm_null.sh ${*:-}\` (also part of \`./dev simulate\`); the program is
\`tests/simulation/mmrm_null.c\`. The same seed gives the same table on any number of threads.

Two equal arms without any difference, baseline N(24, 4²), five visits with mean 24 − 2.2 j, slope 0.5 on the baseline, residual SD
4.5, 5.5, 6, 6.5, 7 and correlation 0.75^|j − k|. Before visits 2 to 5 a participant leaves with probability expit(−3.2 + 0.8 z),
z the standardised last observed value: missing at random, and those who do badly leave. Model: y ~ arm * visit +
baseline * visit, unstructured covariance, REML. The contrast is active − control at visit 5, 95 % interval.
Kenward–Roger and Satterthwaite come from the same fit. Under the null the interval covers 0 exactly when the test does
not reject, so coverage is one minus type I error. A fit without certified optimum, or not estimable, stays in the
denominator as a trial that neither rejects nor covers; the columns count them.

$table
TEXT
