#!/usr/bin/env bash
# What meta and nma print, case by case, as metafor, clubSandwich and netmeta have it; what must not pass in silence.
# Witness: tests/reference/evidence_referee.R (data of the metadat package).
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
cp "$data"/{bcg,magnesium,assink,curtis,franchini,normand}.csv .
export WITNESS=$VAGUS_SOURCE/tests/reference/evidence_referee.json

# ---- numbers ----
python3 - <<'E' || fail "printed numbers differ from the referee's"
import json, math, os, subprocess, sys
cases = json.load(open(os.environ["WITNESS"]))
wrong = []
for case in cases:
    run = subprocess.run([os.environ["VAGUS"], *case["call"], "--json"], capture_output=True, text=True)
    assert run.returncode == 0, (case["call"], run.stderr)
    answer = json.loads(run.stdout)
    for want in case["expect"]:
        if want["quantity"] == "fit":
            got = answer["fit"][want["field"]]
        else:
            fits = lambda r: r["quantity"] == want["quantity"] and all(r.get(k) == v for k, v in want.get("where", {}).items())
            got = next((r[want["field"]] for r in answer["estimates"] if fits(r)), math.nan)
        if not abs(got - want["value"]) <= want["tolerance"] * abs(want["value"]) + 1e-10:
            wrong.append((" ".join(case["call"]), want, got))
for w in wrong[:10]:
    print(*w)
assert len(cases) > 18 and not wrong
E
loglik() { python3 -c "import json; print(json.load(open('$here/out'))['fit']['$1'])"; }
expect 0 meta assink.csv --columns study=row --study-level cl --json
[ "$(loglik test)" = t ] || fail "a three-level model says that it tests by Knapp-Hartung"

# ---- effects that agree exactly: an interval of no width is not left without a word ----
printf 'study,yi,sei\na,.5,.2\nb,.5,.3\nc,.5,.1\nd,.5,.2\n' >equal.csv
expect 0 meta equal.csv --test knha
told "narrower than that of a common effect"

# ---- one typing error must not make a column that is always used be passed over ----
printf 'study,yi,sei,cluster_size,icc\na,.1,.2,10,.05\nb,.3,.2,12,.05\nc,.4,.2,1O,.05\nd,.4,.1,15,.05\n' >typed.csv
refused 1 "typed.csv:4:" '`1O` in column cluster_size is not a number' "leave the cell empty" meta typed.csv
printf 'study,yi,sei\na,.1,.2\nb,.3,.O2\nc,.4,.3\n' >typed.csv
refused 1 "typed.csv:" '`.O2` in column sei is not a number' "mend" meta typed.csv
printf 'study,yi,sei,when\na,.1,.2,9\nb,.3,.2,10\nc,.4,.2,1l\n' >typed.csv
expect 0 meta typed.csv --cumulative when
told "is read as words"

# ---- columns that a measure has no use for are not read ----
printf 'study,ri,n,x\na,.1,20,3.4\nb,.2,20,4.5\nc,.4,30,1\n' >aside.csv
expect 0 meta aside.csv --measure zcor --moderators x
printf 'study,yi,sei,event1,m1\na,.1,.2,relapse,low\nb,.2,.2,death,high\n' >aside.csv
expect 0 meta aside.csv

# ---- columns named wrongly: once, and without what follows from it ----
refused 1 "normand.csv:1:" 'no column `zzz`' "first line" meta normand.csv --measure smd --columns n1=zzz
[ "$(grep -c . "$here/err")" -eq 1 ] || fail "$last: one mistake is told more than once"
refused 2 "" "--columns names n1 twice" "say which" meta normand.csv --measure smd --columns n1=n1i,n1=n2i

# ---- options that would do nothing ----
for option in "--zero-add 0.25" "--zero-cells always" --keep-double-zero; do
    # shellcheck disable=SC2086
    refused 2 "" "is of counts" "leave it out" meta normand.csv --measure smd $option
done
counts=(--columns events1=ai,n1=n1i,events2=ci,n2=n2i)
refused 2 "" "--smd-variance is of --measure smd" "leave it out" meta bcg.csv --measure rr "${counts[@]}" --smd-variance revman
refused 2 "" "--approximate-j is of standardised differences" "leave it out" meta normand.csv --measure md --approximate-j
refused 2 "" "--trimfill without --small-study trimfill" "estimator" meta normand.csv --measure smd --trimfill r0
refused 2 "" "--correlation 0" "leave it out" meta normand.csv --measure smd --correlation 0
refused 1 "" "no Knapp-Hartung" "cluster-robust" meta assink.csv --columns study=row --study-level cl --test knha

# ---- what is read is not written over; a refused report leaves no prior ----
sum=$(cksum <normand.csv)
refused 2 "" "--output would write over the input normand.csv" "another name" meta normand.csv --measure smd -o ./normand.csv
refused 2 "" "--as-prior would write over the input" "another name" meta normand.csv --measure smd --as-prior normand.csv
[ "$sum" = "$(cksum <normand.csv)" ] || fail "the table was written over"
refused 2 "" "--output and --as-prior name one place" "another name" meta normand.csv --measure smd -o x --as-prior x
mkdir kept && echo mine >kept/notes
refused 1 "" "no vagus results" "new folder" meta normand.csv --measure smd --as-prior p.yaml --report kept

# ---- one treatment in two spellings ----
printf 'study,treatment,n,mean,sd\na,Drug,20,3,1\na,placebo,20,4,1\nb,drug,20,3,1\nb,placebo,20,3,1\n' >spelled.csv
refused 1 "spelled.csv:4:" '`drug` and `Drug` (line 2) are one name in two spellings' "spell" nma spelled.csv --measure md
finish
