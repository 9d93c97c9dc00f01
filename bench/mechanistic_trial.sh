#!/usr/bin/env bash
# Whole mechanistic trials a second on one core: 200 participants, 5 visits, 6 channels of 4 markers; simulate, MMRM (unstructured, REML,
# Satterthwaite), mediation through channels by the delta method, as measured and corrected. CPU time of one thread; instructions by
# valgrind where it is there.
# usage: bench/mechanistic_trial.sh [BUILD_FOLDER [TRIALS]]   (built with -DVAGUS_BENCH=ON)
set -eu
build=${1:-build}
trials=${2:-2000}
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
design=$(dirname "$0")/mechanistic_trial.yaml
program=$build/bench/bench_mechanistic_trial
for repeat in 1 2 3; do "$program" "$design" "$trials"; done
echo "the drawing alone:"
"$program" "$design" "$trials" simulate
if command -v valgrind >/dev/null; then
    instructions() { valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$design" "$1" 2>&1 | sed -n 's/.*Collected : //p'; }
    awk -v few="$(instructions 10)" -v more="$(instructions 60)" 'BEGIN { printf "%.2f million instructions a trial\n", (more - few) / 50e6 }'
fi
