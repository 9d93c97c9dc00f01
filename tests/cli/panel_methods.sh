#!/usr/bin/env bash
# response_of_panel: method, covariates, adjust. Absolute amounts with a covariate against nlme 3.1-162 (lme, REML) on
# examples/panel-demo: log2(share × cells_per_g + half the smallest) ~ arm * visit + age, random intercept.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
cp -r "$VAGUS_SOURCE/examples/panel-demo" demo
cp demo/study.yaml kept.yaml
plan() { # KEYS
    sed "s/response_of_panel: {/response_of_panel: {$1, /; s/permutations: 999/permutations: 19/; s/layers: all/layers: [stool]/" kept.yaml >demo/study.yaml
}
for method in linda maaslin3 negative_binomial none absolute; do
    plan "method: $method, covariates: [age], adjust: by"
    expect 0 run demo -o $method
    METHOD=$method python3 - <<'E' || fail "$method: rows are not as agreed"
import csv, os
method = os.environ["METHOD"]
rows = [r for r in csv.DictReader(open(f"{method}/tables/estimates.csv")) if r["analysis"] == "stool"]
response = {(r["feature"], r["arm"]): r for r in rows if r["quantity"] == "differential" and r["visit"] == "w8"}
assert len(response) > 60 and all(method == "maaslin3" or float(r["q"]) >= 0.99 * float(r["p"]) for r in response.values() if r["q"] and r["p"])
assert (method == "maaslin3") == any(r["quantity"] == "differential_prevalence" for r in rows)
if method == "absolute":
    for key, estimate, se in ((("asv01", "diet"), 0.688284208611, 0.461226957690), (("asv01", "probiotic"), 0.331875343254, 0.466438382806),
                              (("asv09", "diet"), -1.76353661916, 0.764096100963), (("asv09", "probiotic"), 3.04150407370, 0.772144797234)):
        r = response[key]
        assert abs(float(r["estimate"]) - estimate) < 1e-7 and abs(float(r["se"]) / se - 1) < 1e-7, r
E
done
grep -q "adjusted for age" absolute/report.html || fail "the methods do not name the covariate"
grep -q "Benjamini and Yekutieli" absolute/report.html || fail "the methods do not name the adjustment"

told_by_check() { # KEYS MESSAGE
    plan "$1"
    expect 1 check demo
    cat "$here/out" "$here/err" >"$here/both"
    grep -F "study.yaml:" "$here/both" | grep -qF "$2" || { fail "($1): not told: $2"; sed 's/^/    both: /' "$here/both"; }
}
told_by_check 'method: lnida' "\`method: lnida\` is not known"
told_by_check 'covariates: [agee]' "has no column \`agee\` (did you mean \`age\`?)"
told_by_check 'covariates: [arm]' "\`arm\` cannot be a covariate"
told_by_check 'covariates: [age, age]' "the covariate \`age\` is listed twice"
sed "s/response_of_panel: {/response_of_panel: {method: linda, /; s/layers: all/layers: [scfa]/" kept.yaml >demo/study.yaml
expect 1 check demo
cat "$here/out" "$here/err" | grep -qF "\`method: linda\` needs a layer with counts" || fail "linda without counts is not told"
finish
