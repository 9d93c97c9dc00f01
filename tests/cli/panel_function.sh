#!/usr/bin/env bash
# modules: of a layer of genes, from the study file to the report; module files that are wrong are told with file and line.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
cp -r "$VAGUS_SOURCE/examples/panel-demo" demo
sed -i 's/permutations: 999/permutations: 19/' demo/study.yaml
expect 0 run demo -o out
for figure in function-change function-carriers function-redundancy ordination heat; do
    [ -s "out/figures/$figure-genes_modules.svg" ] || fail "no figure $figure"
done
grep -qF 'id="function"' out/report.html || fail "report.html lacks the section"
grep -qF "What the microbes can do" out/report.html || fail "report.html lacks its heading"
grep -qF "they exist across taxa only: Menaquinone" out/report.html || fail "report.html does not tell of cross-feeding"
for table in panel_function panel_function_samples panel_contributors; do
    grep -q "genes_modules" "out/tables/$table.csv" || fail "no table $table"
done

# a file of one's own, its path and its digest in the manifest; a least coverage
printf 'M1\tButyrate\nK00248\nK01034,K01035\n///\n' >demo/mine.txt
sed -i 's/modules: built-in/modules: {file: mine.txt, coverage: 0.5, statistic: average}/' demo/study.yaml
expect 0 check demo
printed "0 problems"
expect 0 run demo -o mine
grep -q "mine.txt" mine/manifest.json || fail "mine.txt is not in the manifest"
grep -q "M1,Butyrate" mine/tables/panel_function.csv || fail "no rows of M1"
sed -i 's/layers: all/layers: [genes_modules]/' demo/study.yaml
expect 0 run demo -o only
grep -q "genes,differential" only/tables/estimates.csv && fail "a layer that was not asked for"

told_by_check() { # EDIT PLACE MESSAGE HINT
    cp -r demo bad
    (cd bad && eval "$1")
    expect 1 check bad
    cat "$here/out" "$here/err" >"$here/both"
    for part in "$2" "$3" "$4"; do
        grep -qF "$part" "$here/both" || { fail "$1: not told: $part"; sed 's/^/    both: /' "$here/both"; }
    done
    rm -rf bad
}
told_by_check 'printf "M1\tone\nK1 K2\n///\n" >mine.txt' mine.txt:2 "a space within" TABs
told_by_check 'printf "M1\tone\nK00248\n\nK01034\n///\n" >mine.txt' mine.txt:3 "an empty step" "remove the empty line"
told_by_check 'printf "M1\tone\n///\n" >mine.txt' mine.txt:2 "a module without steps" "one line per step"
told_by_check 'printf "M1\tone\nK00248\n///\nM1\ttwo\nK1\n///\n" >mine.txt' mine.txt:4 "a second time" "an id of its own"
told_by_check 'rm mine.txt' mine.txt "cannot be opened" "check the name"
told_by_check 'printf "M1\tone\nCOG1\nCOG2\n///\n" >mine.txt' study.yaml: "2 of the 2 identifiers" allow_unknown
told_by_check 'sed -i s/coverage:.0.5/coverage:\ 1.5/ study.yaml' study.yaml: "a least coverage of 1.5" "the usual one is 0.66"
told_by_check 'sed -i s/coverage:.0.5/covrage:\ 0.5/ study.yaml' study.yaml: covrage coverage
told_by_check 'sed -i s/statistic:.average/statistic:\ mean/ study.yaml' study.yaml: mean median
told_by_check 'sed -i "s/file: mine.txt, //" study.yaml' study.yaml: "have no \`file\`" built-in
told_by_check 'sed -i "s/lloq: 1.5,/lloq: 1.5, modules: built-in,/" study.yaml' study.yaml: modules "scfa"

# warnings: a module that cannot be covered, a file that may be cut off, a least coverage that loses two of three
printf 'M1\tButyrate\nK00248\n///\nM2\tNever\nK99999\nK01034\n///\nM3\tOpen\nK01034\nK01035' >demo/mine.txt
sed -i 's/coverage: 0.5/coverage: 0.68/' demo/study.yaml
expect 0 check demo
printed "mine.txt:4: warning: no sample of the layer genes can cover M2"
printed "mine.txt:8: warning: the last module M3 is not closed"
printed "two of three steps"
finish
