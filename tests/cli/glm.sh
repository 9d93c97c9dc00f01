#!/usr/bin/env bash
# vagus glm answers as R does: coefficients, robust errors, standardised risks; wrong input is refused.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1

# An outcome of two words is 0 and 1 in R's order, the second level being the event; other words are refused.
printf '%s\n' arm,better,three a,yes,x a,no,y b,yes,z b,no,x b,yes,y >words.csv
expect 0 glm words.csv --formula 'better ~ arm' --family binomial --json
printed '"event": "yes"'
# R 4.2.2: coef(glm(factor(better) ~ arm, binomial, read.csv("words.csv")))["armb"] is log 2
python3 - "$here/out" <<'E' || fail "the event is not the second level"
import json, math, sys
row = {r["term"]: r for r in json.load(open(sys.argv[1]))["estimates"] if r["quantity"] == "coefficient"}
assert abs(row["armb"]["estimate"] - math.log(2)) < 1e-9, row
E
expect 0 glm words.csv --formula 'better ~ arm' --family binomial --levels better=yes,no --json
printed '"event": "no"'
refused 1 "words.csv:" "outcome 'three' has 3 levels" "code it as 1 and 0" glm words.csv --formula 'three ~ arm' --family binomial
refused 1 "words.csv:2:" "here stands 'yes'" "code a yes/no outcome as 1 and 0" glm words.csv --formula 'better ~ arm'

cp "$data/week8.csv" w.csv
logistic=(--formula 'response ~ arm + baseline' --family binomial --arm arm --levels arm=placebo,drug)

# Witness: R 4.2.2, glm(response ~ arm + baseline, binomial, d); coef(summary(f)); logLik(f);
#   p1 <- predict(f, transform(d, arm = "drug"), type = "response"); mean(p1) …; sandwich 3.0: vcovHC(f, "HC0")
expect 0 glm w.csv "${logistic[@]}" --json
silent
python3 - "$here/out" <<'E' || fail "logistic regression differs from R"
import sys
from near import *
R_GLM = 1e-6 # glm() stops when the deviance moves by less than 1e-8 of itself
name = sys.argv[1]
c = coefficient(name)
near(c["(Intercept)"]["estimate"], 4.2307990632385, R_GLM)
near(c["armdrug"]["estimate"], 1.6940946289346, R_GLM)
near(c["armdrug"]["se"], 0.9825976854940, R_GLM)
near(c["baseline"]["p"], 0.08259035670305, R_GLM)
near(json.load(open(name))["fit"]["loglik"], -17.11773639695, 1e-8)
risk = {r["arm"]: r["estimate"] for r in rows(name, "risk")}
near(risk["drug"], 0.7355321790410, R_GLM)
near(risk["placebo"], 0.3950626499112, R_GLM)
near(rows(name, "risk_difference")[0]["estimate"], 0.3404695291298, R_GLM)
near(rows(name, "risk_ratio")[0]["estimate"], 1.8618114853588, R_GLM)
assert rows(name, "risk_difference")[0]["arm"] == "drug" and rows(name, "odds_ratio")
E
expect 0 glm w.csv "${logistic[@]}" --json --robust hc0
python3 - "$here/out" <<'E' || fail "HC0 differs from sandwich"
import sys
from near import *
R_GLM = 1e-6 # glm() stops when the deviance moves by less than 1e-8 of itself
c = coefficient(sys.argv[1])
near(c["(Intercept)"]["se"], 3.3736384525989, R_GLM)
near(c["armdrug"]["se"], 1.0983190623078, R_GLM)
near(c["baseline"]["se"], 0.1550961856701, R_GLM)
E

# Witness: glm(events ~ arm + baseline + offset(log(days)), poisson, d)
expect 0 glm w.csv --formula 'events ~ arm + baseline + offset(log(days))' --family poisson --arm arm \
    --levels arm=placebo,drug --json
python3 - "$here/out" <<'E' || fail "Poisson regression differs from R"
import sys
from near import *
R_GLM = 1e-6 # glm() stops when the deviance moves by less than 1e-8 of itself
c = coefficient(sys.argv[1])
near(c["armdrug"]["estimate"], -0.4312527385647, R_GLM)
near(c["armdrug"]["se"], 0.21262755435044, R_GLM)
near(c["baseline"]["estimate"], 0.0883816908580, R_GLM)
assert rows(sys.argv[1], "mean_ratio")
E
for more in "--robust hc3" "--robust cluster:site" "--firth" "--format text" "--csv"; do
    expect 0 glm w.csv "${logistic[@]}" $more
done
expect 0 glm w.csv --formula 'hamd ~ arm + baseline' --arm arm --json

# refusals
both=(--formula 'response ~ arm' --family binomial --arm arm)
refused 2 "" "--firth is for --family binomial" "" glm w.csv --formula 'hamd ~ arm' --firth
refused 2 "" 'unknown value "binomal"' "did you mean binomial?" glm w.csv --formula 'response ~ arm' --family binomal
refused 2 "" "--robust" "did you mean hc0?" glm w.csv "${both[@]}" --robust hc9
refused 2 "" "--robust" "" glm w.csv "${both[@]}" --robust cluster:
refused 2 "" "--arm arm does not occur in the formula" "add it" glm w.csv --formula 'response ~ baseline' --family binomial --arm arm
refused 1 "w.csv" "sites" "site" glm w.csv "${both[@]}" --robust cluster:sites
refused 1 "" "" "" glm w.csv --formula 'hamd ~ arm' --family binomial
awk -F, -v OFS=, 'NR > 2 { $7 = ($2 == "drug") } 1' w.csv >separated.csv
refused 3 "" "" "irth" glm separated.csv "${both[@]}" -o answer.json
expect 0 glm separated.csv "${both[@]}" --firth
awk -F, -v OFS=, 'NR > 2 { $7 = 1 } 1' w.csv >constant.csv
refused 1 "constant.csv: " "the outcome response is 1 in every row" "right column" glm constant.csv "${both[@]}" -o answer.json
finish
