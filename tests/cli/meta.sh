#!/usr/bin/env bash
# vagus meta answers as metafor does; every refusal says what to do and writes nothing.
# Witness: tests/reference/review_commands.R (R 4.2.2, metafor 3.8-1), both sides driven to convergence.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
cp "$VAGUS_SOURCE/examples/st-johns-wort/trials.csv" t.csv
cp "$data/normand.csv" "$data/schools.csv" .
export WITNESS=$VAGUS_SOURCE/tests/reference/review_commands.json
rr=(--measure rr --columns "events1=ai,n1=n1i,events2=ci,n2=n2i" --higher-is-better)

# ---- every estimator of tau² with Knapp–Hartung; the default test; common effect ----
for method in reml ml dl pm sj he hs eb; do
    expect 0 meta t.csv "${rr[@]}" --method $method --test knha --json
    python3 - "$here/out" $method <<'E' || fail "tau² by $method differs from metafor"
import os, sys
from near import *
w = json.load(open(os.environ["WITNESS"]))["rr_" + sys.argv[2]]
name = sys.argv[1]
pooled = {r["term"]: r for r in rows(name, "pooled")}["random"]
for field in ("estimate", "se", "statistic", "p", "lower", "upper"):
    near(pooled[field], w[field], 1e-7)  # metafor's Fisher scoring ends where tau² moves by 1e-14: 1e-8 here
near(rows(name, "tau2")[0]["estimate"], w["tau2"], 1e-7)
near(rows(name, "tau2")[0]["se"], w["se_tau2"], 1e-7)
near(rows(name, "i2")[0]["estimate"], w["i2"], 1e-7)
near(rows(name, "q")[0]["statistic"], w["q"])
assert json.load(open(name))["fit"]["n_dropped"] == 1
E
done
told "Osterheider et al. 1992 (line 6) was left out"
expect 0 meta t.csv "${rr[@]}" --json --predict --influence --cumulative year --subgroup patients \
    --small-study egger,egger-lm,begg,trimfill,pet-peese,three-parameter
python3 - "$here/out" <<'E' || fail "the default analysis differs from metafor"
import os, sys
from near import *
witness = json.load(open(os.environ["WITNESS"]))
name = sys.argv[1]
one = lambda quantity, **where: next(r for r in rows(name, quantity) if all(r.get(k) == v for k, v in where.items()))
for field in ("estimate", "se", "lower", "upper", "p"):
    near(one("pooled", term="random")[field], witness["adhoc"][field], 1e-7)
    near(one("pooled", term="common")[field], witness["common"][field])
near(one("prediction")["lower"], witness["prediction"]["lower"], 1e-7)
near(one("prediction")["upper"], witness["prediction"]["upper"], 1e-7)
# metafor's roots of the Q profile are found to 1e-4 of tau²
near(one("tau2")["lower"], witness["tau2_ci"]["lower"], 2e-3)
near(one("tau2")["upper"], witness["tau2_ci"]["upper"], 2e-3)
for level, w in witness["subgroup"].items():
    for field in ("estimate", "se", "lower", "upper"):
        near(one("subgroup", stratum=level)[field], w[field], 1e-7)
near(one("subgroup_test")["statistic"], witness["between"]["q"], 1e-6)
near(one("subgroup_test")["p"], witness["between"]["p"], 1e-6)
loo = rows(name, "loo")
assert len(loo) == witness["adhoc"]["k"]
near(loo[0]["estimate"], witness["loo"]["first"], 1e-7)
near(loo[-1]["estimate"], witness["loo"]["last"], 1e-7)
near(rows(name, "cumulative")[4]["estimate"], witness["cumulative"]["fifth"], 1e-6)
near(one("egger")["p"], witness["egger"]["p"], 1e-5)
near(one("egger_lm")["p"], witness["egger_lm"]["p"], 1e-6)
near(one("begg")["estimate"], witness["begg"]["tau"])
assert one("trimfill", term="filled")["estimate"] == witness["trimfill"]["filled"]
near(one("trimfill", term="pooled")["estimate"], witness["trimfill"]["estimate"], 1e-5)
E
expect 0 meta t.csv "${rr[@]}" --json --moderators '~ baseline' --permutations 99
python3 - "$here/out" <<'E' || fail "the meta-regression differs from metafor"
import os, sys
from near import *
w = json.load(open(os.environ["WITNESS"]))["regression"]
name = sys.argv[1]
row, = [r for r in rows(name, "moderator") if r["term"] == "baseline"]
for field in ("estimate", "se", "df"):
    near(row[field], w[field], 1e-6)
