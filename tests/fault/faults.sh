#!/usr/bin/env bash
# Each allocation, each request to an arena and each write of our code fails in turn: the program ends with status 4 (or succeeds where
# the failure did not matter), says so, and leaves no half-written file behind.
set -u
program=$(dirname "$VAGUS")/tests/vagus_fault
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
steps=${VAGUS_FAULT_STEPS:-40}
bad=0

{
    echo "patient,arm,visit,score"
    for i in $(seq 1 24); do
        for v in 1 2 3; do
            echo "p$i,$([ $((i % 2)) = 0 ] && echo active || echo control),$v,$(((i * i * 13 + i * v * v * 7 + i * i * v * 3 + v * 5) % 29))"
        done
    done
} > "$work/trial.csv"

# All of 1..n when n is small; else the first half of the steps one by one, the rest evenly.
points() {
    local n=$1 half=$((steps / 2)) i
    if [ "$n" -le "$steps" ]; then seq 1 "$n"; return; fi
    seq 1 "$half"
    for ((i = 1; i <= steps - half; i++)); do echo $((half + (n - half) * i / (steps - half))); done
}

complain() { echo "$*"; bad=1; }

# name, output path, command...
each_fault() {
    local name=$1 output=$2 kind k status counts
    shift 2
    rm -rf "$output"
    VAGUS_FAULT_COUNT=$work/count "$program" "$@" >/dev/null 2>"$work/stderr" || { complain "$name fails without a fault: $(cat "$work/stderr")"; return; }
    read -r -a counts < "$work/count"
    rm -rf "$work/whole"
    [ -e "$output" ] && cp -r "$output" "$work/whole"
    rm -rf "$output"
    touch "$work/stdout"
    local tried=0 before
    before=$(ls -A "$work")
    local kinds=(ALLOCATION ARENA WRITE)
    for kind in 0 1 2; do
        local n=${counts[$kind]}
        kind=${kinds[$kind]}
        for k in $(points "$n"); do
            rm -rf "$output"
            env "VAGUS_FAIL_$kind=$k" "$program" "$@" >"$work/stdout" 2>"$work/stderr"
            status=$?
            tried=$((tried + 1))
            if [ $status -eq 4 ]; then
                grep -q '^vagus: ' "$work/stderr" || complain "$name: $kind $k: status 4 without a message"
            elif [ $status -ne 0 ]; then
                complain "$name: $kind $k: status $status: $(head -c 300 "$work/stderr")"
            elif [ -e "$work/whole" ] && [ ! -e "$output" ]; then
                complain "$name: $kind $k: status 0 and no $(basename "$output")"
            fi
            # what is there is whole: a success that lacks a figure, or half a folder, is a silent error
            [ -e "$output" ] && { diff -rq -I '"written":' "$output" "$work/whole" >/dev/null || complain "$name: $kind $k: status $status and $(basename "$output") is not whole"; }
            rm -rf "$output"
            [ "$(ls -A "$work")" = "$before" ] || { complain "$name: $kind $k: left behind: $(diff <(echo "$before") <(ls -A "$work") | tr '\n' ' ')"; break; }
        done
    done
    echo "$name: ${counts[0]} allocations, ${counts[1]} requests to arenas, ${counts[2]} writes; $tried faults tried"
}

# The pages again from a stored fixture (review, mechanism): whatever fails, the folder is the old one or the same anew.
each_report_fault() {
    local what=$1 folder=$work/report kind k status counts tried=0
    rm -rf "$work/stored" "$folder"
    "$(dirname "$VAGUS")/tests/write_fixture_report" "$work/stored" "$what" || { complain "the $what fixture fails"; return; }
    "$program" report "$work/stored" >/dev/null || { complain "report fails without a fault"; return; }
    cp -r "$work/stored" "$folder"
    VAGUS_FAULT_COUNT=$work/count "$program" report "$folder" >/dev/null
    read -r -a counts < "$work/count"
    local kinds=(ALLOCATION ARENA WRITE)
    for kind in 0 1 2; do
        local n=${counts[$kind]}
        kind=${kinds[$kind]}
        for k in $(points "$n"); do
            env "VAGUS_FAIL_$kind=$k" "$program" report "$folder" >"$work/stdout" 2>"$work/stderr"
            status=$?
            tried=$((tried + 1))
            [ $status -eq 0 ] || [ $status -eq 4 ] || complain "report of a $what: $kind $k: status $status: $(head -c 300 "$work/stderr")"
            diff -rq -I '"written":' -x results.sqlite -x manifest.json "$folder" "$work/stored" >/dev/null || {
                complain "report of a $what: $kind $k: status $status and the folder is not whole"
                rm -rf "$folder"
                cp -r "$work/stored" "$folder"
            }
        done
    done
    echo "report of a $what: ${counts[0]} allocations, ${counts[1]} requests to arenas, ${counts[2]} writes; $tried faults tried"
}

