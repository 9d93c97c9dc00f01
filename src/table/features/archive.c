#include "table/features/archive.h"

#include <stdio.h>
#include <string.h>

#include <zip.h>

#include "base/digest.h"
#include "base/memory.h"

enum { SLACK = 64, MOST_ENTRIES = 200000, LARGEST_RATIO = 1100, SMALL_TEXT = 1 << 20, UUID = 36 };
static const size_t FREE_BYTES = (size_t)64 << 20;

bool vg_is_zip(const char *bytes, size_t size)
{
    return size >= 4 &&
           (memcmp(bytes, "PK\x03\x04", 4) == 0 || memcmp(bytes, "PK\x05\x06", 4) == 0);
}

static VgStatus refuse(const VgArtifact *a, const char *what, const char *entry, VgError *error)
{
    return vg_fail_at(error, VG_INVALID_INPUT, a->path, 0, "%s: '%.120s'",
                      "this is no artifact as QIIME 2 writes it; do not unpack it", what, entry);
}

/* A name that stays in its folder: relative, '/' between parts, no part "." or "..". */
static bool is_safe_name(const char *name)
{
    if (!*name || *name == '/' || strchr(name, '\\') || (name[1] == ':'))
        return false;
    for (const char *part = name; part; part = strchr(part, '/')) {
        part += *part == '/';
        size_t length = strcspn(part, "/");
        if ((length == 1 && part[0] == '.') || (length == 2 && part[0] == '.' && part[1] == '.'))
            return false;
    }
    return true;
}

static bool is_uuid(const char *text)
{
    for (size_t i = 0; i < UUID; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !text[i] || !strchr("0123456789abcdefABCDEF", text[i]))
            return false;
    }
    return text[UUID] == '/' || text[UUID] == '\0';
}

static VgStatus check_entries(VgArtifact *a, size_t packed, VgError *error)
{
    zip_int64_t n = zip_get_num_entries(a->zip, 0);
    size_t total = 0;
    if (n <= 0 || n > MOST_ENTRIES)
        return vg_fail_at(error, VG_INVALID_INPUT, a->path, 0, "an archive of %lld entries",
                          "this is no artifact as QIIME 2 writes it", (long long)n);
    for (zip_uint64_t i = 0; i < (zip_uint64_t)n; i++) {
        zip_stat_t about;
        const char *name = zip_get_name(a->zip, i, 0);
        if (!name || zip_stat_index(a->zip, i, 0, &about) != 0 || !(about.valid & ZIP_STAT_SIZE))
            return refuse(a, "an entry without name or size", name ? name : "?", error);
        if (!is_safe_name(name))
            return refuse(a, "a name that leads out of the archive", name, error);
        if (!is_uuid(name))
            return refuse(a, "an entry outside the folder named by a UUID", name, error);
        if (!*a->root)
            memcpy(a->root, name, UUID);
        if (memcmp(a->root, name, UUID) != 0)
            return refuse(a, "a second artifact in one archive", name, error);
        total = total > SIZE_MAX - about.size ? SIZE_MAX : total + about.size;
    }
    if (total > a->most_bytes || (total > FREE_BYTES && total / LARGEST_RATIO > packed))
        return vg_fail_at(error, VG_INVALID_INPUT, a->path, 0,
                          "unpacks to %zu MB from %zu kB: this looks like a bomb",
                          "if it is an artifact, export it with QIIME 2 and read the export",
                          total >> 20, packed >> 10);
    return VG_OK;
}

static VgStatus damaged(const VgArtifact *a, const char *part, const char *why, VgError *error)
{
    return vg_fail_at(error, VG_INVALID_INPUT, a->path, 0, "its part %.120s is damaged: %s",
                      "copy or download the archive again", part, why);
}

/* The bytes of an entry, malloc'ed, zeros after them. The declared size bounds what is inflated; the CRC
 * is checked by the library at the end. */
