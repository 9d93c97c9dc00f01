/** @file vagus.h
 *  Everything of libvagus in one include. */
#ifndef VAGUS_VAGUS_H
#define VAGUS_VAGUS_H

#include <vagus/arena.h>
#include <vagus/biomarker.h>
#include <vagus/censored.h>
#include <vagus/certainty.h>
#include <vagus/design.h>
#include <vagus/differential.h>
#include <vagus/distance.h>
#include <vagus/distance_matrix.h>
#include <vagus/diversity.h>
#include <vagus/effect_size.h>
#include <vagus/evidence.h>
#include <vagus/evidence_plan.h>
#include <vagus/extraction.h>
#include <vagus/false_discovery.h>
#include <vagus/feature_table.h>
#include <vagus/formula.h>
#include <vagus/glm.h>
#include <vagus/inference.h>
#include <vagus/lab_table.h>
#include <vagus/lm.h>
#include <vagus/lmm.h>
#include <vagus/lmm_table.h>
#include <vagus/matrix.h>
#include <vagus/meta.h>
#include <vagus/meta_multilevel.h>
#include <vagus/mmrm.h>
#include <vagus/mmrm_table.h>
#include <vagus/modules.h>
#include <vagus/multiplicity.h>
#include <vagus/network.h>
#include <vagus/ordinal.h>
#include <vagus/ordination.h>
#include <vagus/panel_derive.h>
#include <vagus/panel_layer.h>
#include <vagus/permanova.h>
#include <vagus/proportions.h>
#include <vagus/quality.h>
#include <vagus/reliability.h>
#include <vagus/report.h>
#include <vagus/result.h>
#include <vagus/review.h>
#include <vagus/small_study.h>
#include <vagus/status.h>
#include <vagus/study.h>
#include <vagus/study_effect.h>
#include <vagus/table.h>
#include <vagus/transform.h>
#include <vagus/tree.h>
#include <vagus/trial.h>
#include <vagus/units.h>

#endif
