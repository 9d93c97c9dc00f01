#!/usr/bin/env bash
# vagus distance, transform, diversity and permanova on dune (Jongman 1987): numbers of vegan 2.6-4
# (tests/reference/panel_vegan.json), designs that shuffles cannot test, bad input.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
export REFERENCE=$VAGUS_SOURCE/tests/reference/panel_vegan.json
python3 - <<'E' || exit 1
import json, os
r = json.load(open(os.environ["REFERENCE"]))
x = r["dune"]
with open("dune.tsv", "w") as f: # species in rows, sites in columns
    print("species", *[f"s{i}" for i in range(20)], sep="\t", file=f)
    for j in range(30):
        print(f"sp{j}", *x[20 * j:20 * j + 20], sep="\t", file=f)
with open("rows.csv", "w") as f:
    print("site", *[f"sp{j}" for j in range(30)], sep=",", file=f)
    for i in range(20):
        print(f"s{i}", *x[i::20], sep=",", file=f)
e = r["env"]
with open("env.csv", "w") as f:
    print("site,A1,Management,Use,person,block", file=f)
    for i in reversed(range(20)): # the order of rows is no matter
        print(f"s{i}", e["A1"][i], e["Management"][i], e["Use"][i], f"p{i // 2}", f"b{i % 2}", sep=",", file=f)
E

# --- distance ---
expect 0 distance dune.tsv --metric bray -o bray.tsv
silent
expect 0 distance rows.csv --samples-in-rows --metric bray --csv -o bray.csv
expect 0 distance dune.tsv --metric jensen-shannon --json
python3 - "$here/out" <<'E' || fail "distances differ from vegan"
import csv, json, os, sys
from near import *
r = json.load(open(os.environ["REFERENCE"]))["vegdist"]
for name, mark in ("bray.tsv", "\t"), ("bray.csv", ","):
    rows = list(csv.reader(open(name), delimiter=mark))
    assert rows[0] == [""] + [f"s{i}" for i in range(20)]
    d = [float(rows[j + 1][i + 1]) for i in range(20) for j in range(i + 1, 20)]
    for a, b in zip(d, r["bray"]):
        near(a, b)
E
expect 0 distance dune.tsv --metric aitchison --pcoa 2 --csv
[ "$(head -1 "$here/out")" = "sample,PCo1,PCo2" ] || fail "PCoA has no header"
expect 0 distance dune.tsv --metric aitchison --pcoa 3 --json
printed 'eigenvalue'
refused 2 "" "unknown value \"brai\" for --metric" "did you mean" distance dune.tsv --metric brai
refused 2 "" "--metric unifrac without --tree" "give the tree" distance dune.tsv --metric unifrac
refused 2 "" "--tree with --metric jaccard" "UniFrac" distance dune.tsv --metric jaccard --tree t.nwk
refused 2 "" "--alpha with --metric unifrac" "gunifrac" distance dune.tsv --metric unifrac --tree t.nwk --alpha 0.3
refused 2 "" "a rule for zeros with --metric bray" "aitchison" distance dune.tsv --metric bray --zeros refuse
printf 'f\ta\tb\nx\t1\t0\ny\t3\t0\n' >empty.tsv
refused 1 "empty.tsv:" "sample b holds zeros only and has no distance" "leave the sample out" distance empty.tsv --metric bray
expect 0 distance empty.tsv --metric euclidean
printf 'f\ta\tb\nx\t1\t-2\ny\t3\t0\n' >negative.tsv
refused 1 "negative.tsv:2:" "-2" "" distance negative.tsv --metric bray

# --- trees ---
printf 'f\ta\tb\nx\t1\t0\ny\t3\t2\nz\t0\t2\n' >three.tsv
echo '((x:1,y:2):0.5,z:3);' >t.nwk
expect 0 distance three.tsv --metric unifrac --tree t.nwk --csv
printed "a,0,0.6153846153846154" # (1 + 3)/(1 + 2 + 0.5 + 3)
expect 0 distance three.tsv --metric wunifrac --tree t.nwk --csv
printed "a,0,2.5" # 1/4 + 2/4 + 0.5/2 + 3/2
expect 0 diversity three.tsv --kind counts --tree t.nwk --json
printed 'faith_pd'
echo '((x:1,y:2):0.5,w:3);' >other.nwk
refused 1 "other.nwk:" "z" "" distance three.tsv --metric unifrac --tree other.nwk
echo '(x:1,y:2,z:3);' >unrooted.nwk
refused 1 "unrooted.nwk:" "no root" "root it" distance three.tsv --metric unifrac --tree unrooted.nwk

# --- transform ---
expect 0 transform dune.tsv --transform clr --pseudocount 1 --csv
python3 - "$here/out" <<'E' || fail "the log-ratios differ from vegan"
import csv, json, os, sys
from near import *
r = json.load(open(os.environ["REFERENCE"]))["decostand"]["clr_1"]
rows = list(csv.reader(open(sys.argv[1])))
for j in range(30):
    for i in range(20):
        near(float(rows[i + 1][j + 1]), r[20 * j + i])
E
expect 0 transform three.tsv --transform alr --reference y --csv
[ "$(head -1 "$here/out")" = "sample,x,z" ] || fail "alr keeps its reference"
expect 0 transform three.tsv --transform philr --tree t.nwk --csv
printed "sample,balance1,balance2"
printf 'sample,load\nb,2e10\na,8e10\n' >load.csv
expect 0 transform three.tsv --transform absolute --load load.csv --csv
printed "a,20000000000,60000000000,0"
expect 0 transform dune.tsv --transform total-sum --prevalence 0.5 --json
printed 'feature_set'
refused 2 "" "--transform alr without --reference" "name a feature" transform three.tsv --transform alr
refused 1 "three.tsv:" "there is no feature q" "" transform three.tsv --transform alr --reference q
refused 2 "" "--transform absolute without --load" "cells per gram" transform three.tsv --transform absolute
printf 'sample,load\na,8e10\n' >one.csv
refused 1 "one.csv:" "no load for sample b" "leave it out" transform three.tsv --transform absolute --load one.csv
refused 1 "" "a zero in sample" "rule for zeros" transform three.tsv --transform clr --zeros refuse