assert 0 < row["q"] <= 1
test = [r for r in rows(name, "moderator_test") if r["term"] == "all"][0]
near(test["statistic"], w["f"], 1e-6)
E

# ---- standardised differences; three levels ----
expect 0 meta normand.csv --measure smd --test knha --lower-is-better --json
python3 - "$here/out" <<'E' || fail "Hedges' g differs from metafor"
import os, sys
from near import *
w = json.load(open(os.environ["WITNESS"]))["normand"]
pooled = {r["term"]: r for r in rows(sys.argv[1], "pooled")}["random"]
for field in ("estimate", "se", "lower", "upper", "p"):
    near(pooled[field], w[field], 1e-7)
E
expect 0 meta normand.csv --measure smd --test knha --lower-is-better --benefit-positive --json
python3 - "$here/out" <<'E' || fail "signs are not turned once"
import os, sys
from near import *
w = json.load(open(os.environ["WITNESS"]))["normand"]
pooled = {r["term"]: r for r in rows(sys.argv[1], "pooled")}["random"]
near(pooled["estimate"], -w["estimate"], 1e-7)
near(pooled["lower"], -w["upper"], 1e-7)
assert json.load(open(sys.argv[1]))["fit"]["lower_is_better"] is False
E
expect 0 meta schools.csv --study-level district --test z --json
python3 - "$here/out" <<'E' || fail "the three-level model differs from metafor"
import os, sys
from near import *
w = json.load(open(os.environ["WITNESS"]))["schools"]
name = sys.argv[1]
pooled = {r["term"]: r for r in rows(name, "pooled")}["random"]
near(pooled["estimate"], w["estimate"], 1e-6)
near(pooled["se"], w["se"], 1e-6)
part = {r["term"]: r["estimate"] for r in rows(name, "variance_component")}
near(part["study"], w["sigma2"][0], 1e-5)  # nlminb stops at 1e-12 of the log-likelihood: its root here
near(part["effect"], w["sigma2"][1], 1e-5)
robust, = rows(name, "robust")
near(robust["se"], w["robust_se"], 1e-5)
near(robust["df"], w["robust_df"], 1e-5)
E

# ---- two treatments against one control arm ----
# Witness: metafor 3.8-1, e <- escalc("SMD", …); V[i, j] <- 1 / n2 + g_i g_j / (2 (n1_i + n1_j + n2)) for the rows of A and E;
#   rma.mv(yi, V, random = ~ 1 | id, control = list(rel.tol = 1e-10)); random = ~ 1 | study / id
cp "$data/shared_control.csv" .
refused 1 "shared_control.csv:" "2 problems in the table" "A stands on line 2 too" meta shared_control.csv --measure smd
expect 0 meta shared_control.csv --measure smd --shared-control model --test z --json
python3 - "$here/out" <<'E' || fail "a modelled shared control differs from metafor"
import sys
from near import *
pooled = {r["term"]: r for r in rows(sys.argv[1], "pooled")}["random"]
near(pooled["estimate"], -0.5115741946, 1e-9)
near(pooled["se"], 0.1060340171, 1e-9)
near(rows(sys.argv[1], "q")[0]["statistic"], 10.03803841, 1e-9)
E
expect 0 meta shared_control.csv --measure smd --shared-control model --study-level study --test z --json
python3 - "$here/out" <<'E' || fail "three levels with a modelled shared control differ from metafor"
import sys
from near import *
pooled = {r["term"]: r for r in rows(sys.argv[1], "pooled")}["random"]
near(pooled["estimate"], -0.5395608492, 1e-6)  # nlminb stops at 1e-10 of the log-likelihood
near(pooled["se"], 0.1409920361, 1e-5)
E
# Witness as above, with mods = ~ 0 + arm and ~ arm, without study A, and random = ~ 1 | id alone; clubSandwich 0.5.8 coef_test and
#   Wald_test(test = "HTZ") with vcov = "CR2", cluster = study.
modelled=(meta shared_control.csv --measure smd --shared-control model)
expect 0 "${modelled[@]}" --study-level study --subgroup arm --influence --json
python3 - "$here/out" <<'E' || fail "subgroups or studies left out of three levels differ from metafor"
import sys
from near import *
name = sys.argv[1]
one = lambda quantity, **where: next(r for r in rows(name, quantity) if all(r.get(k) == v for k, v in where.items()))
for arm, estimate, se in (("x", -0.544736162629, 0.147933852761), ("y", -0.526373919628, 0.207971866475)):
    near(one("subgroup", stratum=arm)["estimate"], estimate, 1e-6)  # nlminb stops at 1e-10 of the log-likelihood
    near(one("subgroup", stratum=arm)["se"], se, 1e-6)
