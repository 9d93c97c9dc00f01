#!/usr/bin/env bash
# vagus mmrm answers as R does, in text, JSON and CSV, from a file and from standard input.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
cp "$data/trial.csv" t.csv
model=(--formula 'hamd ~ baseline + site + arm * week' --id id --visit week --arm arm --levels arm=placebo,drug)

# Witness: R 4.2.2, mmrm 0.3.18, emmeans 1.8.4, the optimum sought again from its own end with
#   mmrm_control(optimizer = "nlminb", optimizer_control = list(rel.tol = 1e-15, x.tol = 1e-14, abs.tol = 0)) until the
#   gradient was below 1e-12 (the default control stops at 6e-6 of the optimum in SE):
#   f <- mmrm(hamd ~ baseline + site + arm * week + us(week | id), d, method = "Satterthwaite")
#   deviance(f); confint(pairs(emmeans(f, ~ arm | week), reverse = TRUE)); emmeans(f, ~ arm | week); coef(summary(f))
expect 0 mmrm t.csv "${model[@]}" --json --tests 3 --visit-average
silent
python3 - "$here/out" <<'E' || fail "mmrm --json differs from R"
import json, sys
from near import near
answer = json.load(open(sys.argv[1]))
near(answer["fit"]["minus2loglik"], 552.773198751123, 1e-10)
near(answer["fit"]["aic"], 564.773198751123, 1e-10)
near(answer["fit"]["bic"], 574.906475944, 1e-8)
assert answer["fit"]["converged"] is True and answer["fit"]["n_subjects"] == 40
assert answer["inputs"][0]["path"] == "t.csv" and answer["inputs"][0]["rows"] == answer["fit"]["n_observations"] == 106
contrasts = {row["visit"]: row for row in answer["estimates"] if row["quantity"] == "contrast"}
wanted = {
    "2": (0.21022104299667, 1.536910423267, 36.64585778050, -2.904871413190, 3.3253134991829),
    "4": (-0.03874057456169, 1.551808688826, 30.37572962820, -3.206313678212, 3.1288325290887),
    "8": (-3.33761952005062, 1.515695753593, 27.41623131598, -6.445362576646, -0.2298764634549),
}
for visit, (estimate, se, df, lower, upper) in wanted.items():
    row = contrasts[visit]
    assert row["arm"] == "drug" and row["reference"] == "placebo" and row["outcome"] == "hamd"
    # -0.0387 is a small difference of means around 13: its size is that of its SE
    assert abs(row["estimate"] - estimate) < 1e-6 * se
    near(row["se"], se, 1e-7)
    near(row["df"], df, 1e-6)
    assert abs(row["lower"] - lower) < 1e-6 * se and abs(row["upper"] - upper) < 1e-6 * se
assert "average" in contrasts
mean = {(row["arm"], row["visit"]): row for row in answer["estimates"] if row["quantity"] == "lsmean"}
near(mean["placebo", "2"]["estimate"], 15.064714053987, 1e-8)
near(mean["drug", "8"]["estimate"], 9.625091741859, 1e-8)
near(mean["drug", "8"]["se"], 1.022326426640, 1e-8)
near(mean["drug", "8"]["df"], 25.49320996904, 1e-6)
coefficients = {row["term"]: row for row in answer["estimates"] if row["quantity"] == "coefficient"}
near(coefficients["baseline"]["estimate"], 0.8093650783324, 1e-7)
near(coefficients["baseline"]["se"], 0.1510210133682, 1e-7)
near(coefficients["baseline"]["df"], 32.08788032845, 1e-6)
near(coefficients["armdrug:week8"]["estimate"], -3.5478405630473, 1e-7)
near(coefficients["siteC"]["p"], 0.008821424956777, 1e-6)
kinds = [row["quantity"] for row in answer["estimates"]]
assert kinds.count("lsmean") == 8 and kinds.count("covariance") == 6 and kinds.count("effect_size") == 3
assert kinds.count("joint_test") == 5
for row in answer["estimates"]:
    if row["quantity"] == "effect_size":
        assert "model SD" in row["note"]
        assert "p" not in row and "statistic" not in row # they would not fit the interval
assert answer["diagnostics"]["hessian_smallest_eigenvalue"] > 0
assert answer["call"][0:2] == ["vagus", "mmrm"] and answer["seed"] == 1
E