has() { "$program" "$1" --help >/dev/null 2>&1; }

has mmrm && each_fault mmrm "$work/mmrm.json" mmrm "$work/trial.csv" --formula 'score ~ arm * visit' --id patient --visit visit \
    --arm arm --df kenward-roger --json -o "$work/mmrm.json"
{
    echo "patient,arm,visit,x,m,y"
    for i in $(seq 1 40); do
        for v in 1 2 3; do
            echo "p$i,$([ $((i % 2)) = 0 ] && echo active || echo control),$v,$((i * 7 % 13)),$(((i * i * 13 + i * v * v * 7) % 29)),$(((i * i * 5 + i * v * 11 + v) % 31))"
        done
    done
} > "$work/channel.csv"
has mediate && each_fault mediate "$work/mediate.json" mediate "$work/channel.csv" --treatment arm --mediators m --outcome y --covariates x --id patient \
    --visit visit --mediator-at 2 --outcome-at 3 --baseline-at 1 --interval bca --boot 100 --json -o "$work/mediate.json"
has mediate && each_fault "mediate, channels" "$work/mediate.json" mediate "$work/channel.csv" --treatment arm --mediators m,x --channels 'one=m;two=x' \
    --reliability m=0.9:0.8:0.95 --outcome y --id patient --visit visit --mediator-at 2 --outcome-at 3 --no-baseline --boot 100 --json -o "$work/mediate.json"
{
    printf 'patient\tf1\tf2\tf3\tf4\tf5\tf6\n'
    for i in $(seq 1 40); do
        printf 'p%d' "$i"
        for f in 3 5 7 11 13 17; do printf '\t%d' $(((i * i * f + i * 7 + f * f * i % 31) % 23)); done
        echo
    done
} > "$work/features.tsv"
awk -F, 'NR == 1 || $3 == 1' "$work/channel.csv" > "$work/first.csv"
has mediate && each_fault "mediate, screen" "$work/mediate.json" mediate "$work/first.csv" --treatment arm --screen "$work/features.tsv" --sample patient --outcome y \
    --covariates x --json -o "$work/mediate.json"
has mediate && each_fault "mediate, limit" "$work/mediate.json" mediate "$work/first.csv" --treatment arm --mediators m --outcome y --covariates x \
    --lloq m=4 --boot 100 --json -o "$work/mediate.json"
has mediate && each_fault "mediate, gaps" "$work/mediate.json" mediate "$work/first.csv" --treatment arm --mediators m,x --outcome y --missing impute \
    --imputations 3 --boot 100 --json -o "$work/mediate.json"
awk -F, 'NR == 1 { print $0 ",z"; next } { print $0 "," ($6 > 15) }' "$work/first.csv" > "$work/binary.csv"
has mediate && each_fault "mediate, SIMEX" "$work/mediate.json" mediate "$work/binary.csv" --treatment arm --mediators m --outcome z \
    --reliability m=0.8 --correction simex --json -o "$work/mediate.json"
{
    echo "patient,arm,x,w,y"
    for i in $(seq 1 240); do
        echo "p$i,$([ $((i % 2)) = 0 ] && echo active || echo control),$((i * 7 % 13)),$((i * i * 5 % 17)),$(((i * i * 13 + i * 7) % 29))"
    done
} > "$work/people.csv"
has forest && each_fault forest "$work/forest.json" forest "$work/people.csv" --treatment arm --outcome y --features x,w --trees 100 --threads 1 \
    --id patient --json -o "$work/forest.json"
