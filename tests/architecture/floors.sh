#!/usr/bin/env bash
# The house holds: a room includes only what lies on floors under it, its own files, and public
# headers of lower floors.
set -u
cd "${VAGUS_SOURCE:-.}" || exit 1
declare -A floor=([base]=0 [numeric]=1 [table]=1 [result]=1 [model]=2 [study]=3 [axis]=3 [panel]=3
                  [trial]=4 [mechanism]=4 [strata]=4 [person]=4 [fmt]=4 [evidence]=4 [design]=4
                  [report]=5 [cli]=6)
# public headers of each room, in the order of the alphabet
declare -A header
public() {
    local room=$1 name
    shift
    for name in "$@"; do header[$name]=$room; done
}
public base arena status
public numeric matrix
public table distance_matrix feature_table lab_table table tree
public result result
public model debiased_lasso design elastic_net false_discovery forest formula glm inference lm \
    lmm lmm_table mmrm mmrm_table multiplicity ordinal quantile_regression rubin survival_effect
public study design_file evidence_plan extraction mechanism_plan moderator panel_layer review \
    prediction_plan strata_plan study
public axis axis
public panel biomarker censored differential distance diversity measured modules norms \
    ordination panel_clean panel_derive permanova quality reliability transform units
public trial effect_size proportions trial two_samples
public mechanism channels indirect_power mechanism mediation mediation_censored mediator_screen
public strata baseline conformal effect_forest heterogeneity moderators policy prediction \
    prediction_measures prediction_study strata strata_study
public evidence certainty evidence meta meta_multilevel network small_study study_effect
public design operating simulate virtual_trial
public report report
# arrows between rooms of one floor: who may use whom
declare -A arrow=([panel]=study)
arrow[study]=axis
arrow[design]="trial mechanism strata person fmt evidence"
bad=0
while IFS=: read -r file line text; do
    room=${file#src/}; room=${room%%/*}
    if [[ $text =~ \#include\ \"([a-z_0-9]+)/ ]]; then
        other=${BASH_REMATCH[1]}
    elif [[ $text =~ \#include\ \<vagus/([a-z_0-9]+)\.h\> ]]; then
        other=${header[${BASH_REMATCH[1]}]:-unknown}
        if [ "$other" = unknown ]; then echo "$file:$line: header not in the list of this test"; bad=1; continue; fi
    else
        continue
    fi
    [ "$other" = "$room" ] && continue
    [[ " ${arrow[$room]:-} " == *" $other "* ]] && continue
    if [ -z "${floor[$other]:-}" ] || [ "${floor[$other]}" -ge "${floor[$room]}" ]; then
        echo "$file:$line: room $room (floor ${floor[$room]}) may not use $other (floor ${floor[$other]:-?})"
        bad=1
    fi
done < <(grep -rn '^#include ["<]' src --include='*.c' --include='*.h')
exit $bad
