#!/usr/bin/env bash
# Exact policy trees against policytree on the same data in the same run: elapsed time, ours on two threads (policytree has one).
# The mean rewards of both trees must agree.
# usage: bench/policy.sh [BUILD_FOLDER [R_LIBRARY_WITH_policytree]]   (built with -DVAGUS_BENCH=ON)
set -eu
build=${1:-build}
library=${2:-.}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
printf '%6s %8s %5s %5s %9s %13s %8s %11s\n' people features arms depth vagus_s policytree_s ratio difference
for shape in ${VAGUS_POLICY_SHAPES:-5000,20,2,2 1000,10,4,2 200,5,2,3}; do
    IFS=, read -r n p arms depth <<<"$shape"
    read -r ours value < <("$build/bench/bench_policy" "$n" "$p" "$arms" "$depth" 2 "$folder/d.csv")
    read -r theirs other < <(Rscript "$(dirname "$0")/policy.R" "$folder/d.csv" "$depth" "$library" | tail -1)
    printf '%6s %8s %5s %5s %9s %13s %8s %11s\n' "$n" "$p" "$arms" "$depth" "$ours" "$theirs" \
        "$(awk "BEGIN { printf \"%.0f\", $theirs / $ours }")" "$(awk "BEGIN { printf \"%.1e\", $value - $other }")"
done