# neighbours in ar1 are not taken from the alphabet unseen
sed 's/,2,\([^,]*\)$/,start,\1/; s/,4,\([^,]*\)$/,middle,\1/; s/,8,\([^,]*\)$/,end,\1/' t.csv >named.csv
for order in "" "--levels week=start,middle,end"; do
    # shellcheck disable=SC2086
    expect 0 mmrm named.csv "${model[@]}" --covariance ar1 --csv $order
    if [ -z "$order" ]; then
        grep -q "covariance ar1 takes the visits in alphabetical order: end, middle, start; name the order" "$here/err" ||
            fail "no warning of the order of visits"
        cp "$here/out" alphabet.out
    else
        silent
        cmp -s alphabet.out "$here/out" && fail "the order of visits is not used"
    fi
done
expect 0 mmrm named.csv "${model[@]}" --covariance us --csv
silent

# a column that changes within participants is no baseline: its SD would hang on the order of rows
expect 1 mmrm t.csv "${model[@]}" --standardiser hamd
grep -q "column hamd changes within P02 (standardise by a baseline column)" "$here/err" || fail "$(cat "$here/err")"

# F tests: denominator df of mmrm 0.3.18's Anova(f, type = "II"), Satterthwaite and Between-Within. The same hypothesis has
# the same df in type III (mmrm's own type III has not: its rows are coded otherwise).
denominators() {
    expect 0 mmrm t.csv "${model[@]}" --csv --df "$1" --tests "$2"
    grep ^,joint_test "$here/out" | sed 's/^,joint_test,\([^,]*\),.*df \([0-9.]*\)"$/\1 \2/' | tr '\n' ' ' >"$here/df"
    test "$(cat "$here/df")" = "$3 " || fail "--df $1 --tests $2: $(cat "$here/df")"
}
denominators satterthwaite 2 'baseline 32.08788034 site 30.1627821 arm 32.31454801 week 32.27821976 arm:week 32.40365545'
denominators satterthwaite 3 'baseline 32.08788034 site 30.1627821 arm 31.61933909 week 32.40807876 arm:week 32.40365545'
denominators between-within 2 'baseline 35 site 35 arm 35 week 62 arm:week 62'
denominators between-within 3 'baseline 35 site 35 arm 35 week 62 arm:week 62'

# the same bytes from standard input but for the path, on one thread or two, in a file
expect 0 mmrm t.csv "${model[@]}" --json
cp "$here/out" one.json
"$VAGUS" mmrm - "${model[@]}" --json <t.csv 2>"$here/err" | sed 's/"-"/"t.csv"/g' >two.json
cmp -s one.json two.json || fail "standard input gives another answer"
expect 0 mmrm t.csv "${model[@]}" --json --threads 1
cmp -s "$here/out" one.json || fail "--threads changes the answer"
expect 0 mmrm t.csv "${model[@]}" --json -o three.json
printed_nothing
sed 's/, "-o", "three.json"//' three.json | cmp -s - one.json || fail "-o changes the answer"

# row order does not matter
(head -2 t.csv && tail -n +3 t.csv | sort -t, -k6,6n -k1,1r) >shuffled.csv
expect 0 mmrm shuffled.csv "${model[@]}" --csv
cp "$here/out" shuffled.out
expect 0 mmrm t.csv "${model[@]}" --csv
printed "quantity,term"
python3 - "$here/out" shuffled.out <<'E' || fail "row order changes the answer"
import csv, sys
a, b = (list(csv.DictReader(open(name))) for name in sys.argv[1:3])
assert len(a) == len(b) > 20
for x, y in zip(a, b):
    for key in x:
        try:
            u, v = float(x[key]), float(y[key])
            assert abs(u - v) <= 1e-8 * max(abs(u), abs(float(x.get("se") or 0)), 1e-12), (x, y, key)
        except ValueError:
            assert x[key] == y[key]
E

# text: 80 columns, digits, the facts that matter
expect 0 mmrm t.csv "${model[@]}"
printed "contrast"
printed "-3.338"
printed "satterthwaite"
[ "$(awk '{ if (length($0) > w) w = length($0) } END { print w }' "$here/out")" -le 80 ] || fail "wider than 80 columns"
expect 0 mmrm t.csv "${model[@]}" --digits 9
printed "-3.33761952"

# every structure, df method and sandwich runs, under the name it was asked by
for covariance in us cs csh ar1 ar1h toep toeph ad adh; do
    expect 0 mmrm t.csv "${model[@]}" --covariance $covariance --json
    grep -q "\"structure\": \"$covariance\"" "$here/out" || fail "asked for $covariance"
