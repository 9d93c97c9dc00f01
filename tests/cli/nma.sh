#!/usr/bin/env bash
# vagus nma answers as netmeta does; every refusal says what to do and writes nothing.
# Witness: tests/reference/review_network.R (R 4.2.2, netmeta 3.3-1; REML: metafor's rma.mv).
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
cp "$VAGUS_SOURCE/examples/depression-network/contrasts.csv" c.csv
export WITNESS=$VAGUS_SOURCE/tests/reference/review_network.json
or=(--measure or --columns "treatment1=treat1,treatment2=treat2,effect=lnOR,effect_se=selnOR" --reference Placebo --higher-is-better)
expect 0 nma c.csv "${or[@]}" --method dl --components + --inactive Placebo --json
mv "$here/out" "$here/additive"
expect 0 nma c.csv "${or[@]}" --method dl --components + --inactive Placebo \
    --interaction 'Face-to-face interpsy*SSRI' --types 'SSRI=antidepressant,Face-to-face interpsy=psychotherapy' --json
python3 - "$here/additive" "$here/out" <<'E' || fail "the network differs from netmeta"
import os, sys
from near import *
w = json.load(open(os.environ["WITNESS"]))["dl"]
one = lambda name, quantity, **where: next(r for r in rows(name, quantity) if all(r.get(k) == v for k, v in where.items()))
# netmeta takes rounded contrasts of a multi-arm trial as they are, vagus makes them add up (changes of 4e-7)
def close(a, b): near(a, b, 1e-5)
a, i = sys.argv[1:3]
close(one(a, "tau2")["estimate"], w["tau2"])
close(one(a, "q")["statistic"], w["q"])
assert one(a, "q")["df"] == w["q_df"]
ssri = one(a, "contrast", term="random", arm="SSRI", reference="Placebo")
close(ssri["estimate"], w["ssri"])
close(ssri["se"], w["ssri_se"])
close(one(a, "contrast", term="common", arm="SSRI")["estimate"], w["ssri_common"])
close(one(a, "prediction", arm="SSRI")["lower"], w["pi_lower"])
close(one(a, "ranking", term="SSRI")["estimate"], w["p_score"])
close(one(a, "q_inconsistency", term="within designs")["statistic"], w["within"])
close(one(a, "q_inconsistency", term="between designs")["statistic"], w["between"])
split = lambda term: one(a, "split", term=term, arm="Hypericum", reference="SSRI")
close(split("direct")["estimate"], w["split_direct"])
close(split("indirect")["estimate"], w["split_indirect"])
close(split("difference")["p"], w["split_p"])
close(one(a, "component_q")["statistic"], w["component_q"])
close(one(a, "component_test")["statistic"], w["difference"])
assert one(a, "component_test")["df"] == w["difference_df"]
ssri = one(a, "component", term="SSRI", note="random")
close(ssri["estimate"], w["component_ssri"])
close(ssri["se"], w["component_ssri_se"])
close(one(i, "component_q")["statistic"], w["interaction_q"])
both = one(i, "component", term="Face-to-face interpsy*SSRI", note="random")
close(both["estimate"], w["interaction"])
close(both["se"], w["interaction_se"])
assert rows(i, "power")
E
expect 0 nma c.csv "${or[@]}" --json
python3 - "$here/out" <<'E' || fail "REML differs from metafor"
import os, sys
from near import *
w = json.load(open(os.environ["WITNESS"]))["reml"]
name = sys.argv[1]
near(rows(name, "tau2")[0]["estimate"], w["tau2"], 1e-4)  # nlminb stops at 1e-10 of the log-likelihood: its root
ssri, = [r for r in rows(name, "contrast") if r["term"] == "random" and r["arm"] == "SSRI"]
near(ssri["estimate"], w["ssri"], 1e-5)
near(ssri["se"], w["ssri_se"], 1e-5)
near(json.load(open(name))["fit"]["loglik"], w["loglik"], 1e-6)
E
expect 0 nma c.csv "${or[@]}"
printed "93 studies compare 22 treatments"
expect 0 nma c.csv "${or[@]}" --report r --quiet -o answer.txt
[ -s r/report.html ] && [ -s answer.txt ] || fail "no report"
rm -rf r answer.txt
expect 0 nma c.csv --measure or --columns "treatment1=treat1,treatment2=treat2,effect=lnOR,effect_se=selnOR" --json
told "treatments are not ranked"

