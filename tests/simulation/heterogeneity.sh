#!/usr/bin/env bash
# Makes docs/validation/heterogeneity-simulation.md (five minutes on one quiet core). Options: --replicates N --seed N --threads N.
set -euo pipefail
cmake --build "${BUILD:-build}" --target simulate_heterogeneity >/dev/null
table=$("${BUILD:-build}/tests/simulate_heterogeneity" "$@")
cat > docs/validation/heterogeneity-simulation.md <<TEXT
# Who benefits, where everybody benefits alike

Made by \`tests/simulation/heterogeneity.sh ${*:-}\` (also part of \`./dev simulate\`); the program is \`tests/simulation/heterogeneity.c\`. The same seed gives the same
table on any number of threads.

SIMULATED trials: two arms 1 : 1, six covariates N(0, 1), Y = x1 + 0.5 x3 + W τ(x) + σ e. *none*: τ = 0, σ = 1. *unequal*: τ = 0.3 for all, σ = (1 + 0.5 W)(0.7 + 0.3 |x2|): spread differs by arm and person, benefit does not.
*moderator*: τ = 0.2 + 0.5 x2. Ŷ and τ̂ are cross-fitted ridge regressions, propensities are known. Trees of depth 2, leaves of 15 or more, five deals of five folds.

$table

READING
TEXT
