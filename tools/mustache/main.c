/* main.c - compiles web/templates at build time: writes the key header and the table of operations, or lists the sentences. */
#include "compile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEMPLATES_MAX = 200 };

static char *file_read(const char *path, size_t *length) {
    FILE *f = fopen(path, "rb");
    char *bytes = NULL;
    size_t room = 0;
    *length = 0;
    if (!f) return NULL;
    for (size_t n = 1; n; *length += n) {
        if (*length + 4096 > room && !(bytes = realloc(bytes, room = room * 2 + 8192))) abort();
        n = fread(bytes + *length, 1, 4096, f);
    }
    fclose(f);
    return bytes;
}

/* "…/record_list.mustache" → "record_list". */
static char *template_name(const char *path) {
    const char *slash = strrchr(path, '/');
    char *name = strdup(slash ? slash + 1 : path);
    if (!name) abort();
    char *dot = strrchr(name, '.');
    if (dot) *dot = 0;
    return name;
}

static void header_write(FILE *f, const struct mustache_output *o, const struct mustache_source *sources) {
    fputs("/* template_keys.h - made by tools/mustache from web/templates; not edited by hand. */\n#ifndef WEB_TEMPLATE_KEYS_H\n"
          "#define WEB_TEMPLATE_KEYS_H\n\nenum template_id {\n", f);
    for (size_t i = 0; i < o->source_count; i++) fprintf(f, "    TEMPLATE_%s,\n", sources[i].name);
    fputs("    TEMPLATE_COUNT\n};\n\nenum view_key {\n", f);
    for (size_t i = 0; i < o->key_count; i++) fprintf(f, "    VIEW_KEY_%s = %zu,\n", o->keys[i], i + 1);
    fputs("};\n\n#endif\n", f);
}

static void string_write(FILE *f, const char *s) {
    fputc('"', f);
    for (; *s; s++) {
        if (*s == '"' || *s == '\\') fputc('\\', f);
        fputc(*s, f);
    }
    fputc('"', f);
}

static void ops_write(FILE *f, const struct mustache_output *o) {
    fputs("static const struct template_op ops[] = {\n", f);
    for (size_t i = 0; i < o->op_count; i++) {
        const struct template_op *p = &o->ops[i];
        fprintf(f, "    {%u, %u, %u, %u, %u, %u, %u, %u},\n", p->code, p->context, p->here, p->more, p->key, p->path, p->at, p->length);
    }
    fputs("};\nstatic const unsigned char literals[] = {", f);
    for (size_t i = 0; i < o->literal_length; i++) fprintf(f, "%s%u,", i % 24 ? "" : "\n    ", (unsigned char)o->literals[i]);
    fputs("\n    0};\nstatic const uint16_t paths[] = {", f);
    for (size_t i = 0; i < o->path_count; i++) fprintf(f, "%u, ", o->paths[i]);
    fputs("0};\nstatic const uint32_t starts[] = {", f);
    for (size_t i = 0; i < o->source_count; i++) fprintf(f, "%u, ", o->starts[i]);
    fputs("0};\n", f);
}

static void table_write(FILE *f, const struct mustache_output *o) {
    fputs("/* template_table.c - made by tools/mustache from web/templates; not edited by hand. */\n#include \"web/template.h\"\n\n", f);
    ops_write(f, o);
    fputs("static const char *const sentences[] = {\n", f);
    for (size_t i = 0; i < o->sentence_count; i++) {
        fputs("    ", f);
        string_write(f, o->sentences[i].text);
        fputs(",\n", f);
    }
    fprintf(f, "    \"\"};\nstatic const char *prepared[LANG_COUNT * %zu + 1];\n", o->sentence_count);
    fprintf(f, "const struct template_set template_table = {ops, (const char *)literals, paths, starts, sentences, %zu, %zu, prepared};\n",
            o->source_count, o->sentence_count);
}

static int sentences_list(const struct mustache_output *o) {
    for (size_t i = 0; i < o->sentence_count; i++)
        printf("%s.mustache:%u\t%s\n", o->sentences[i].source, o->sentences[i].line, o->sentences[i].text);
    return 0;
}

static int output_write(const char *header, const char *table, const struct mustache_output *o, const struct mustache_source *sources) {
    FILE *h = fopen(header, "w"), *t = fopen(table, "w");
    if (h && t) {
        header_write(h, o, sources);
        table_write(t, o);
    }
    bool good = h && t;
    if (h && fclose(h)) good = false;
    if (t && fclose(t)) good = false;
    if (!good) fprintf(stderr, "mustache: %s or %s cannot be written: %s\n", header, table, strerror(errno));
    return good ? 0 : 1;
}

/* mustache --check FILE… | --sentences FILE… | HEADER TABLE FILE… */
int main(int argc, char **argv) {
    bool check = argc > 1 && !strcmp(argv[1], "--check"), list = argc > 1 && !strcmp(argv[1], "--sentences");
    int first = check || list ? 2 : 3, count = argc - first;
    if (count < 1 || count > TEMPLATES_MAX) {
        fputs("usage: mustache --check FILE... | --sentences FILE... | HEADER TABLE FILE...\n", stderr);
        return 2;
    }
    static struct mustache_source sources[TEMPLATES_MAX];
    for (int i = 0; i < count; i++) {
        struct mustache_source *s = &sources[i];
        s->name = template_name(argv[first + i]);
        s->text = file_read(argv[first + i], &s->length);
        if (!s->text) {
            fprintf(stderr, "mustache: %s cannot be read: %s\n", argv[first + i], strerror(errno));
            return 1;
        }
    }
    struct mustache_output out;
    int status = 1;
    if (!mustache_compile(sources, (size_t)count, true, &out))
        fputs(out.errors, stderr);
    else
        status = check ? 0 : list ? sentences_list(&out) : output_write(argv[1], argv[2], &out, sources);
    mustache_release(&out);
    for (int i = 0; i < count; i++) {
        free((void *)(uintptr_t)sources[i].name);
        free((void *)(uintptr_t)sources[i].text);
    }
    return status;
}
