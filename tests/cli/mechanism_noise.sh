#!/usr/bin/env bash
# plan: mechanism with imputation, factor and learnt scores on the simulated demo: who is analysed, what is told, what does not go together.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
cp -r "$VAGUS_SOURCE/examples/axis-demo" demo
# plan LINE...: the demo with these mechanisms and nothing else of the panel
plan() {
    printf '    - %s\n' "$@" >plan.txt
    python3 - <<'E'
import re
text = open("demo/study.yaml").read()
text = re.sub(r"  response_of_panel:\n(    .*\n)+", "", text)
text = re.sub(r"  mechanism:\n(    .*\n)+", lambda m: "  mechanism:\n" + open("plan.txt").read(), text)
open("demo/study.yaml", "w").write(text)
E
}
what='treatment: multistrain, outcome: hamd17 at w8, mediators_at: w4'
rest='reliability: none, sensitivity: none'
plan "{$what, missing: impute, interval: delta, $rest, id: imputed}" "{$what, interval: delta, $rest, id: complete}" \
    "{$what, score: factor, interval: delta, $rest, id: factor}" "{$what, score: ridge, $rest, id: learnt}"
expect 0 run demo -o results --json
python3 - "$here/out" <<'E' || fail "$last: rows of noisy mediators"
import json, sys
rows = json.load(open(sys.argv[1]))["estimates"]
def of(analysis, quantity, **more):
    return [e for e in rows if e.get("analysis") == analysis and e["quantity"] == quantity and all(e.get(k) == v for k, v in more.items())]
total = {a: of(a, "total")[0] for a in ("imputed", "complete", "factor", "learnt")}
assert total["imputed"]["n"] == 160 > total["complete"]["n"], total
assert abs(total["imputed"]["estimate"] - total["complete"]["estimate"]) < total["complete"]["se"], total
assert total["imputed"]["se"] < 1.15 * total["complete"]["se"]
assert "50 imputations" in total["imputed"]["note"] and "cross-fitted" in total["learnt"]["note"], total
shares = of("imputed", "score", feature="imputed_share")
assert len(shares) == 6 and all(0 < e["estimate"] < 0.6 for e in shares), shares
for a in ("factor", "learnt"): # the total knows no mediator
    assert abs(total[a]["estimate"] - total["complete"]["estimate"]) < 1e-9, (a, total)
assert {e["feature"] for e in of("factor", "score")} == {"omega", "determinacy", "loading", "one_factor"}
assert len(of("learnt", "score", feature="split_sd")) == 6
assert len(of("learnt", "detectable_indirect")) == 6
E

# what does not go together is told before anything is run
plan "{$what, score: ridge, interval: percentile}" "{$what, score: ridge, missing: impute}" "{$what, interval: monte-carlo, missing: impute}"
expect 1 check demo
printed '`interval: percentile` with `score: ridge`'
printed '`missing: impute` with `score: ridge`'
printed '`missing: impute` with `interval: monte-carlo`'
finish
