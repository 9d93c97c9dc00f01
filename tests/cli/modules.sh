#!/usr/bin/env bash
# vagus modules: known answers, views of a stratified table, bad input.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
printf 'MGB004\tTryptophan degradation\nK00453\tK00463\nK01432\tK07130\n///\nM2\tfirst step\nK00453\n///\n' >m.txt
printf 'ko\ta\tb\nK00453\t4\t0\nK00463\t6\t0\nK07130\t1\t2\n' >ko.tsv
expect 0 modules ko.tsv --modules m.txt --csv
silent
printed "sample,MGB004,M2"
printed "a,3.5,4"
printed "b,0,0"
expect 0 modules ko.tsv --modules m.txt --show coverage --csv
printed "b,0.5,0"
expect 0 modules ko.tsv --modules m.txt --least-coverage 0 --csv
printed "b,2,0"
expect 0 modules ko.tsv --modules m.txt --least-coverage 0.68 --json
told "two of three"
printed '"quantity": "module_abundance"'
expect 0 modules ko.tsv --modules m.txt --statistic sum --csv
printed "a,7,4"
expect 0 modules ko.tsv --allow-unknown
told "modules cannot be covered"

# --- stratified ---
printf '# Gene Family\ta\nK00453\t12\nK00453|A\t2\nK00453|B\t10\nK07130\t10\nK07130|A\t4\nK07130|C\t6\n' >s.tsv
expect 0 modules s.tsv --modules m.txt --show taxa --csv
printed "a,MGB004,A,1,3,1"
printed "a,M2,B,1,10,0.8333333333333334"
expect 0 modules s.tsv --modules m.txt --show taxa --json
printed '"module_taxon_share"'
expect 0 modules s.tsv --modules m.txt --show gap --csv
printed "a,8,0"
expect 0 modules s.tsv --modules m.txt --show contributors --csv
printed "a,1,1.384615384615384"
expect 0 modules s.tsv --modules m.txt --show redundancy --csv

# --- another separator, columns that hold no sample ---
printf 'gene\ta\tp value\nK00453,A\t2\t0.1\nK07130,A\t4\t0.2\n' >other.tsv
expect 0 modules other.tsv --modules m.txt --strata-separator , --skip 'p value' --show taxa --allow-unknown --csv
printed "a,MGB004,A,1,3,1"
grep -qF "p value" "$here/out" && fail "a skipped column is a sample"

# --- a last module that is not closed, as in the published GBMs ---
head -c -4 m.txt >open.txt
expect 0 modules ko.tsv --modules open.txt --csv
told "open.txt:5" "M2 is not closed by ///" "cut off"
printed "a,3.5,4"

# --- bad input ---
refused 1 "ko.tsv:" "identifiers of the modules" "annotation" modules ko.tsv
refused 1 "ko.tsv:" "which taxon" "stratified" modules ko.tsv --modules m.txt --show taxa
printf 'M1\tone\nK1 K2\n///\n' >bad.txt
refused 1 "bad.txt:2:" "a space within" "TABs" modules ko.tsv --modules bad.txt
refused 1 "none.txt:" "cannot be opened" "check the name" modules ko.tsv --modules none.txt
refused 2 "" "--strata-separator" "one character" modules ko.tsv --strata-separator ab
finish
