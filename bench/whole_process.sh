#!/usr/bin/env bash
# Whole processes, start to exit: `vagus run` with its report, `vagus mmrm` on one table. Median, least and most of
# 21 runs after two that are not counted. From the project's root, built.
set -eu
runs=21
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

measure() { # name, command...
    local name=$1 i begun
    shift
    for i in 1 2; do "$@" >/dev/null 2>&1; done
    for ((i = 0; i < runs; i++)); do
        begun=$(date +%s%N)
        "$@" >/dev/null 2>&1
        echo $(($(date +%s%N) - begun))
    done | sort -n | awk -v name="$name" '{ t[NR] = $1 / 1e6 }
        END { printf "| %s | %.1f | %.1f | %.1f |\n", name, t[int((NR + 1) / 2)], t[1], t[NR] }'
}

echo "| command | median ms | least | most |"
echo "|---|---:|---:|---:|"
measure "vagus run examples/beat-the-blues (10 analyses and the report)" \
    build/vagus run examples/beat-the-blues -o "$work/results"
data=${VAGUS_DATA:-../shared/data}/antidepressant_hamd17/antidepressant.csv
if [ -r "$data" ]; then
    measure "vagus mmrm (172 patients × 4 visits, us, Kenward–Roger)" build/vagus mmrm "$data" \
        --formula 'CHANGE ~ BASVAL*VISIT + THERAPY*VISIT' --id PATIENT --visit VISIT --arm THERAPY --df kenward-roger
else
    echo "vagus mmrm: skipped, VAGUS_DATA is absent" >&2
fi