near(one("subgroup_test")["statistic"], 0.0098331809385, 1e-5)
near(one("robust", stratum="x")["p"], 0.01155494864, 1e-5)
near(one("robust", stratum="y")["p"], 0.16731551986, 1e-5)
near(one("robust_test", term="subgroups")["p"], 0.929490114407, 1e-6)
near(one("variance_component", term="study, common to subgroups")["estimate"], 0.0534063969306, 1e-5)
near(one("loo", term="A")["estimate"], -0.518810014741, 1e-6)
near(one("loo", term="A")["se"], 0.176914472274, 1e-6)
E
expect 0 "${modelled[@]}" --study-level study --moderators arm --test z --json
python3 - "$here/out" <<'E' || fail "robust errors of a three-level meta-regression differ from clubSandwich"
import sys
from near import *
one = lambda quantity, term: next(r for r in rows(sys.argv[1], quantity) if r["term"] == term)
near(one("moderator", "army")["se"], 0.185173448746, 1e-6)
near(one("robust", "(Intercept)")["se"], 0.137351646767, 1e-6)
near(one("robust", "army")["se"], 0.167663255403, 1e-6)
near(one("robust", "army")["df"], 1.08344344819, 1e-6)
near(one("robust_test", "all")["statistic"], 0.01199432113, 1e-5)
E
expect 0 "${modelled[@]}" --json
python3 - "$here/out" <<'E' || fail "robust errors of a two-level model differ from clubSandwich"
import sys
from near import *
robust, = rows(sys.argv[1], "robust")
near(robust["se"], 0.116911634709, 1e-8)
near(robust["df"], 4.48706596964, 1e-8)
E
expect 0 meta shared_control.csv --measure smd --shared-control split --subgroup arm --json
refused 1 "" "share an arm but stand in different subgroups" "split" meta shared_control.csv --measure smd --shared-control model --subgroup arm

# Five effects of three studies, of 60, 100 and 80 people: people are counted once, Egger's test knows the studies.
printf 'study,yi,sei,n1,n2\na,.3,.2,30,30\na,.5,.25,30,28\nb,.1,.15,50,50\nb,.2,.16,50,50\nc,.6,.22,40,40\n' > several.csv
expect 0 meta several.csv --measure generic --study-level study --small-study egger --json
python3 - "$here/out" <<'E' || fail "people of a study with several effects are counted more than once"
import sys
from near import *
name = sys.argv[1]
assert json.load(open(name))["fit"]["n_participants"] == 240, json.load(open(name))["fit"]["n_participants"]
look, = rows(name, "egger")
assert look["note"] == "three-level model, CR2", look
E