"$program" init "$work/study" >/dev/null || complain "init fails"
each_fault init "$work/fresh" init "$work/fresh"
each_fault check "$work/none" check "$work/study"
has run && each_fault run "$work/results" run "$work/study" -o "$work/results"
"$program" init "$work/evidence" --template meta >/dev/null || complain "init of a review fails"
each_fault "init of a review" "$work/fresh" init "$work/fresh" --template meta
each_fault "check of a review" "$work/none" check "$work/evidence"
each_fault "run of a review" "$work/results" run "$work/evidence" -o "$work/results"
has meta && each_fault meta "$work/meta.json" meta "$work/evidence/trials.csv" --measure smd --lower-is-better --subgroup role \
    --moderators weeks --permutations 20 --influence --cumulative year --certainty --control-rate 0.3 \
    --small-study egger,egger-lm,begg,trimfill,pet-peese,three-parameter --json -o "$work/meta.json"
has meta && each_fault "meta, three levels" "$work/meta.json" meta "$work/evidence/trials.csv" --measure smd --study-level overall \
    --subgroup role --moderators weeks --influence --as-prior "$work/prior.yaml" --json -o "$work/meta.json"
rm -f "$work/prior.yaml"
mkdir "$work/finished"
cat > "$work/finished/results.json" <<E
{"study": {"title": "T", "data": "real", "primary_analysis": "primary", "primary_visit": "w8", "primary_arm": "active",
  "primary_reference": "placebo", "primary_lower_is_better": true},
 "estimates": [{"analysis": "primary", "quantity": "effect_size", "visit": "w8", "arm": "active", "reference": "placebo", "estimate": -0.3,
   "se": 0.2, "n": 102}]}
E
has meta && each_fault "meta --add" "$work/meta.json" meta "$work/evidence/trials.csv" --measure smd --lower-is-better \
    --add "$work/finished" --json -o "$work/meta.json"
printf '%s\n' study,treat1,treat2,TE,seTE a,drug,placebo,-0.3,0.10 b,diet,placebo,-0.2,0.12 c,drug+diet,placebo,-0.6,0.15 \
    d,drug,diet,-0.1,0.14 e,drug,placebo,-0.4,0.11 f,drug+diet,drug,-0.2,0.13 > "$work/contrasts.csv"
has nma && each_fault nma "$work/nma.json" nma "$work/contrasts.csv" --reference placebo --lower-is-better --components + \
    --inactive placebo --interaction 'diet*drug' --json -o "$work/nma.json"
printf 'f\t%s\t%s\t%s\t%s\t%s\t%s\nx\t1\t4\t2\t0\t5\t1\ny\t3\t1\t2\t6\t0\t2\nz\t0\t2\t7\t1\t1\t1\n' s1 s2 s3 s4 s5 s6 > "$work/counts.tsv"
echo '((x:1,y:2):0.5,z:3);' > "$work/tree.nwk"
printf '%s\n' sample,arm,site,who s1,a,x,p1 s2,a,y,p2 s3,a,x,p3 s4,b,y,p4 s5,b,x,p5 s6,b,y,p6 > "$work/samples.csv"
has lmm && each_fault lmm "$work/lmm.json" lmm "$work/trial.csv" --formula 'score ~ arm * visit + (1 | patient)' --df kenward-roger \
    --tests 3 --arm arm --json -o "$work/lmm.json"
printf '%s\n' sample,one,two s1,1.5,2 s2,2.5,1 s3,1,NA s4,3,4 s5,2,1 s6,2.5,2 > "$work/outcomes.csv"
has lmm && each_fault "lmm --outcomes" "$work/many.json" lmm "$work/samples.csv" --formula '~ arm + (1 | site)' --outcomes "$work/outcomes.csv" \
    --fdr by --threads 1 --json -o "$work/many.json"
for mode in linda maaslin3; do
    has differential && each_fault "differential $mode" "$work/change.json" differential "$work/counts.tsv" --data "$work/samples.csv" \
        --formula '~ arm + (1 | site)' --mode $mode --threads 1 --json -o "$work/change.json"
done
has distance && each_fault distance "$work/d.tsv" distance "$work/counts.tsv" --metric gunifrac --tree "$work/tree.nwk" -o "$work/d.tsv"
has distance && each_fault "distance --pcoa" "$work/axes.json" distance "$work/counts.tsv" --metric aitchison --pcoa 2 --json -o "$work/axes.json"
has transform && each_fault transform "$work/clr.tsv" transform "$work/counts.tsv" --transform philr --tree "$work/tree.nwk" -o "$work/clr.tsv"
has diversity && each_fault diversity "$work/alpha.json" diversity "$work/counts.tsv" --kind counts --tree "$work/tree.nwk" --coverage 0.9 --json \
    -o "$work/alpha.json"
