/* A first pass over the bytes: digest, UTF-8, number of lines. */
#include "table/csv.h"

#include "base/digest.h"
#include "table/utf8.h"

enum { CHUNK = 256 * 1024 };

typedef struct ChunkFacts {
    size_t lines;
    unsigned char any; /* all bytes ORed: the high bit tells of non-ASCII */
    bool zero;
} ChunkFacts;

/* Written so that the compiler turns it into vector code. */
static ChunkFacts look_at(const char *bytes, size_t size)
{
    ChunkFacts facts = {0};
    unsigned char any = 0, zero = 0;
    for (size_t start = 0; start < size;) {
        size_t end = size - start > 255 ? start + 255 : size;
        unsigned char lines = 0; /* at most 255 per block */
        for (size_t i = start; i < end; i++) {
            unsigned char c = (unsigned char)bytes[i];
            lines = (unsigned char)(lines + (c == '\n') + (c == '\r'));
            any |= c;
            zero = (unsigned char)(zero | (c == 0));
        }
        facts.lines += lines;
        start = end;
    }
    facts.any = any;
    facts.zero = zero != 0;
    return facts;
}

static VgStatus refuse_binary(const char *path, const VgSource *source, size_t offset,
                              VgError *error)
{
    const char *b = source->bytes;
    if (memcmp(b, "\xff\xfe", 2) == 0 || memcmp(b, "\xfe\xff", 2) == 0)
        return vg_fail_at(error, VG_INVALID_INPUT, path, 0, "the text is UTF-16, not UTF-8",
                          "save it as UTF-8 (Excel: \"CSV UTF-8\")");
    if (source->size > 4 && memcmp(b, "PK\x03\x04", 4) == 0)
        return vg_fail_at(error, VG_INVALID_INPUT, path, 0, "a zip archive, not a text table",
                          "an Excel file must be called .xlsx; other archives must be unpacked");
    size_t line = 1 + vg_csv_count_lines(b, b + offset);
    return vg_fail_at(error, VG_INVALID_INPUT, path, line, "a zero byte: this is no text table",
                      "give the file the extension of its format, or export it as CSV");
}

static VgStatus refuse_encoding(const char *path, const VgSource *source, size_t offset,
                                VgError *error)
{
    size_t line = 1 + vg_csv_count_lines(source->bytes, source->bytes + offset);
    return vg_fail_at(
        error, VG_INVALID_INPUT, path, line, "byte 0x%02X is not valid UTF-8",
        "save the file as UTF-8; if it is Latin-1: iconv -f latin1 -t utf-8 OLD > NEW",
        (unsigned)(unsigned char)source->bytes[offset]);
}

static bool has_line_end(const char *bytes, size_t size)
{
    return memchr(bytes, '\n', size) || memchr(bytes, '\r', size);
}

VgStatus vg_csv_check(const char *path, VgSource *source, size_t *n_lines, VgError *error)
{
    const char *bytes = source->bytes;
    *n_lines = 1;
    if (source->size > VG_CSV_LONGEST_RECORD && !has_line_end(bytes, VG_CSV_LONGEST_RECORD))
        return vg_fail_at(error, VG_INVALID_INPUT, path, 1, "the first line is longer than %zu MB",
                          "this is no table: check that the file has line ends",
                          VG_CSV_LONGEST_RECORD >> 20);
    VgDigest digest;
    vg_digest_begin(&digest);
    for (size_t start = 0; start < source->size;) {
        size_t size = source->size - start > CHUNK ? CHUNK : source->size - start;
        while (start + size < source->size && (bytes[start + size] & 0xC0) == 0x80 &&
               size < CHUNK + 4)
            size++; /* no character is split */
        ChunkFacts facts = look_at(bytes + start, size);
        if (facts.zero)
            return refuse_binary(path, source,
                                 (size_t)((const char *)memchr(bytes + start, 0, size) - bytes),
                                 error);
        if (facts.any & 0x80u) {
            size_t invalid = vg_utf8_first_invalid(bytes + start, size);
            if (invalid < size)
                return refuse_encoding(path, source, start + invalid, error);
        }
        *n_lines += facts.lines;
        if (!source->digested)
            vg_digest_add(&digest, bytes + start, size);
        vg_source_release(source, start, start + size);
        start += size;
    }
    if (!source->digested) {
        vg_digest_end(&digest, source->sha256);
        source->digested = true;
    }
    return VG_OK;
}