done
for df in satterthwaite kenward-roger kenward-roger-linear residual between-within; do
    expect 0 mmrm t.csv "${model[@]}" --df $df --json
    grep -q "\"df_method\": \"$df\"" "$here/out" || fail "asked for $df"
done
for robust in cr0 cr2 cr3; do
    expect 0 mmrm t.csv "${model[@]}" --robust $robust --json
    grep -q "\"robust\": \"$robust\"" "$here/out" || fail "asked for $robust"
done
expect 0 mmrm t.csv "${model[@]}" --method ml --by-group arm --covariance cs --margins observed --at-mean subject --json
grep -q '"stratum": "drug"' "$here/out" || fail "no covariance of its own for drug"
told "no effect sizes: each group has an SD of its own"
expect 0 mmrm t.csv "${model[@]}" --like sas --json
grep -q '"df_method": "kenward-roger-linear"' "$here/out" || fail "--like sas"

# baseline as standardiser: pooled SD of baseline 4.39841478621 (R: 38 df)
expect 0 mmrm t.csv "${model[@]}" --standardiser baseline --json
python3 - "$here/out" <<'E' || fail "effect sizes are not divided by the baseline SD"
import json, sys
rows = json.load(open(sys.argv[1]))["estimates"]
contrast = {r["visit"]: r for r in rows if r["quantity"] == "contrast"}
for r in (r for r in rows if r["quantity"] == "effect_size"):
    assert abs(r["estimate"] - contrast[r["visit"]]["estimate"] / 4.39841478621) < 1e-9
    assert "baseline" in r["note"]
E

# L vectors, residuals, optimiser's steps
expect 0 mmrm t.csv "${model[@]}" --show-contrasts --json
python3 - "$here/out" <<'E' || fail "the L vectors do not give the contrasts"
import json, sys
rows = json.load(open(sys.argv[1]))["estimates"]
beta = {r["term"]: r["estimate"] for r in rows if r["quantity"] == "coefficient"}
for kind in ("contrast", "lsmean"):
    for r in (r for r in rows if r["quantity"] == kind):
        weights = [w for w in rows if w["quantity"] == kind + "_weight" and w["visit"] == r["visit"] and w["arm"] == r["arm"]]
        assert weights and abs(sum(w["estimate"] * beta[w["term"]] for w in weights) - r["estimate"]) < 1e-9
E
expect 0 mmrm t.csv "${model[@]}" --residuals residuals.csv --verbose
told "vagus: us newton"
python3 - <<'E' || fail "residuals do not add up"
import csv
data = {(r["id"], r["week"]): float(r["hamd"]) for r in csv.DictReader(line for line in open("t.csv") if line[0] != "#")}
rows = list(csv.DictReader(open("residuals.csv")))
assert len(rows) == len(data) == 106
for r in rows:
    assert abs(float(r["fitted"]) + float(r["response"]) - data[r["id"], r["week"]]) < 1e-9
squares = sum(float(r["normalised"]) ** 2 for r in rows)
assert 80 < squares < 112, squares # about the number of rows
E

# text visits out of order are told
sed 's/,\([248]\),\([0-9]*\)$/,w\1,\2/; s/,w8,/,w12,/' t.csv >text.csv
expect 0 mmrm text.csv "${model[@]}"
told "order of their bytes"
expect 0 mmrm text.csv "${model[@]}" --levels week=w2,w4,w12
silent