# ---- changes beside endpoints, correlations to try, events converted ----
cat > mixed.csv <<'T'
study,measured,n1,m1,sd1,n2,m2,sd2,e1,e2
A,change,20,-5.7,6.4,20,-1.5,4.8,,
C,endpoint,50,10.8,2.0,50,11.8,2.9,,
D,endpoint,40,5.7,1.7,40,6.7,2.2,,
R,,40,,,39,,,9,10
T
mixed=(meta mixed.csv --measure smd --lower-is-better)
refused 1 "mixed.csv:2:" "only the SD of change" "pre_post_correlation" "${mixed[@]}"
expect 0 "${mixed[@]}" --correlation 0.5,0.3,0.7 --json
told "changes from baseline (A) and endpoints (C, D)"
told "convert_events: logistic"
python3 - "$here/out" <<'E' || fail "the correlations that were asked for are not tried"
import sys
from near import *
first = {r.get("analysis"): r["estimate"] for r in rows(sys.argv[1], "study_effect") if r["term"] == "A"}
assert set(first) == {None, "correlation_0.3", "correlation_0.7"}, first
near(first["correlation_0.3"], -0.86102015480586458)  # the SD of change / sqrt(2 (1 - r)), in R
near(first[None] / first["correlation_0.7"], (0.5 / 0.3) ** 0.5)
E
expect 0 "${mixed[@]}" --correlation 0.5 --convert-events logistic --events-are better --json
python3 - "$here/out" <<'E' || fail "events are not converted as metafor does"
import sys
from near import *
near(next(r for r in rows(sys.argv[1], "study_effect") if r["term"] == "R")["estimate"], 0.094857178555213681)
E
refused 1 "" "are they good or bad" "relapse" "${mixed[@]}" --correlation 0.5 --convert-events logistic
refused 2 "" "--events-are without --convert-events" "both" "${mixed[@]}" --events-are better
refused 2 "" "--correlation takes numbers between -1 and 1" "0.5,0.3,0.7" "${mixed[@]}" --correlation 0.5,2
printf 'study,design,n1,m1,sd1,n2,m2,sd2\nA,crossover,24,10,4,24,12,5\nB,parallel,24,10,4,24,12,5\n' > periods.csv
refused 1 "periods.csv:2:" "without the correlation of one person's values" "crossover_correlation" meta periods.csv --measure md
expect 0 meta periods.csv --measure md --crossover-correlation 0.5

# ---- the screen: a forest first, then words, then tables ----
expect 0 meta t.csv "${rr[@]}"
printed "Random effects"
printed "better with treatment"
printed "The true effect in a next, similar study"

# ---- the same on any number of threads ----
expect 0 meta t.csv "${rr[@]}" --moderators 'baseline + dosage' --permutations 500 --seed 7 --threads 1 --json
mv "$here/out" "$here/one"
expect 0 meta t.csv "${rr[@]}" --moderators 'baseline + dosage' --permutations 500 --seed 7 --threads 2 --json
cmp -s "$here/one" "$here/out" || fail "two threads give other bytes than one"

# ---- a report, a prior ----
expect 0 meta t.csv "${rr[@]}" --report r --as-prior prior.yaml --json
[ -s r/report.html ] && [ -s r/results.json ] || fail "no report"
python3 - "$here/out" prior.yaml <<'E' || fail "the prior is not the predictive distribution"
import sys
from near import *
prior = dict(line.strip().split(": ", 1) for line in open(sys.argv[2]) if ": " in line and not line.startswith("#"))
predicted, = rows(sys.argv[1], "prediction")
assert prior["distribution"] == '"t"' and prior["measure"] == '"rr"' and prior["k"] == "23"
near(float(prior["mean"]), predicted["estimate"])
near(float(prior["lower"]), predicted["lower"])
t = 2.0738730679040147  # qt(.975, 22)
near(float(prior["scale"]) * t, (predicted["upper"] - predicted["lower"]) / 2)
assert float(prior["df"]) == 22
import hashlib
assert prior["sha256"] == hashlib.sha256(open("t.csv", "rb").read()).hexdigest()
E
rm -rf r prior.yaml

