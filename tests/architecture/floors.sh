#!/usr/bin/env bash
# The house holds: a room includes only what lies on floors under it, its own files, and public
# headers of lower floors.
set -u
cd "${VAGUS_SOURCE:-.}" || exit 1
declare -A floor=([base]=0 [numeric]=1 [table]=1 [result]=1 [model]=2 [study]=3 [axis]=3 [panel]=3
                  [trial]=4 [mechanism]=4 [strata]=4 [person]=4 [fmt]=4 [evidence]=4 [design]=4
                  [report]=5 [cli]=6)
declare -A header=([status]=base [arena]=base [matrix]=numeric [inference]=model [table]=table [result]=result
                   [forest]=model [effect_forest]=strata
                   [formula]=model [design]=model [rubin]=model [mmrm]=model [lm]=model [glm]=model [study]=study
                   [trial]=trial [report]=report [multiplicity]=model [proportions]=trial [two_samples]=trial
                   [effect_size]=trial [mmrm_table]=model [ordinal]=model [lmm]=model [lmm_table]=model [false_discovery]=model
                   [panel_layer]=study [mechanism_plan]=study [moderator]=study [evidence_plan]=study [extraction]=study [review]=study [evidence]=evidence [study_effect]=evidence
                   [panel_derive]=panel [panel_clean]=panel
                   [mediation]=mechanism [channels]=mechanism [mechanism]=mechanism [indirect_power]=mechanism [mediation_censored]=mechanism [meta]=evidence [small_study]=evidence [meta_multilevel]=evidence [network]=evidence
                   [certainty]=evidence [feature_table]=table [tree]=table [lab_table]=table
                   [distance_matrix]=table
                   [differential]=panel [transform]=panel [diversity]=panel [distance]=panel [ordination]=panel [permanova]=panel
                   [modules]=panel [censored]=panel [units]=panel [biomarker]=panel [reliability]=panel [quality]=panel [norms]=panel [quantile_regression]=model [measured]=panel)
header[policy]=strata
header[axis]=axis
header[design_file]=study
header[virtual_trial]=design
header[simulate]=design
header[operating]=design
header[elastic_net]=model header[debiased_lasso]=model header[mediator_screen]=mechanism
header[heterogeneity]=strata
header[moderators]=strata
header[strata]=strata
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