# --- diversity ---
expect 0 diversity dune.tsv --json
python3 - "$here/out" <<'E' || fail "the diversity differs from vegan"
import json, os, sys
from near import *
r = json.load(open(os.environ["REFERENCE"]))["diversity"]
got = {(e["quantity"], e["term"]): e["estimate"] for e in json.load(open(sys.argv[1]))["estimates"]}
for i in range(20):
    near(got["shannon", f"s{i}"], r["shannon"][i])
    near(got["simpson", f"s{i}"], r["simpson"][i])
    near(got["inverse_simpson", f"s{i}"], r["invsimpson"][i])
E
expect 0 diversity dune.tsv --kind counts
told "depths differ"
expect 0 diversity dune.tsv --kind counts --coverage 0.9 --csv
printed "hill_0_at_size"
refused 2 "" "--size and --coverage" "one of them" diversity dune.tsv --size 10 --coverage 0.9
printf 'f\ta\tb\nx\t1.5\t2\ny\t3\t1\n' >amounts.tsv
refused 1 "amounts.tsv:" "sample a cannot be brought to that depth" "whole counts" diversity amounts.tsv --size 2

# --- permanova ---
formula=(--data env.csv --formula '~ A1 + Management' --json --permutations 99 --dispersion Management --centre centroid)
expect 0 permanova bray.tsv "${formula[@]}"
cp "$here/out" one.json
python3 - one.json <<'E' || fail "PERMANOVA differs from adonis2"
import json, os, sys
from near import *
r = json.load(open(os.environ["REFERENCE"]))
got = json.load(open(sys.argv[1]))
for test, name in ("sequential", "terms"), ("marginal", "margin"):
    for k, e in enumerate(e for e in got["estimates"] if e["quantity"] == test):
        near(e["statistic"], r["adonis"][name]["f"][k])
        near(e["estimate"], r["adonis"][name]["r2"][k])
        assert 0 < e["p"] <= 1
e, = [e for e in got["estimates"] if e["quantity"] == "dispersion"]
near(e["statistic"], r["centroid"]["f"])
assert got["fit"]["permutations"] == 99 and got["fit"]["smallest_p"] == 0.01
E
expect 0 permanova bray.tsv "${formula[@]}" --threads 3
grep -q "residuals of their reduced models" one.json || fail "what was permuted is not told"
cmp -s "$here/out" one.json || fail "the answer depends on threads"
expect 0 permanova bray.tsv --data env.csv --formula '~ block' --participant person --strata person
printed "samples shuffled within 10 strata"
expect 0 permanova bray.tsv "${formula[@]}" --model direct
grep -q "reduced" "$here/out" && fail "--model direct permutes residuals"
refused 2 "" "--model direct with --shuffle randomisation" "leave out --model" permanova bray.tsv --data env.csv --formula '~ block' --shuffle randomisation --participant site --arm block --model direct
refused 1 "" "as if they were independent" "whole participants" permanova bray.tsv --data env.csv --formula '~ A1' --participant person
refused 2 "" "--shuffle participants without --participant" "name the column" permanova bray.tsv --data env.csv --formula '~ A1' --shuffle participants
refused 2 "" "--shuffle randomisation without --arm" "randomised" permanova bray.tsv --data env.csv --formula '~ A1' --shuffle randomisation --participant person
refused 1 "" "the randomised factor block is not in the formula" "" permanova bray.tsv --data env.csv --formula '~ A1' --shuffle randomisation --participant site --arm block
refused 1 "" "a participant has two arms" "cross-over" permanova bray.tsv --data env.csv --formula '~ block' --shuffle randomisation --participant person --arm block
refused 2 "" "--dispersion Use, but block was randomised" "the arm only" permanova bray.tsv --data env.csv --formula '~ block' --shuffle randomisation --participant site --arm block --dispersion Use
expect 0 permanova bray.tsv --data env.csv --formula '~ A1 + block' --shuffle randomisation --participant site --arm block --dispersion block --json
printed "block dealt out anew among 20 participants"
printed "the term does not contain what was randomised"
refused 1 "env.csv:" "no column 'Managment'; the nearest name is 'Management'" "" permanova bray.tsv --data env.csv --formula '~ Managment'
grep -v '^s7,' env.csv >short.csv
refused 1 "short.csv:" "sample s7 of the distances has no row in column site" "--id" permanova bray.tsv --data short.csv --formula '~ A1'
sed 's/^s7,/s8,/' env.csv >twice.csv
refused 1 "twice.csv:" "sample s8 for the second time" "one row" permanova bray.tsv --data twice.csv --formula '~ A1'
{ cat env.csv; echo 'elsewhere,1,BF,Hayfield,p1,b0'; } >more.csv
expect 0 permanova bray.tsv --data more.csv --formula '~ A1'
told "1 rows of the metadata have no sample"
sed '3s/,[0-9.]*,/,NA,/' env.csv >missing.csv
expect 0 permanova bray.tsv --data missing.csv --formula '~ A1'
told "1 samples have missing metadata"
refused 1 "" "PERMANOVA of A1 ~ Management" "terms only" permanova bray.tsv --data env.csv --formula 'A1 ~ Management'
finish