static VgStatus read_entry(const VgArtifact *a, const char *part, size_t most, char **bytes,
                           size_t *size, VgError *error)
{
    char name[256];
    snprintf(name, sizeof name, "%s/%s", a->root, part);
    zip_stat_t about;
    zip_int64_t index = zip_name_locate(a->zip, name, 0);
    if (index < 0 || zip_stat_index(a->zip, (zip_uint64_t)index, 0, &about) != 0)
        return vg_fail_at(error, VG_INVALID_INPUT, a->path, 0, "holds no %.120s",
                          "this is no artifact as QIIME 2 writes it", part);
    if (about.size > most)
        return damaged(a, part, "it is far larger than it can be", error);
    *size = (size_t)about.size;
    *bytes = vg_malloc(*size + SLACK);
    if (!*bytes)
        return vg_fail_memory(error);
    zip_file_t *file = zip_fopen_index(a->zip, (zip_uint64_t)index, 0);
    VgStatus status = file ? VG_OK : damaged(a, part, zip_strerror(a->zip), error);
    size_t have = 0;
    while (status == VG_OK) {
        /* one byte more than declared: reads to the end, where the CRC is compared */
        zip_int64_t got = zip_fread(file, *bytes + have, *size - have + 1);
        if (got < 0)
            status = damaged(a, part, zip_file_strerror(file), error);
        if (got <= 0)
            break;
        have += (size_t)got;
        if (have > *size)
            status = damaged(a, part, "it is larger than declared", error);
    }
    if (status == VG_OK && have < *size)
        status = damaged(a, part, "it ends too early", error);
    if (file)
        zip_fclose(file);
    if (status == VG_OK) {
        memset(*bytes + have, 0, SLACK);
        return VG_OK;
    }
    vg_free(*bytes);
    *bytes = NULL;
    return status;
}

/* "type: FeatureTable[Frequency]" in metadata.yaml, which QIIME 2 writes with one plain line per key. */
static VgStatus read_type(VgArtifact *a, VgError *error)
{
    char *yaml = NULL;
    size_t size;
    VG_TRY(read_entry(a, "metadata.yaml", SMALL_TEXT, &yaml, &size, error));
    const char *p = yaml;
    while (p && strncmp(p, "type:", 5) != 0) {
        p = strchr(p, '\n');
        p = p ? p + 1 : NULL;
    }
    if (p) {
        p += 5;
        p += strspn(p, " '\"");
        size_t length = strcspn(p, "\r\n'\" ");
        length = length < sizeof a->type ? length : sizeof a->type - 1;
        memcpy(a->type, p, length);
        a->type[length] = '\0';
    }
    vg_free(yaml);
    return *a->type ? VG_OK : damaged(a, "metadata.yaml", "it names no type", error);
}

VgStatus vg_artifact_open(VgArtifact *a, const char *path, const VgSource *source,
                          size_t most_bytes, VgError *error)
{
    *a = (VgArtifact){.path = path, .most_bytes = most_bytes ? most_bytes : (size_t)4 << 30};
    zip_error_t fault;
    zip_error_init(&fault);
    zip_source_t *bytes = zip_source_buffer_create(source->bytes, source->size, 0, &fault);
    a->zip = bytes ? zip_open_from_source(bytes, ZIP_RDONLY, &fault) : NULL;
    VgStatus status = VG_OK;
    if (!a->zip) {
        status = vg_fail_at(error, VG_INVALID_INPUT, path, 0, "no readable .qza: %s",
                            "the archive was cut; copy or download it again",
                            zip_error_strerror(&fault));
        zip_source_free(bytes);
    }
    zip_error_fini(&fault);
    if (status == VG_OK)
        status = check_entries(a, source->size, error);
    if (status == VG_OK)
        status = read_type(a, error);
    if (status != VG_OK)
        vg_artifact_close(a);
    return status;
}

VgStatus vg_artifact_read(const VgArtifact *a, const VgSource *archive, const char *name,
                          VgSource *source, VgError *error)
{
    char part[128];
    char *bytes = NULL;
    size_t size = 0;
    snprintf(part, sizeof part, "data/%s", name);
    *source = (VgSource){0};
    VG_TRY(read_entry(a, part, a->most_bytes, &bytes, &size, error));
    *source = (VgSource){.bytes = bytes, .size = size, .heap = bytes, .digested = true};
    if (archive->digested)
        memcpy(source->sha256, archive->sha256, sizeof source->sha256);
    else
        vg_sha256(archive->bytes, archive->size, source->sha256);
    return VG_OK;
}

void vg_artifact_close(VgArtifact *a)
{
    if (a->zip)
        zip_discard(a->zip);
    a->zip = NULL;
}

VgStatus vg_artifact_part(const char *path, const VgSource *archive, const char *type,
                          const char *name, VgSource *source, VgError *error)
{
    VgArtifact artifact;
    VG_TRY(vg_artifact_open(&artifact, path, archive, 0, error));
    VgStatus status;
    if (strncmp(artifact.type, type, strlen(type)) == 0)
        status = vg_artifact_read(&artifact, archive, name, source, error);
    else
        status = vg_fail_at(error, VG_INVALID_INPUT, path, 0, "holds %.100s, not %s",
                            "give the artifact of that type", artifact.type, type);
    vg_artifact_close(&artifact);
    return status;
}
