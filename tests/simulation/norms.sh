#!/usr/bin/env bash
# Makes docs/validation/norms-simulation.md (two minutes). Options: --replicates N --seed N --threads N.
set -euo pipefail
cmake --build "${BUILD:-build}" --target simulate_norms >/dev/null
table=$("${BUILD:-build}/tests/simulate_norms" "$@")
cat > docs/validation/norms-simulation.md <<TEXT
# Centiles among comparable people: coverage of their intervals

Made by \`tests/simulation/norms.sh ${*:-}\` (also part of \`./dev simulate\`); the program is \`tests/simulation/norms.c\`. The same seed gives
the same table on any number of threads.

Reference people: age uniform on 20 to 70, log y normal around 1 + 0.5 sin(age/12) with SD exp(−1 + 0.01 (age − 45)). People truly at centiles
10, 50 and 90 of age 25, 45 and 65 are placed; intervals are at 95 %. BCCG: curves in M and S, penalties by local maximum
likelihood. Quantile regression: age as a cubic polynomial, 100 resamples, a quarter as many references.

$table

**Reading.** Penalties are chosen from the same people and then taken as known, and a curve is a little too smooth: below about 100 reference
people intervals of BCCG are too short. The conformal p of the neighbourhood needs no such table: it is uniform by
construction, which tests/unit/panel/test_norms.c holds.
TEXT