# ---- living evidence: a finished trial joins the pool ----
trial() { # NAME DATA LOWER ESTIMATE
    mkdir -p "$1"
    cat > "$1/results.json" <<J
{"study": {"title": "Trial $1", "data": "$2", "primary_analysis": "primary", "primary_visit": "w8", "primary_arm": "active",
  "primary_reference": "placebo", "primary_lower_is_better": $3},
 "estimates": [
  {"analysis": "primary", "quantity": "effect_size", "visit": "w4", "arm": "active", "reference": "placebo", "estimate": 9, "se": 9},
  {"analysis": "primary", "quantity": "effect_size", "visit": "w8", "arm": "active", "reference": "placebo", "estimate": $4,
   "se": 0.2, "n": 102}]}
J
}
trial mood real true -0.5
trial wellbeing real false 0.5
trial toy simulated true -0.5
expect 0 meta normand.csv --measure smd --lower-is-better --add mood --json
python3 - "$here/out" <<'E' || fail "the trial was not added as it is"
import sys
from near import *
study = rows(sys.argv[1], "study_effect")
assert len(study) == 10 and study[-1]["term"] == "Trial mood"
j = 0.992478054981  # Hedges' exact factor, 100 degrees of freedom
near(study[-1]["estimate"], -0.5 * j)
near(study[-1]["se"], 0.2 * j)
assert len(json.load(open(sys.argv[1]))["inputs"]) == 2
E
mv "$here/out" "$here/one"
expect 0 meta normand.csv --measure smd --lower-is-better --add wellbeing/results.json --json
python3 - "$here/one" "$here/out" <<'E' || fail "a scale that runs the other way was not turned"
import sys
from near import *
a, b = (rows(name, "study_effect")[-1] for name in sys.argv[1:3])
near(a["estimate"], b["estimate"])
E
expect 0 meta normand.csv --measure smd --lower-is-better --benefit-positive --add mood --json
python3 - "$here/one" "$here/out" <<'E' || fail "the added trial was not turned with the rest"
import sys
from near import *
a, b = (rows(name, "study_effect")[-1] for name in sys.argv[1:3])
near(a["estimate"], -b["estimate"])
E
add=(meta normand.csv --measure smd --lower-is-better)
refused 1 "toy/results.json:" "the trial is simulated" "--simulated" "${add[@]}" --add toy
expect 0 "${add[@]}" --add toy --simulated
refused 2 "" "--add without a direction" "--lower-is-better" meta normand.csv --measure smd --add mood
refused 1 "mood/results.json:" "the trial is added twice" "once" "${add[@]}" --add mood --add mood/results.json
refused 1 "nowhere:" "there are no such results" "results folder" "${add[@]}" --add nowhere
sed 's/effect_size/contrast/' wellbeing/results.json > points.json
refused 1 "points.json:" "higher values are better, in the pool lower" "--measure smd" \
    meta normand.csv --measure md --lower-is-better --add points.json
refused 1 "mood/results.json:" "has no contrast" "pool a measure" meta normand.csv --measure md --lower-is-better --add mood
refused 1 "" "a trial was added, but not to a subgroup" "row of the table" "${add[@]}" --add mood --subgroup n1i
awk -F, 'NR == 3 { $1 = "trial MOOD" } 1' OFS=, normand.csv > known.csv
refused 1 "known.csv:3:" "is in the table already" "once" meta known.csv --measure smd --lower-is-better --add mood
awk -F, 'NR == 1 { print $0 ",registration" } NR > 1 { print $0 ",see NCT0" (NR == 4 ? 1234567 : 7654320 + NR) " (web)" }' normand.csv > registered.csv
sed 's/"title": "Trial mood"/"title": "Another title", "registry": "ClinicalTrials.gov NCT01234567"/' mood/results.json > again.json
refused 1 "registered.csv:4:" "is in the table already" "once" meta registered.csv --measure smd --lower-is-better --add again.json
sed 's/-0.5/-0.6/' mood/results.json > rerun.json
refused 1 "rerun.json:" 'a trial called `Trial mood` is added twice' "once" "${add[@]}" --add mood --add rerun.json
echo '{"study": 1' > broken.json
refused 1 "broken.json:2:" "it is no JSON" "results.json" "${add[@]}" --add broken.json
echo '[]' > list.json
refused 1 "list.json:" "no results of a trial" "vagus run" "${add[@]}" --add list.json

