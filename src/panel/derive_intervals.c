/* Heart rate variability of recordings, a value per participant and visit. */
#include "panel/derive.h"

#include <math.h>
#include <string.h>

static double value_of(const VgHrv *hrv, const char *key)
{
    if (strcmp(key, "rmssd") == 0)
        return hrv->rmssd;
    if (strcmp(key, "sdnn") == 0)
        return hrv->sdnn;
    if (strcmp(key, "hf_power") == 0)
        return hrv->hf;
    if (strcmp(key, "ln_rmssd") == 0)
        return log(hrv->rmssd);
    if (strcmp(key, "ln_sdnn") == 0)
        return log(hrv->sdnn);
    return log(hrv->hf); /* ln_hf_power */
}

static void tell(VgStudyReader *reader, const VgLayer *raw, size_t sample, const VgHrv *hrv,
                 VgBiomarkerIssue issue, size_t *count)
{
    const VgStudy *study = reader->study;
    if ((hrv->issues & issue) && vg_study_listed(count))
        vg_study_warn_in(reader, raw->path, raw->sample_line[sample],
                         "%s of participant %s at %s (%.0f s, %zu of %zu beats are artefacts): %s",
                         "look at the recording; nothing is filled in", raw->name,
                         study->participant[raw->participant[sample]],
                         study->visit[raw->visit[sample]].name, hrv->seconds, hrv->n_artefacts,
                         hrv->n, vg_biomarker_issue(issue));
}

void vg_derive_intervals(VgStudyReader *reader, const VgLayer *raw, const VgDeriveAsk *ask,
                         size_t n_asks)
{
    const VgRecordings *recordings = raw->recordings;
    VgLayer *to = vg_derive_begin_biomarkers(reader, raw, ask, n_asks);
    if (!to)
        return;
    VgHrvOptions options = {.ultra_short = recordings->ultra_short};
    size_t corrected = 0, brief = 0, ultra = 0, wrong = 0;
    for (size_t i = 0; i < raw->n_samples && reader->failed == VG_OK; i++) {
        VgHrv hrv;
        VgError own = {0};
        VgArenaMark mark = vg_arena_mark(reader->arena);
        VgStatus status =
            vg_hrv(reader->arena, recordings->ms + recordings->start[i],
                   recordings->start[i + 1] - recordings->start[i], &options, &hrv, &own);
        vg_arena_rewind(reader->arena, mark);
        if (status == VG_NO_MEMORY)
            vg_study_no_memory(reader);
        else if (status != VG_OK && vg_study_listed(&wrong))
            vg_study_problem_in(reader, raw->path, raw->sample_line[i], "recording %s: %s",
                                vg_study_printf(reader, "%s", own.hint), raw->sample[i],
                                own.message);
        if (status != VG_OK)
            continue;
        tell(reader, raw, i, &hrv, VG_ISSUE_CORRECTED, &corrected);
        tell(reader, raw, i, &hrv, VG_ISSUE_SHORT, &brief);
        tell(reader, raw, i, &hrv, VG_ISSUE_ULTRA_SHORT, &ultra);
        for (size_t k = 0; k < n_asks; k++) {
            double value = value_of(&hrv, ask[k].biomarker->key);
            if (isfinite(value))
                vg_derive_set(to, i, k, value, value);
        }
    }
    vg_study_and_more(reader, corrected, raw->path, true, "recordings with too many artefacts");
    vg_study_and_more(reader, brief, raw->path, true, "recordings that are too short");
    vg_study_and_more(reader, ultra, raw->path, true, "ultra-short recordings");
    vg_study_and_more(reader, wrong, raw->path, false, "recordings that cannot be");
    if (!wrong)
        vg_derive_end(reader, to);
}
