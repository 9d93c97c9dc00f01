/* QIIME 2 artifacts: a zip with one folder, named by a UUID, that holds metadata.yaml and data/. */
#ifndef VG_TABLE_FEATURES_ARCHIVE_H
#define VG_TABLE_FEATURES_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>

#include <vagus/status.h>

#include "table/source.h"

typedef struct VgArtifact {
    const char *path;
    void *zip;      /* zip_t */
    char root[64];  /* the UUID */
    char type[128]; /* "FeatureTable[Frequency]", … */
    size_t most_bytes;
} VgArtifact;

bool vg_is_zip(const char *bytes, size_t size);

/* Opens and checks all entries: none outside the one folder, none that inflates beyond reason. The source must
 * outlive the artifact. most_bytes 0 = 4 GiB. */
VG_MUST_CHECK VgStatus vg_artifact_open(VgArtifact *artifact, const char *path,
                                        const VgSource *source, size_t most_bytes, VgError *error);
/* The bytes of data/NAME as a source (close it), with the digest of the whole archive. */
VG_MUST_CHECK VgStatus vg_artifact_read(const VgArtifact *artifact, const VgSource *archive,
                                        const char *name, VgSource *source, VgError *error);
/* Both and closing: data/NAME of an artifact whose type begins with `type`. */
VG_MUST_CHECK VgStatus vg_artifact_part(const char *path, const VgSource *archive, const char *type,
                                        const char *name, VgSource *source, VgError *error);
void vg_artifact_close(VgArtifact *artifact);

#endif