has permanova && "$program" distance "$work/counts.tsv" --metric bray -o "$work/bray.tsv" &&
    each_fault permanova "$work/p.json" permanova "$work/bray.tsv" --data "$work/samples.csv" --formula '~ site + arm' --participant who \
        --shuffle randomisation --arm arm --strata site --dispersion arm --correct lingoes --permutations 20 --json -o "$work/p.json"
cp -r "$VAGUS_SOURCE/examples/panel-demo" "$work/panel"
sed -i 's/permutations: 999/permutations: 19/' "$work/panel/study.yaml"
each_fault "check of a panel" "$work/none" check "$work/panel"
steps=${VAGUS_FAULT_STEPS:-10} each_fault "run of a panel" "$work/results" run "$work/panel" -o "$work/results"
cat > "$work/design.yaml" <<E
vagus: 1
title: A virtual trial
participants: {n: 40}
visits: [{name: baseline, day: 0}, {name: w4, day: 28}, {name: w8, day: 56}]
arms: {placebo: [usual], active: [usual, pill]}
components: {usual: {type: usual_care}, pill: {type: psychobiotic}}
outcomes: {mood: {unit: points, direction: lower is better, mean: 20, sd: 5}}
panel: {blood: {kind: concentration, matrix: plasma, unit: pg/mL, replicates: 2}}
axis:
  channels: {immune: {markers: [il6, tnf]}, stress: {markers: [cortisol]}}
  markers:
    il6: {layer: blood, shape: lognormal, mean: 2, sd: 0.7, reliability: 0.8, lloq: 0.8}
    tnf: {layer: blood, shape: lognormal, mean: 5, sd: 0.5, reliability: 0.8}
    cortisol: {layer: blood, shape: lognormal, mean: 12, sd: 0.5}
  confounders: {age: {mean: 44, sd: 12}, strain: {measured: false, varies: true}}
  arrows:
    - {arrow: pill -> immune, effect: -0.5, unit: sd}
    - {arrow: immune -> mood, effect: 2, unit: points per sd, lag: 1}
    - {arrow: stress -> mood, effect: 1, unit: points per sd, lag: 1}
    - {arrow: age -> mood, effect: 0.1, unit: sd}
    - {arrow: strain -> stress, effect: 0.1, unit: sd}
    - {arrow: strain -> mood, effect: 0.1, unit: sd}
moderators: [mood_baseline]
plan:
  mechanism: {treatment: pill, outcome: mood at w8, mediators_at: w4, draws: 100}
E
has simulate && "$program" simulate "$work/design.yaml" -o "$work/axis" --population 1000 --quiet &&
    steps=${VAGUS_FAULT_STEPS:-20} each_fault "run with a mechanism" "$work/results" run "$work/axis" -o "$work/results"
# for whom: forty people have all of it, thirty what can be told of few
for n in 40 30; do
    sed "s/n: 40/n: $n/" "$work/design.yaml" > "$work/strata.yaml"
    has simulate && "$program" simulate "$work/strata.yaml" -o "$work/strata" --population 1000 --quiet
    printf '%s\n' arm,cost placebo,0 active,0.5 > "$work/strata/costs.csv"
    sed -i '1s/$/,class/; 2,$s/$/,ssri/; 3~2s/ssri$/none/' "$work/strata/participants.csv"
    sed -i -e 's/^moderators: .*/moderators: [mood_baseline, il6_baseline, class]/' -e '/^plan:/,/^[^ ]*:$/{/^plan:/!{/^ /d}}' "$work/strata/study.yaml"
    sed -i 's/^plan:.*/plan: {strata: {outcome: mood at w8, panel: all, policy: {depth: 1, costs: costs.csv, min_leaf: 5}, combinations: [class], permutations: 99}}/' \
        "$work/strata/study.yaml"
    steps=${VAGUS_FAULT_STEPS:-20} each_fault "run for whom, $n people" "$work/results" run "$work/strata" -o "$work/results"
    rm -rf "$work/strata"
done
has report && each_report_fault review
has report && each_report_fault mechanism
exit $bad