# Reference values of VAGUS_DATA. They come from mmrm's default optimiser, which stops up to 2e-5 short of the optimum
# (its −2 log likelihood is larger than ours): they are held to that, ours to the optimum below.
[ -d "${VAGUS_DATA:-/nonexistent}/antidepressant_hamd17" ] || { echo "no VAGUS_DATA: that part is skipped"; finish; }
compare() { # REFERENCE KEY ARM-NAME VISIT-NAME
    python3 - "$here/out" "$@" <<'E' || fail "differs from $1 $2"
import json, sys
ours = json.load(open(sys.argv[1]))
theirs = json.load(open(sys.argv[2]))[sys.argv[3]]
arm, visit = sys.argv[4:6]
rows = ours["estimates"]
STOPPED_SHORT = 1e-4
def near(a, b, relative, what):
    assert abs(a - b) <= relative * abs(b), (what, a, b)
assert ours["fit"]["minus2loglik"] <= theirs["minus2_logLik"] + 1e-9, "the reference has the better optimum"
near(ours["fit"]["minus2loglik"], theirs["minus2_logLik"], 1e-8, "-2 log likelihood")
assert ours["fit"]["n_subjects"] == theirs["n_subjects"] and ours["fit"]["n_observations"] == theirs["n_obs"]
near(ours["fit"]["aic"], theirs["AIC"], 1e-8, "AIC")
near(ours["fit"]["bic"], theirs["BIC"], 1e-8, "BIC")
mean = {(r["arm"], r["visit"]): r for r in rows if r["quantity"] == "lsmean"}
for want in theirs["emm"]["lsmeans"]:
    got = mean[want[arm], want[visit]]
    near(got["estimate"], want["emmean"], STOPPED_SHORT, want)
    near(got["se"], want["SE"], STOPPED_SHORT, want)
    near(got["df"], want["df"], 10 * STOPPED_SHORT, want)
contrast = {r["visit"]: r for r in rows if r["quantity"] == "contrast"}
for want in theirs["emm"]["contrasts"]:
    got = contrast[want[visit]]
    assert got["arm"] + " - " + got["reference"] == want["contrast"]
    assert abs(got["estimate"] - want["estimate"]) <= STOPPED_SHORT * want["SE"], (got, want)
    near(got["se"], want["SE"], STOPPED_SHORT, want)
    near(got["df"], want["df"], 10 * STOPPED_SHORT, want)
E
}
set_folder=$VAGUS_DATA/antidepressant_hamd17
for pair in kenward-roger:Kenward-Roger kenward-roger-linear:Kenward-Roger-Linear satterthwaite:Satterthwaite \
    between-within:Between-Within residual:Residual; do
    # mmrm's Residual goes with its empirical (CR0) standard errors
    robust=()
    [ "${pair%%:*}" != residual ] || robust=(--robust cr0)
    expect 0 mmrm "$set_folder/antidepressant.csv" --formula 'CHANGE ~ BASVAL * VISIT + THERAPY * VISIT' --id PATIENT \
        --visit VISIT --arm THERAPY --levels THERAPY=PLACEBO,DRUG --df "${pair%%:*}" "${robust[@]}" --json
    compare "$set_folder/reference.json" "mmrm_us_${pair##*:}" THERAPY VISIT
    [ "$pair" != kenward-roger:Kenward-Roger ] || cp "$here/out" hamd17.json
done
# the optimum itself: mmrm as above (gradient 7e-13), method = "Kenward-Roger", with emmeans
python3 - <<'E' || fail "HAM-D17 differs from mmrm at the optimum"
import json
from near import near
answer = json.load(open("hamd17.json"))
near(answer["fit"]["minus2loglik"], 3494.20285005615, 1e-12)
row = {(r["quantity"], r.get("arm"), r.get("visit")): r for r in answer["estimates"]}
for visit, estimate, se, df in (("4", 0.0918064463782, 0.6806053001005, 169), ("5", -1.4032114555973, 0.9207936142798, 164.8670471755),
                                ("6", -2.2246570903659, 0.9949513378601, 162.2775209473), ("7", -2.8018335840961, 1.1079793242220, 150.1017649793)):
    got = row["contrast", "DRUG", visit]
    near(got["estimate"], estimate, 1e-7)
    near(got["se"], se, 1e-7)
    near(got["df"], df, 1e-7)
near(row["contrast", "DRUG", "7"]["lower"], -4.991083767213, 1e-7)
near(row["lsmean", "PLACEBO", "7"]["estimate"], -4.822055736234, 1e-7)
near(row["lsmean", "PLACEBO", "7"]["se"], 0.7726583161015, 1e-7)
near(row["lsmean", "DRUG", "7"]["se"], 0.7855824675187, 1e-7)
E
set_folder=$VAGUS_DATA/beat_the_blues
sed '1s/"month"/"time"/' "$set_folder/btheb_long.csv" >btheb.csv
expect 0 mmrm btheb.csv --formula 'bdi ~ bdi.pre + drug + length + treatment * time' --id subject --visit time \
    --arm treatment --levels treatment=TAU,BtheB --levels 'length=<6m,>6m' --df kenward-roger --json
compare "$set_folder/reference.json" mmrm_us_kr treatment time
finish
