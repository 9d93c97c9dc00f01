/* Absolute profiles: share of each feature × cells per gram of the sample. METHODS 1.3: the error of the load is shared by
 * all features of a sample, so the load is a layer of its own too. Vandeputte 2017. */
#include "panel/derive.h"

#include <math.h>

#include "numeric/linear_algebra.h"

static const char UNIT[] = "cells/g";

/* Samples without a load are left out, and told. */
static VgLayer *loaded_samples(VgStudyReader *reader, const VgLayer *parent, size_t *from)
{
    VgLayer *some = VG_STUDY_NEW(reader, VgLayer, 1);
    if (!some)
        return NULL;
    *some = *parent;
    some->n_samples = 0;
    some->sample = VG_STUDY_NEW(reader, const char *, parent->n_samples);
    some->participant = VG_STUDY_NEW(reader, size_t, parent->n_samples);
    some->visit = VG_STUDY_NEW(reader, size_t, parent->n_samples);
    some->batch = parent->batch ? VG_STUDY_NEW(reader, int32_t, parent->n_samples) : NULL;
    some->sample_line = NULL;
    some->minute = NULL;
    size_t without = 0;
    for (size_t i = 0; i < parent->n_samples && reader->failed == VG_OK; i++) {
        if (isnan(parent->load[i])) {
            if (vg_study_listed(&without))
                vg_study_warn_in(reader, parent->sample_file,
                                 parent->sample_line ? parent->sample_line[i] : 0,
                                 "sample %s has no load: it is not in the layer %s_absolute",
                                 "nothing is put in its place", parent->sample[i], parent->name);
            continue;
        }
        size_t at = some->n_samples++;
        from[at] = i;
        some->sample[at] = parent->sample[i];
        some->participant[at] = parent->participant[i];
        some->visit[at] = parent->visit[i];
        if (some->batch)
            some->batch[at] = parent->batch[i];
    }
    vg_study_and_more(reader, without, parent->sample_file, true, "samples without a load");
    return reader->failed == VG_OK ? some : NULL;
}

/* Shares are taken of the sum where reads were counted; declared shares stay what they are (a sum below 1 leaves the rest
 * unknown), and percentages are divided by 100. */
static double whole_of(const VgLayer *parent, size_t sample, double largest)
{
    if (parent->kind == VG_LAYER_RELATIVE)
        return largest > 1.5 ? 100 : 1;
    double sum = 0;
    for (size_t j = 0; j < parent->n_features; j++)
        sum += VG_AT(parent->value, sample, j);
    return sum;
}

static double largest_sum(const VgLayer *parent)
{
    double largest = 0;
    for (size_t i = 0; i < parent->n_samples; i++) {
        double sum = 0;
        for (size_t j = 0; j < parent->n_features; j++)
            sum += VG_AT(parent->value, i, j);
        largest = fmax(largest, sum);
    }
    return largest;
}

static void profiles(VgStudyReader *reader, const VgLayer *parent, const VgLayer *some,
                     const size_t *from, const VgDerivation *asked)
{
    VgLayer *to = vg_derive_begin(reader, some, "absolute", VG_LAYER_ABSOLUTE, parent->n_features,
                                  asked->line);
    if (!to)
        return;
    to->unit = UNIT;
    to->tree = parent->tree;
    double largest = largest_sum(parent);
    for (size_t j = 0; j < parent->n_features; j++) {
        to->feature[j] = parent->feature[j];
        to->feature_label[j] = parent->feature_label[j];
        to->feature_unit[j] = UNIT;
        to->feature_formula[j] = "share of the sample × its cells per gram";
    }
    for (size_t at = 0; at < some->n_samples; at++) {
        double per_share = parent->load[from[at]] / whole_of(parent, from[at], largest);
        for (size_t j = 0; j < parent->n_features; j++)
            VG_AT(to->value, at, j) = VG_AT(parent->value, from[at], j) * per_share;
    }
    vg_derive_end(reader, to);
}

static void loads(VgStudyReader *reader, const VgLayer *parent, const VgLayer *some,
                  const size_t *from, const VgDerivation *asked)
{
    VgLayer *to = vg_derive_begin(reader, some, "load", VG_LAYER_DERIVED, 1, asked->line);
    if (!to)
        return;
    to->feature[0] = "load";
    to->feature_label[0] = "microbial load";
    to->feature_unit[0] = UNIT;
    to->feature_formula[0] = "as measured: cells per gram";
    to->feature_log[0] = true;
    for (size_t at = 0; at < some->n_samples; at++)
        vg_derive_set(to, at, 0, parent->load[from[at]], parent->load[from[at]]);
    vg_derive_end(reader, to);
}

void vg_derive_absolute(VgStudyReader *reader, const VgLayer *parent, const VgDerivation *asked)
{
    if (parent->kind != VG_LAYER_COUNTS && parent->kind != VG_LAYER_RELATIVE) {
        vg_study_problem(
            reader, VG_INVALID_INPUT, asked->line,
            "absolute amounts come from counts or shares, and the layer %s is of kind %s",
            "leave derive: absolute out", parent->name, vg_layer_kind_name(parent->kind));
        return;
    }
    if (!parent->load) {
        vg_study_problem(reader, VG_INVALID_INPUT, asked->line,
                         "absolute amounts need the `load` of the layer %s",
                         "load: COLUMN (of the sample sheet: cells per gram)", parent->name);
        return;
    }
    size_t *from = VG_STUDY_NEW(reader, size_t, parent->n_samples);
    VgLayer *some = from ? loaded_samples(reader, parent, from) : NULL;
    if (!some)
        return;
    if (!some->n_samples) {
        vg_study_problem(reader, VG_INVALID_INPUT, asked->line,
                         "no sample of the layer %s has a load",
                         "see the column of loads in the sample sheet", parent->name);
        return;
    }
    profiles(reader, parent, some, from, asked);
    loads(reader, parent, some, from, asked);
}
