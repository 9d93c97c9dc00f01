#!/usr/bin/env bash
# Makes docs/validation/simex-simulation.md (ten minutes on one quiet core). Options: --replicates N --seed N --threads N.
set -euo pipefail
cmake --build "${BUILD:-build}" --target simulate_mediation_simex >/dev/null
table=$("${BUILD:-build}/tests/simulate_mediation_simex" "$@")
cat > docs/validation/simex-simulation.md <<TEXT
# SIMEX with a binary outcome

Made by \`tests/simulation/mediation_simex.sh ${*:-}\` (also part of \`./dev simulate\`); the program is \`tests/simulation/mediation_simex.c\`. The same seed gives the same
table on any number of threads.

SIMULATED trials: M = 0.6 A + 0.3 X + e, measured with independent error of the stated reliability, which the analysis knows exactly; logit P(Y = 1) = −0.4 + 0.4 A + 0.9 M + 0.3 X. The average indirect effect, a difference of probabilities: without the error, as measured, and corrected by SIMEX (\`vg_mediation_fit\`, delta
intervals). The truth is that of 400,000 error-free participants.

$table

**Reading.** Reliability 0.7 hides a third of the indirect effect, 0.5 more than half; intervals as measured cover in 58 and 15 % of trials at n = 300. The quadratic curve, R's default, brings back two thirds of what is lost at 0.7 and less than half at 0.5 (coverage 90 and 70 %). The rational curve, which is the default here, leaves 3 and 6 % of the effect and covers in 93 and
92 %; the price is spread (SD 1.2 and 1.5 times that without error). At n = 1,000 it covers in 96 %, the quadratic curve in 88 %.
TEXT
