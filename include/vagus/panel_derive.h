/** @file panel_derive.h
 *  What is computed from the layers of a study's panel: biomarkers from several measurements, profiles in cells per
 *  gram. Each becomes a layer of its own, so that everything downstream sees one shape. */
#ifndef VAGUS_PANEL_DERIVE_H
#define VAGUS_PANEL_DERIVE_H

#include <vagus/panel_layer.h>
#include <vagus/study.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Appends to study->layer what the layers' `derive:` asks for: a layer NAME_derived with `parent` NAME, one feature per
 *  biomarker, with its formula, unit and scale. Call it once, after vg_study_read.
 *
 *  A value made of censored ones is censored between the bounds that its formula can reach with its parts at theirs;
 *  nothing is put in their place. Missing parts give a missing value.
 *  @param problems  those of the reader; more are added and all are sorted by file and line
 *  @return VG_OK, the status of the first problem that is no warning, or VG_NO_MEMORY. Source: docs/methods/biomarkers.md */
VG_MUST_CHECK VgStatus vg_panel_derive(VgArena *arena, VgStudy *study, VgProblems *problems,
                                       VgError *error);

#ifdef __cplusplus
}
#endif
#endif
