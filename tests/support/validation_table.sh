#!/usr/bin/env bash
# Makes docs/validation/table.md: every comparison of the reference tests with its independent
# reference, by test: how many, the least digits agreed, where. Run from the project's root with the tests built.
set -euo pipefail
build=${1:-build}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
VAGUS_WITNESS_LOG=$log OPENBLAS_NUM_THREADS=1 ctest --test-dir "$build" -R '^reference\.' >/dev/null
{
    echo "# Validation: ours against independent references"
    echo
    echo "Made by \`./dev validate\`, which runs the reference tests and writes down every comparison they make."
    echo "Digits agreed = −log10 of the relative difference, at most 17. Each test's file says which program, version and"
    echo "call made the reference values. *Least* is the worst of all comparisons of the test, and the next columns say where."
    echo
    echo "Where the reference itself stopped early, agreement cannot go further: the fits of mmrm's default optimiser"
    echo "(\`mmrm_hamd17\`, \`mmrm_btheb\`, \`trial_antidepressant\`, \`trial_beat_the_blues\`) and of SAS (\`mmrm_sas\`) have a −2 log-likelihood"
    echo "above ours, which the tests assert. \`mmrm_tight\` is mmrm run to its end, the witness for the digits; its least is a covariance"
    echo "parameter at which nlminb had left a gradient. Filip (\`nist\`) is limited by the rounding of x¹⁰. \`meta_reviews\` holds metafor's"
    echo "figures as it ran (tau² by PM from a root finder that stops at 1e-4) beside converged ones, which agree in 11 digits."
    echo "Likewise \`network_reference\` (rounded contrasts), one set of \`multilevel\`, one feature of \`lmm_hmp2\` (lme4 stopped with a warning) and vegan's"
    echo "medians in \`panel_in_a_trial\`. Random draws of the reference bound the p of \`panel_permanova\` (19,999 permutations) and the errors of medians in"
    echo "\`differential\`; randomised coordinates of \`panel_ordination\` approximate exact ones; published figures of \`panel_reliability\` have six digits."
    echo "What is drawn on either side has two or three digits: bootstrap errors (\`channels\`, \`mediation_censored\`), imputations (\`channels_impute\`), simulated power"
    echo "(\`channels_noise\`), SIMEX (\`mediation_simex\`), half-samples (\`strata_grf\`), simultaneous bands (\`strata_moderators\`)."
    echo
    echo "| test | comparisons | least digits | median digits | where least | ours | reference |"
    echo "|---|---:|---:|---:|---|---:|---:|"
    sort -t$'\t' -k1,1 -k5,5g "$log" | awk -F'\t' '
        function flush_test() {
            if (n) printf "| %s | %d | %.1f | %.1f | %s | %s | %s |\n", name, n, digits[1], digits[int((n + 1) / 2)], what, ours, theirs
        }
        $1 != name { flush_test(); name = $1; n = 0; what = $2; ours = $3; theirs = $4 }
        { digits[++n] = $5 }
        END { flush_test() }' | sed 's/^| reference\.test_/| /'
} > docs/validation/table.md
grep -c '^| [a-z]' docs/validation/table.md | sed 's/$/ rows in docs\/validation\/table.md/'
