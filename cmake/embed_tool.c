/* Build-time helper: turns files into C. It is compiled for the machine that builds.
 *
 *   embed_tool text NAME FILE...        the files, one after the other, as the string NAME
 *   embed_tool po NAME FILE             a .po catalogue as a sorted table NAME of {key, phrase}
 *
 * Of .po it reads what our catalogues use: comments, msgid and msgstr, and strings continued on the
 * next lines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_bytes(const char *name, int n, char **paths)
{
    size_t total = 0;
    printf("#include <stddef.h>\nextern const unsigned char %s[];\nextern const size_t %s_size;\n",
           name, name);
    printf("const unsigned char %s[] = {", name);
    for (int i = 0; i < n; i++) {
        FILE *file = fopen(paths[i], "rb");
        if (!file) {
            perror(paths[i]);
            exit(1);
        }
        static char line[1 << 22];
        while (fgets(line, sizeof line, file)) {
            if (strncmp(line, "//# sourceMappingURL", 20) == 0)
                continue; /* would have a browser's tools look for a file that is not there */
            for (const char *c = line; *c; c++, total++)
                printf("%s%d,", total % 24 ? "" : "\n", (unsigned char)*c);
        }
        fclose(file);
    }
    printf("0};\nconst size_t %s_size = %zu;\n", name, total);
}

typedef struct Phrase {
    char *key, *text;
} Phrase;

static int by_key(const void *a, const void *b)
{
    return strcmp(((const Phrase *)a)->key, ((const Phrase *)b)->key);
}

/* Appends what stands between the first and the last quote of `line`, escapes kept for C. */
static char *joined(char *text, const char *line)
{
    const char *first = strchr(line, '"'), *last = strrchr(line, '"');
    if (!first || last == first) {
        fprintf(stderr, "a string is missing: %s", line);
        exit(1);
    }
    size_t old = text ? strlen(text) : 0, more = (size_t)(last - first - 1);
    text = realloc(text, old + more + 1);
    if (!text)
        exit(1);
    memcpy(text + old, first + 1, more);
    text[old + more] = '\0';
    return text;
}

static void put_catalogue(const char *name, const char *path)
{
    enum { MOST = 2000 };
    static Phrase phrase[MOST];
    size_t n = 0;
    char line[8192];
    char **open = NULL;
    FILE *file = fopen(path, "r");
    if (!file) {
        perror(path);
        exit(1);
    }
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, "msgid ", 6) == 0) {
            if (n == MOST)
                exit(1);
            open = &phrase[n++].key;
        } else if (strncmp(line, "msgstr ", 7) == 0 && n) {
            open = &phrase[n - 1].text;
        } else if (line[0] != '"') {
            continue;
        }
        if (open)
            *open = joined(*open, line);
    }
    fclose(file);
    qsort(phrase, n, sizeof *phrase, by_key);
    printf("#include \"report/catalogue.h\"\nconst VgPhrase %s[] = {\n", name);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (!phrase[i].text || !*phrase[i].key)
            continue;
        if (i && strcmp(phrase[i].key, phrase[i - 1].key) == 0) {
            fprintf(stderr, "%s: \"%s\" stands twice\n", path, phrase[i].key);
            exit(1);
        }
        printf("    {\"%s\", \"%s\"},\n", phrase[i].key, phrase[i].text);
        kept++;
    }
    printf("};\nconst size_t %s_size = %zu;\n", name, kept);
}

int main(int argc, char **argv)
{
    if (argc >= 4 && strcmp(argv[1], "text") == 0)
        put_bytes(argv[2], argc - 3, argv + 3);
    else if (argc == 4 && strcmp(argv[1], "po") == 0)
        put_catalogue(argv[2], argv[3]);
    else
        return 2;
    return 0;
}