# ---- certainty, judgements ----
expect 0 meta normand.csv --measure smd --lower-is-better --important-difference 0.2 \
    --grade 'indirectness=1:days in hospital, not symptoms' --json
refused 2 "" "--grade takes DOMAIN=LEVELS:REASON" "indirectness=1:" meta normand.csv --measure smd --grade indirectness=1
refused 2 "" 'there is no domain "mood"' "imprecision" meta normand.csv --measure smd --grade 'mood=1:x'

# ---- usage ----
refused 2 "" 'unknown value "g" for --measure' "did you mean d?" meta normand.csv --measure g
refused 2 "" "--common-tau2 without --subgroup" "both" meta normand.csv --measure smd --common-tau2
refused 2 "" "--permutations without --moderators" "both" meta normand.csv --measure smd --permutations 10
refused 2 "" "both --lower-is-better and --higher-is-better" "holds" meta normand.csv --lower-is-better --higher-is-better
refused 2 "" "--filter takes COL=LEVEL" "role=adjunctive" meta normand.csv --filter study
refused 2 "" 'there is no role "event1"' "did you mean events1?" meta t.csv --columns event1=ai
refused 2 "" "--steps takes ascending p values" "0.025,0.5" meta normand.csv --measure smd --small-study step --steps 0.5,0.1
refused 1 "normand.csv:" "no column 'grp'" "header line" meta normand.csv --measure smd --subgroup grp
refused 1 "t.csv:" "no row has patients = minor" "as it stands" meta t.csv "${rr[@]}" --filter patients=minor

# ---- tables ----
head -3 normand.csv > two.csv
expect 0 meta two.csv --measure smd
told "two studies"
refused 3 "" "there is no prediction interval" "three studies" meta two.csv --measure smd --predict
refused 3 "" "there is no prediction interval" "three studies" meta two.csv --measure smd --as-prior p.yaml
head -2 normand.csv > single.csv
expect 0 meta single.csv --measure smd
told "one study: nothing was pooled"
awk -F, 'NR == 3 { $2 = 1 } 1' OFS=, normand.csv > n.csv
refused 1 "n.csv:3:" "has n = 1" "2 people or more" meta n.csv --measure smd
awk -F, 'NR == 3 { $9 = 60.5 } 1' OFS=, t.csv > percent.csv
refused 1 "percent.csv:3:" "60.5 events" "percentage" meta percent.csv "${rr[@]}"
sed '3s/,15,25,/,35,25,/' t.csv > above.csv
refused 1 "above.csv:3:" "35 events among 25 people" "exceed n" meta above.csv "${rr[@]}"
{ cat normand.csv; sed -n 2p normand.csv; } > twice.csv
refused 1 "twice.csv:11:" "stands on line 2 too" "three-level" meta twice.csv --measure smd
awk -F, 'NR == 3 { $4 = -1 * $4 } 1' OFS=, normand.csv > sd.csv
refused 1 "sd.csv:3:" "SD of group 1 (treatment) is -7" "above 0" meta sd.csv --measure smd
awk -F, 'NR > 1 { $4 = $4 / 12; $7 = $7 / 12 } 1' OFS=, normand.csv > se.csv
expect 0 meta se.csv --measure smd
told "se.csv:4: 3: a standardised difference of -27.8 (was a standard error typed as SD?)"
refused 3 "t.csv:" "no row gives an effect" "measure" meta t.csv
awk -F, 'NR == 3 { $4 = -1 } NR == 5 { $2 = 1 } 1' OFS=, normand.csv > many.csv
refused 1 "many.csv:" "2 problems in the table; nothing was written" "many.csv:5: 4: group 1" meta many.csv --measure smd -o out.json --json
finish
