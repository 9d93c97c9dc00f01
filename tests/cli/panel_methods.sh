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

# PERMANOVA adjusted for covariates: adonis2(bray ~ age + site + visit + arm + visit:arm), F and R2 of vegan 2.6-4 (panel_in_a_trial.R); p of the arm
# by dealing it out anew, none of what was not randomised. Who lacks a covariate is left out, and that is told.
plan "covariates: [age, site], distances: [bray]"
sed -i 's/distances: \[aitchison, bray[^]]*\], //; s/permutations: 19/permutations: 99/' demo/study.yaml
expect 0 run demo -o adjusted
sed '/^p01,/s/,24,/,,/' "$VAGUS_SOURCE/examples/panel-demo/participants.csv" >demo/participants.csv
expect 0 run demo -o without
cp "$VAGUS_SOURCE/examples/panel-demo/participants.csv" demo/participants.csv
python3 - <<'E' || fail "PERMANOVA with covariates is not adonis2's"
import csv
def rows(folder): return {(r["term"], r["visit"]): r for r in csv.DictReader(open(f"{folder}/tables/estimates.csv")) if r["quantity"] == "permanova" and r["analysis"] == "stool"}
got, fewer = rows("adjusted"), rows("without")
f = [1.21885221068648, 2.36570481469323, 0.861151918768186, 4.82564130899729, 0.664772040416667]
r2 = [0.00776749878526883, 0.0150761586296708, 0.00548794712297109, 0.0922585101224087, 0.0127093735511434]
for k, term in enumerate(("age", "site", "visit", "arm", "visit:arm")):
    r = got[term, ""]
    assert abs(float(r["statistic"]) / f[k] - 1) < 1e-9 and abs(float(r["estimate"]) / r2[k] - 1) < 1e-9, r
    assert (r["p"] == "") == ("arm" not in term), r
assert 0 < int(got["arm", ""]["n"]) - int(fewer["arm", ""]["n"]) <= 2
E
grep -q "PERMANOVA of the covariates, visit" adjusted/report.html || fail "the methods do not say that PERMANOVA is adjusted"
grep -q "samples lack a covariate and are not in PERMANOVA" without/report.html || fail "a missing covariate is not told"

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
