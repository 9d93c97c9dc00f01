/* The parts of a workbook: XML files in a zip archive, streamed through expat with bounds. */
#ifndef VG_TABLE_XLSX_PART_H
#define VG_TABLE_XLSX_PART_H

#include <expat.h>
#include <zip.h>

#include <vagus/status.h>

#include "table/source.h"

typedef struct VgXlsxArchive {
    const char *path; /* for messages */
    zip_t *zip;
    size_t limit; /* bytes that one part may inflate to */
} VgXlsxArchive;

VG_MUST_CHECK VgStatus vg_xlsx_open(const char *path, const VgSource *source,
                                    VgXlsxArchive *archive, VgError *error);
void vg_xlsx_close(VgXlsxArchive *archive);

/* What reads a part. Handlers get `context`; to stop, set `status` (through vg_xlsx_stop). */
typedef struct VgXlsxVisitor {
    void (*start)(void *context, const char *name, const char **attributes);
    void (*end)(void *context, const char *name);
    void (*text)(void *context, const char *text, size_t length);
    void *context;
    VgStatus status;
    XML_Parser parser;
    const char *doctype;
} VgXlsxVisitor;

/* Streams a part; names come without their namespace prefix. A part that is absent is an error unless
 * `found` is given. */
VG_MUST_CHECK VgStatus vg_xlsx_visit(const VgXlsxArchive *archive, const char *part,
                                     VgXlsxVisitor *visitor, bool *found, VgError *error);
void vg_xlsx_stop(VgXlsxVisitor *visitor, VgStatus status);

/* The attribute with that name, any prefix aside; NULL when absent. */
const char *vg_xlsx_attribute(const char **attributes, const char *name);

#endif
