#!/usr/bin/env bash
# Makes docs/validation/mechanism-simulation.md (two minutes of processor time). Options: --replicates N --seed N.
set -euo pipefail
cmake --build "${BUILD:-build}" --target simulate_mechanism >/dev/null
table=$("${BUILD:-build}/tests/simulate_mechanism" "$@")
cat > docs/validation/mechanism-simulation.md <<TEXT
# Mechanism in a plan: recovery, coverage, verdicts

Made by \`tests/simulation/mechanism.sh ${*:-}\` (also part of \`./dev simulate\`); the program is \`tests/simulation/mechanism.c\`.

SIMULATED trials, each written as a study folder, read, and analysed by \`plan: mechanism\` (percentile, mean scores): a pill against placebo, three channels of three, two and one log-normal markers. Immune: moved by the pill (−0.5 SD) and moving mood a visit later (2 points):
indirect −1. Stress: moves mood, not touched. Vagal tone: moved, moves nothing. Direct −0.5; important difference 3. Every marker has the stated reliability, which the study declares; baselines of the channels are as noisy.

$table

**Reading.** As measured, markers of reliability 0.7 hide a third of what goes through Immune (+0.33 and +0.35 of −1) and book it as direct; the interval covers in 71 % of trials at n = 200 and in 40 % at n = 500. Corrected, the effect is right to 3 % at n = 200 and to
0.2 % at n = 500, its interval covers in 94 and 95 %, and no trial was left uncorrected. With error-free markers the percentile intervals of 300 resamples cover in 92 to 94 % at n = 200. Immune is told to carry the effect in 98 % of trials with error-free markers, in 89 % with noisy
ones at n = 200 and in all at n = 500. Stress and vagal tone, which carry nothing, are told to carry or to oppose in 1.4 to 6.6 % of trials (standard error up to 1.1 %); without the condition that both arrows stand out it was 6.6 and 7.4 % in 1,000 trials of the first setting.
TEXT
