#!/usr/bin/env bash
# Makes docs/validation/axis-recovery.md (three minutes on two busy cores). Options: --replicates N --seed N --threads N.
set -euo pipefail
cmake --build "${BUILD:-build}" --target simulate_axis_recovery >/dev/null
table=$("${BUILD:-build}/tests/simulate_axis_recovery" examples/axis-demo/design.yaml "$@")
cat > docs/validation/axis-recovery.md <<TEXT
# Recovery of the demo graph's channels

Made by \`tests/simulation/axis_recovery.sh ${*:-}\` (also part of \`./dev simulate\`); the program is \`tests/simulation/axis_recovery.c\`. The same seed gives the same
tables on any number of threads.

SIMULATED trials of \`examples/axis-demo/design.yaml\`, analysed as \`vagus design --treatment multistrain --outcome "hamd17 at w12" --mediators-at w8\` does: the component's effect over all four arms (diet a covariate), six channels scored from
their markers at w8, baselines of outcome and channels; as measured, and corrected with the reliabilities known. Truth by path products (error 0) or by 100,000 people in both worlds. Reliability: as the design declares it (0.5 to 0.8), or the same for every marker.
Monte Carlo standard errors in brackets; 2,000 trials a row, 500 in the second table. Power or level: share with p < 0.05, of one channel by joint significance. Points of the HAM-D17; a benefit is negative, so that a positive bias is an effect
lost.

$table

In the second table each cell is the bias of the corrected effect (n = 1,000, reliabilities as declared), its error, and the coverage.

**Reading.** *Where the assumptions hold.* Without measurement error and corrected for it, at reliability 0.5 as well, no channel's bias is beyond 2.4 Monte Carlo errors at either n. At n = 1,000 intervals cover 94 to 97 % for the paths that are there; for two that
hardly are (the gut barrier leads nowhere, the neurotrophic path is worth 0.015 points) 97 to 99.7 %: where both arrows are near 0 the product's interval is cautious. At n = 200 all arrows are weak (power 1 to 20 %), and intervals of single channels cover 94 to 100 %.
As measured, the declared reliabilities lose 35 % of the joint effect and half of the HPA axis's (its markers have 0.5), reliability 0.5 loses half of all; what is lost is booked as direct, and at n = 1,000 the interval then covers in 24 %. More people do not mend it.
The price of the correction is width: at reliability 0.5 the SD of the joint effect is 1.6 times (n = 1,000) to twice (n = 200) that without error.

*Where they do not.* An unmeasured common cause (strain) adds 0.02 points to the HPA axis's 0.18, earlier symptoms that act on it 0.03, together in the demo 0.05 (28 % of its effect, and the interval still covers 93 %: nothing in the data warns). Metabolites measured at w4, when those of w8 act on w12, lose half
of their effect to the direct one, and coverage falls to 80 %. So the visit of the mediators matters more here than anything else; the plan of the demo (w4 on w8) measures when it should. Differing adherence, moderation, dropout by symptoms (seen and unseen, 16 % by w12) and whole points
move no bias by more than 0.01 points, within Monte Carlo error.

*For planning.* A trial of 200 sees the effect of this component's channels in less than one case of five even with error-free markers; one of 1,000 sees the HPA axis in 93 % error-free, in 65 % with the declared assays.
TEXT