# rounding in the sixth decimal is counted, not asked about
expect 0 nma c.csv "${or[@]}" --json
silent
python3 - "$here/out" <<'E' || fail "repairs are not counted"
import json, sys
of = json.load(open(sys.argv[1]))["diagnostics"]
assert of["n_repaired"] == 3 and 0 < of["largest_repair"] < 1e-4, of
E
cat >rough.csv <<E
study,treat1,treat2,TE,seTE
a,x,y,0.333,0.1
a,y,z,0.333,0.1
a,x,z,0.667,0.1
b,x,y,0.4,0.1
E
expect 0 nma rough.csv
told "rough.csv:2: a: its contrasts do not quite add up"

# ---- types of components interact: netcomb with a design matrix of its own ----
types='SSRI=antidepressant,SNRI=antidepressant,TCA=antidepressant,NRI=antidepressant,NaSSa=antidepressant,rMAO-A=antidepressant'
types=$types',Low-dose SARI=antidepressant,Ind drug=antidepressant,Face-to-face CBT=psychotherapy,Face-to-face PST=psychotherapy'
types=$types',Face-to-face interpsy=psychotherapy,Face-to-face psychodyn=psychotherapy,Other face-to-face=psychotherapy'
types=$types',Remote CBT=psychotherapy,Self-help CBT=psychotherapy,No contact CBT=psychotherapy'
export NETWORK=$VAGUS_SOURCE/tests/reference/network.json
components=(--method dl --components + --inactive Placebo --types "$types")
for order in 'psychotherapy*antidepressant' 'antidepressant * psychotherapy'; do
    expect 0 nma c.csv "${or[@]}" "${components[@]}" --interaction "$order" --json
    python3 - "$here/out" <<'E' || fail "the interaction of types differs from netcomb"
import json, os, sys
from near import *
w = json.load(open(os.environ["NETWORK"]))["components"]["classes"]
at = w["components"].index("psychotherapy * antidepressant")
row, = [r for r in rows(sys.argv[1], "component") if "*" in r["term"] and r["note"] == "random"]
near(row["estimate"], w["random"][at], 1e-5)
near(row["se"], w["random_se"][at], 1e-5)
test, = rows(sys.argv[1], "interaction_test")
near(test["statistic"], w["q_difference"], 1e-5)
assert test["df"] == w["df_difference"]
assert len(rows(sys.argv[1], "power")) == 2
E
done
expect 0 nma c.csv "${or[@]}" "${components[@]}" --interaction 'psychotherapy*antidepressant'
printed "These trials cannot tell whether psychotherapy does more"
printed "3 treatments of 3 trials joined the two"
printed "The 3 treatments share this one interaction but do not agree in it"
refused 1 "" 'did you mean the type "antidepressant"?' "declared types" \
    nma c.csv "${or[@]}" "${components[@]}" --interaction 'psychotherapy*antidepresant'

# ---- a network in parts that components join: discomb; one shape of answer ----
python3 - <<'E'
import csv
rows = list(csv.DictReader(open("c.csv")))
out = {r["study"] for r in rows if any(w in r["treat1"] + " " + r["treat2"] for w in ("Placebo", "UC", "TCA"))}
with open("apart.csv", "w") as f:
    w = csv.DictWriter(f, rows[0].keys())
    w.writeheader()
    w.writerows(r for r in rows if r["study"] not in out)
