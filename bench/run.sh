#!/usr/bin/env bash
# All speed figures in one go; each script says what it measures and against which peer. docs/validation/benchmarks.md
# keeps the results with the machine they were taken on.
set -eu
cd "$(dirname "$0")/.."
cmake --preset release -DVAGUS_BENCH=ON >/dev/null
cmake --build build
bench/whole_process.sh
bench/mmrm.sh
bench/mechanistic_trial.sh
bench/lmm.sh
bench/elastic_net.sh
bench/meta.sh
bench/network.sh
bench/forest.sh build 20000 50 2000 200
bench/distance.sh
bench/permanova.sh
bench/table_read.sh "${1:-300}" 3
