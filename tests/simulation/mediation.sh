#!/usr/bin/env bash
# Makes docs/validation/mediation-simulation.md (about three minutes of processor time). Options: --replicates N --seed N --threads N.
set -euo pipefail
cmake --build "${BUILD:-build}" --target simulate_mediation >/dev/null
table=$("${BUILD:-build}/tests/simulate_mediation" "$@")
cat > docs/validation/mediation-simulation.md <<TEXT
# Mediation: coverage of intervals, level of the test

Made by \`tests/simulation/mediation.sh ${*:-}\` (also part of \`./dev simulate\`); the program is \`tests/simulation/mediation.c\`. The same
seed gives the same table on any number of threads.

M = α A + 0.3 C + e, Y = 0.2 A + β M + 0.3 C + f; equal arms, C, e, f standard normal; linear models without interaction; 500 resamples or draws. Coverage of the 95 % interval of
the indirect effect αβ, with Monte Carlo standard errors; last column: share of trials where both arrows have p < 0.05 (the level, where α or β is 0).

$table

**Reading.** Where an arrow is missing the product is far from normal and every interval covers too often (above all where both are missing), and joint significance rejects less than
5 %: it is not an exact test there, but never a liberal one. Where both arrows are there, percentile, BCa and Monte Carlo intervals are near their level; delta intervals, symmetric about a skewed estimate,
fall short in small trials. BCa is the least conservative: with one arrow and a small trial it can fall short of its level, as is known (Fritz, Taylor & MacKinnon 2012).
TEXT