E
effects=(--measure or --columns "treatment1=treat1,treatment2=treat2,effect=lnOR,effect_se=selnOR" --reference SSRI --higher-is-better)
refused 3 "" "parts" "--components" nma apart.csv "${effects[@]}"
expect 0 nma apart.csv "${effects[@]}" --method dl --components +
printed "Comparisons across them rest on"
expect 0 nma apart.csv "${effects[@]}" --method dl --components + --report parts --json
python3 - "$here/out" <<'E' || fail "the network in parts differs from discomb"
import json, os, sys
from near import *
disc, name = json.load(open(os.environ["NETWORK"]))["components"]["apart"]["disc"], sys.argv[1]
treatments = disc["treatments"]
def close(a, b): assert abs(a - b) <= 1e-5 * max(1, abs(b)), (a, b)
at = lambda matrix, r: disc[matrix][treatments.index(r["arm"])][treatments.index(r["reference"])]
contrasts = [r for r in rows(name, "contrast") if r["term"] == "random"]
assert len(contrasts) == len(treatments) - 1
for r in contrasts:
    close(r["estimate"], at("TE_random", r))
    close(r["se"], at("se_random", r))
across = ["rests on components adding up" in r.get("note", "") for r in contrasts]
assert any(across) and not all(across)
predictions = rows(name, "prediction")
assert len(predictions) == len(contrasts)
for r in predictions:
    close(r["lower"], at("lower_predict", r))
assert {r["term"] for r in rows(name, "ranking")} == set(treatments)
E
[ -s parts/report.html ] || fail "no report of a network in parts"
mv parts "$here/parts"

# ---- what the shape of a network cannot tell is told ----
printf 'study,treat1,treat2,TE,seTE\na,x,y,0.3,0.1\nb,y,z,0.2,0.1\nc,x,z,0.6,0.1\n' >single.csv
expect 0 nma single.csv --reference x
told "every comparison rests on one study"
printf 'study,treat1,treat2,TE,seTE\na,x,y,0.3,0.1\na,y,z,0.2,0.1\na,x,z,0.5,0.1\nb,x,w,0.2,0.1\n' >within.csv
expect 0 nma within.csv --reference x
told "the loops of the network lie within single studies"
printf 'study,treat1,treat2,TE,seTE\na,x,y,0.3,0.1\nb,y,z,0.2,0.1\nc,x,y,0.5,0.1\n' >tree.csv
expect 0 nma tree.csv --reference x
told "the network has no loop"

# ---- refusals ----
cat > parts.csv <<E
study,treat1,treat2,TE,seTE
a,x,y,0.3,0.1
b,y,z,0.2,0.1
c,u,v,0.4,0.1
d,u,x+v,0.4,0.1
E
refused 3 "" "2 parts" "--components" nma parts.csv --reference x
expect 0 nma parts.csv --reference x --components +
printed "The network is in 2 parts"
refused 1 "parts.csv:" '`q`' "did you mean" nma parts.csv --reference q
refused 1 "" 'no treatment has the component "q"' "" nma parts.csv --components + --interaction 'x*q'
refused 2 "" "--interaction takes A*B" "quotes" nma parts.csv --components + --interaction xq
refused 2 "" "--inactive without --components" "--components +" nma parts.csv --inactive x
refused 2 "" "--types takes NAME=TYPE" "antidepressant" nma parts.csv --components + --types ssri
refused 2 "" 'unknown value "pm" for --method' "" nma parts.csv --method pm
cat > arm.csv <<E
study,treatment,n,mean,sd
a,x,20,3,1
a,y,20,4,1
b,x,20,3,1
E
refused 1 "arm.csv:4:" "b has one arm" "two arms" nma arm.csv --measure smd
cat > third.csv <<E
study,treat1,treat2,TE,seTE
a,x,y,0.3,0.1
a,y,z,0.2,0.1
E
refused 1 "third.csv:" "a" "" nma third.csv
cat > odd.csv <<E
study,treat1,treat2,TE,seTE
a,x,y,0.3,0.1
a,y,z,0.2,0.1
a,x,z,0.9,0.1
E
refused 1 "odd.csv:" "a" "" nma odd.csv
finish
