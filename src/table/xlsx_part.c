#include "table/xlsx_part.h"

#include <string.h>

enum { STEP = 65536 };
/* Sheets shrink 5- to 20-fold in their zip; far more is a bomb. */
static const size_t SMALL_LIMIT = (size_t)256 << 20, LARGEST_RATIO = 200;

VgStatus vg_xlsx_open(const char *path, const VgSource *source, VgXlsxArchive *archive,
                      VgError *error)
{
    *archive = (VgXlsxArchive){.path = path};
    archive->limit =
        source->size > SMALL_LIMIT / LARGEST_RATIO ? source->size * LARGEST_RATIO : SMALL_LIMIT;
    if (source->size >= 4 && memcmp(source->bytes, "\xD0\xCF\x11\xE0", 4) == 0)
        return vg_fail_at(error, VG_INVALID_INPUT, path, 0,
                          "an old .xls or a password-protected workbook",
                          "save it as an unprotected .xlsx, or as CSV UTF-8");
    zip_error_t failure;
    zip_error_init(&failure);
    zip_source_t *bytes = zip_source_buffer_create(source->bytes, source->size, 0, &failure);
    archive->zip = bytes ? zip_open_from_source(bytes, ZIP_RDONLY, &failure) : NULL;
    VgStatus status = VG_OK;
    if (!archive->zip) {
        status = vg_fail_at(error, VG_INVALID_INPUT, path, 0, "no readable .xlsx: %s",
                            "check that the file is complete, or export it as CSV UTF-8",
                            zip_error_strerror(&failure));
        zip_source_free(bytes);
    }
    zip_error_fini(&failure);
    return status;
}

void vg_xlsx_close(VgXlsxArchive *archive)
{
    if (archive->zip)
        zip_discard(archive->zip);
    archive->zip = NULL;
}

static const char *local(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon ? colon + 1 : name;
}

const char *vg_xlsx_attribute(const char **attributes, const char *name)
{
    for (; *attributes; attributes += 2)
        if (strcmp(local(attributes[0]), name) == 0)
            return attributes[1];
    return NULL;
}

void vg_xlsx_stop(VgXlsxVisitor *visitor, VgStatus status)
{
    if (visitor->status == VG_OK)
        visitor->status = status;
    XML_StopParser(visitor->parser, XML_FALSE);
}

static void XMLCALL on_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
    VgXlsxVisitor *visitor = user;
    if (visitor->status == VG_OK && visitor->start)
        visitor->start(visitor->context, local(name), attributes);
}

static void XMLCALL on_end(void *user, const XML_Char *name)
{
    VgXlsxVisitor *visitor = user;
    if (visitor->status == VG_OK && visitor->end)
        visitor->end(visitor->context, local(name));
}

static void XMLCALL on_text(void *user, const XML_Char *text, int length)
{
    VgXlsxVisitor *visitor = user;
    if (visitor->status == VG_OK && visitor->text)
        visitor->text(visitor->context, text, (size_t)length);
}

/* No workbook needs a document type; entities could expand without end. */
static void XMLCALL on_doctype(void *user, const XML_Char *name, const XML_Char *system,
                               const XML_Char *public, int internal)
{
    (void)name, (void)system, (void)public, (void)internal;
    VgXlsxVisitor *visitor = user;
    visitor->doctype = "declares a document type";
    XML_StopParser(visitor->parser, XML_FALSE);
}

static VgStatus damaged(const VgXlsxArchive *archive, const char *part, const char *why,
                        VgError *error)
{
    return vg_fail_at(error, VG_INVALID_INPUT, archive->path, 0, "its part %.80s is damaged: %s",
                      "save the workbook again, or export the sheet as CSV UTF-8", part, why);
}

static VgStatus stream(const VgXlsxArchive *archive, const char *part, zip_file_t *file,
                       VgXlsxVisitor *visitor, VgError *error)
{
    size_t inflated = 0;
    for (;;) {
        void *buffer = XML_GetBuffer(visitor->parser, STEP);
        if (!buffer)
            return vg_fail_memory(error);
        zip_int64_t got = zip_fread(file, buffer, STEP);
        if (got < 0)
            return damaged(archive, part, zip_file_strerror(file), error);
        inflated += (size_t)got;
        if (inflated > archive->limit)
            return vg_fail_at(error, VG_INVALID_INPUT, archive->path, 0,
                              "its part %.80s inflates to more than %zu MB",
                              "this looks like a bomb; export the sheet as CSV UTF-8", part,
                              archive->limit >> 20);
        enum XML_Status parsed = XML_ParseBuffer(visitor->parser, (int)got, got == 0);
        if (visitor->status != VG_OK)
            return visitor->status;
        if (visitor->doctype)
            return damaged(archive, part, visitor->doctype, error);
        if (parsed == XML_STATUS_ERROR) {
            enum XML_Error code = XML_GetErrorCode(visitor->parser);
            return code == XML_ERROR_NO_MEMORY
                       ? vg_fail_memory(error)
                       : damaged(archive, part, XML_ErrorString(code), error);
        }
        if (got == 0)
            return VG_OK;
    }
}

VgStatus vg_xlsx_visit(const VgXlsxArchive *archive, const char *part, VgXlsxVisitor *visitor,
                       bool *found, VgError *error)
{
    if (*part == '/')
        part++;
    zip_int64_t index = zip_name_locate(archive->zip, part, ZIP_FL_NOCASE);
    if (found)
        *found = index >= 0;
    if (index < 0)
        return found ? VG_OK : damaged(archive, part, "it is missing", error);
    zip_file_t *file = zip_fopen_index(archive->zip, (zip_uint64_t)index, 0);
    if (!file)
        return damaged(archive, part, zip_strerror(archive->zip), error);
    visitor->status = VG_OK;
    visitor->doctype = NULL;
    visitor->parser = XML_ParserCreate(NULL);
    VgStatus status = visitor->parser ? VG_OK : vg_fail_memory(error);
    if (status == VG_OK) {
        XML_SetUserData(visitor->parser, visitor);
        XML_SetElementHandler(visitor->parser, on_start, on_end);
        XML_SetCharacterDataHandler(visitor->parser, on_text);
        XML_SetStartDoctypeDeclHandler(visitor->parser, on_doctype);
        status = stream(archive, part, file, visitor, error);
        XML_ParserFree(visitor->parser);
    }
    zip_fclose(file);
    return status;
}
