#!/usr/bin/env bash
# vagus mediate: the same rows in another order, and another number of threads, give the same JSON to the last digit, for every model
# and interval, with one mediator, several, channels and reliabilities.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
python3 - <<'E'
import random
r, rows = random.Random(5), []
for i in range(160):
    a, x = i % 2, r.gauss(0, 1)
    m = round(.5 * a + .3 * x + r.gauss(0, 1), 2)
    y = round(.3 * a + .5 * m + .3 * x + r.gauss(0, 1), 2)
    yes = lambda v: "yes" if v + r.gauss(0, 1) > .3 else "no"
    rows.append([("placebo", "active")[a], round(x, 1), m, y, yes(y), int(m + r.gauss(0, 1) > .3), 1 + (y > -.5) + (y > .6), "s%d" % (i // 8 % 10),
                 round(.5 * m + r.gauss(0, 1), 1), round(r.gauss(0, 1) - .3 * m, 1)])
for k in range(3):
    with open("order%d.csv" % k, "w") as out:
        print("arm,x,m,y,better,high,grade,site,b,c", file=out)
        for row in rows:
            print(*row, sep=",", file=out)
    r.shuffle(rows)
E
cmp -s order0.csv order1.csv && fail "the rows were not shuffled"

# what a run says, without the names and digests of its inputs
answer() {
    expect 0 mediate "$@" --json --seed 3
    python3 -c 'import json, sys; r = json.load(open(sys.argv[1])); del r["inputs"], r["call"]; print(json.dumps(r))' "$here/out" >"$here/answer"
}
same() {
    answer order0.csv "$@" --threads 1
    mv "$here/answer" "$here/first"
    for other in "order1.csv 1" "order2.csv 2" "order0.csv 2"; do
        answer ${other% *} "$@" --threads ${other#* }
        cmp -s "$here/first" "$here/answer" || fail "mediate $*: another answer for $other (rows in another order, threads)"
    done
}

base=(--treatment arm --contrast active,placebo --covariates x)
for interval in "percentile --boot 200" "bca --boot 200" delta "quasi-bayes --boot 200" "monte-carlo --boot 200"; do
    same "${base[@]}" --mediators m --outcome y --interval $interval
done
for outcome in "better --outcome-model logistic" "better --outcome-model probit" "grade --outcome-model ordinal"; do
    for mediator in m "high --mediator-model logistic" "high --mediator-model probit"; do
        for interval in "percentile --boot 100" delta "quasi-bayes --boot 100"; do
            same "${base[@]}" --mediators $mediator --outcome $outcome --interval $interval
        done
    done
done
same "${base[@]}" --mediators m --outcome better --outcome-model logistic --interval bca --boot 100
same "${base[@]}" --mediators m --outcome y --cluster site --boot 100
same "${base[@]}" --mediators m --outcome y --cluster site --mediator-model mixed --outcome-model mixed --boot 100
same "${base[@]}" --mediators m --outcome y --cluster site --robust cr0 --interval delta
for interval in "percentile --boot 200" delta "monte-carlo --boot 200"; do
    same "${base[@]}" --mediators m,b,c --outcome y --interval $interval
done
for score in mean component markers factor; do
    same "${base[@]}" --mediators m,b,c --outcome y --channels 'one=m,b,c' --score $score --boot 100
done
same "${base[@]}" --mediators m,b,c --outcome y --channels 'one=m,b;two=c' --reliability 'm=0.8:0.7:0.9,c=0.7' --boot 200
finish
