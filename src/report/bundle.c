/* bundle.c - the evidence bundle of an issued report: its entries with chosen fields shown, proofs, checkpoint and key (docs/why/0025). */
#include "report/inside.h"

#include "base/printer.h"
#include "register/files.h"

#include <stdlib.h>
#include <string.h>

struct bundling {
    struct conn *conn;
    const struct registers *registers;
    const struct bundle_choice *choice;
    const struct issued *issued;
    struct id report;
    int64_t size;       /* entries under the checkpoint */
    struct id *counted; /* all records that figures count, sorted, each once */
    size_t counted_count;
    struct text *out;
    bool some; /* an entry was written */
};

static void digest_text(struct text *out, const struct digest *d) {
    text_addc(out, '"');
    hex_text(out, d->bytes, DIGEST_BYTES);
    text_addc(out, '"');
}

static void proof_text(struct text *out, const struct proof *proof) {
    text_addc(out, '[');
    for (int i = 0; i < proof->length; i++) {
        if (i) text_addc(out, ',');
        digest_text(out, &proof->path[i]);
    }
    text_addc(out, ']');
}

/* ---- which fields are shown ---- */

/* What a figure is usually counted by: dates, choices and numbers. Names, texts and files stay withheld, and so does what is private. */
static bool shown_by_default(const struct reg *reg, const char *key) {
    if (key[0] == '_') return strcmp(key, "_reason") != 0 && strcmp(key, "_source") != 0;
    const struct reg_field *field = reg ? reg_field_named(reg, key) : NULL;
    if (!field || field->flags & PRIVATE) return false;
    switch (field->type) {
    case REG_INT:
    case REG_MONEY:
    case REG_DATE:
    case REG_CHOICE:
    case REG_YESNO:
    case REG_NUMBER:
    case REG_MOMENT:
    case REG_DURATION:
    case REG_SET: return true;
    default: return false;
    }
}

static bool is_shown(const struct bundling *b, const struct entry *e, const char *key) {
    if (id_same(&e->record, &b->report)) return true; /* the report itself is given away whole */
    for (size_t i = 0; i < b->choice->show_count; i++) {
        const char *name = b->choice->show[i], *dot = strchr(name, '.');
        size_t length = dot ? (size_t)(dot - name) : 0;
        if (dot && strlen(e->register_key) == length && !strncmp(name, e->register_key, length) && !strcmp(dot + 1, key))
            return true;
    }
    return shown_by_default(register_named(b->registers, e->register_key), key);
}

/* ---- entries ---- */

static void field_text(const struct bundling *b, const struct entry_row *row, const struct field *field) {
    struct salt salt = commitment_salt(&row->seed, field->key);
    if (!is_shown(b, &row->entry, field->key)) {
        struct digest leaf = commitment_field(&salt, field);
        digest_text(b->out, &leaf);
        return;
    }
    text_format(b->out, "[\"%s\",\"%c\",", field->key, field->type);
    if (field->type == FIELD_INT) text_add_int(b->out, field->integer);
    else if (field->type == FIELD_TEXT) json_text(b->out, field->text);
    else text_add(b->out, "null");
    text_add(b->out, ",\"");
    hex_text(b->out, salt.bytes, SALT_BYTES);
    text_add(b->out, "\"]");
}

static void header_text(struct text *out, const struct entry_row *row, const struct field **order) {
    struct digest leaves[ENTRY_FIELDS_MAX];
    for (size_t i = 0; i < row->entry.field_count; i++) order[i] = &row->entry.fields[i];
    struct digest root = commitment_fields_root(&row->seed, order, row->entry.field_count, leaves);
    _cleanup_(text_release) struct text bytes;
    text_init(&bytes, 4096);
    commitment_header(&row->entry, row->position, &root, &bytes);
    text_addc(out, '"');
    hex_text(out, bytes.at, bytes.length);
    text_addc(out, '"');
}

static enum fault put_entry(void *context, const struct entry_row *row) {
    struct bundling *b = context;
    const struct field *order[ENTRY_FIELDS_MAX];
    struct proof path;
    if (row->position >= b->size) return FAULT_NONE;
    if (row->position >= b->issued->position && !id_same(&row->entry.record, &b->report)) return FAULT_NONE;
    enum fault f = journal_prove_inclusion(b->conn, TENANT, row->position, b->size, &path);
    if (f) return f;
    text_add(b->out, b->some ? ",\n{\"header\":" : "\n{\"header\":");
    b->some = true;
    header_text(b->out, row, order);
    text_add(b->out, ",\"fields\":[");
    for (size_t i = 0; i < row->entry.field_count; i++) {
        if (i) text_addc(b->out, ',');
        field_text(b, row, order[i]);
    }
    text_add(b->out, "],\"path\":");
    proof_text(b->out, &path);
    text_addc(b->out, '}');
    return b->out->over ? FAULT_LARGE : FAULT_NONE;
}

static bool of_figures(const struct bundling *b, const char *register_key) {
    for (size_t i = 0; i < b->issued->figure_count; i++)
        if (b->issued->figures[i].figure.reg && !strcmp(b->issued->figures[i].figure.reg->key, register_key)) return true;
    return false;
}

/* With the log, all entries of the figures' registers are shown: also those of records that were not counted. */
static enum fault put_if_of_figures(void *context, const struct entry_row *row) {
    struct bundling *b = context;
    bool wanted = id_same(&row->entry.record, &b->report) || of_figures(b, row->entry.register_key);
    return wanted ? put_entry(b, row) : FAULT_NONE;
}

static enum fault put_header(void *context, const struct entry_row *row) {
    struct bundling *b = context;
    const struct field *order[ENTRY_FIELDS_MAX];
    text_add(b->out, row->position ? ",\n" : "\n");
    header_text(b->out, row, order);
    return b->out->over ? FAULT_LARGE : FAULT_NONE;
}

static int id_order(const void *a, const void *b) { return memcmp(a, b, ID_BYTES); }

static void gather_counted(struct bundling *b) {
    size_t room = 0, count = 0, kept = 0;
    for (size_t i = 0; i < b->issued->figure_count; i++) room += b->issued->figures[i].figure.record_count;
    b->counted = memory_new((room + 1) * sizeof *b->counted);
    for (size_t i = 0; i < b->issued->figure_count; i++)
        for (size_t k = 0; k < b->issued->figures[i].figure.record_count; k++)
            b->counted[count++] = b->issued->figures[i].figure.records[k].record;
    qsort(b->counted, count, sizeof *b->counted, id_order);
    for (size_t i = 0; i < count; i++)
        if (!kept || !id_same(&b->counted[kept - 1], &b->counted[i])) b->counted[kept++] = b->counted[i];
    b->counted_count = kept;
}

static enum fault put_entries(struct bundling *b) {
    text_add(b->out, ",\n\"entries\":[");
    enum fault f = FAULT_NONE;
    if (b->choice->log) {
        f = journal_scan(b->conn, TENANT, 0, b->size, put_if_of_figures, b);
    } else {
        gather_counted(b);
        for (size_t i = 0; !f && i < b->counted_count; i++) f = journal_scan_record(b->conn, TENANT, &b->counted[i], put_entry, b);
        memory_release(&b->counted);
        if (!f) f = journal_scan_record(b->conn, TENANT, &b->report, put_entry, b);
    }
    text_add(b->out, "\n]");
    if (f || !b->choice->log) return f;
    text_add(b->out, ",\n\"log\":[");
    f = journal_scan(b->conn, TENANT, 0, b->size, put_header, b);
    text_add(b->out, "\n]");
    return f;
}

/* ---- the whole ---- */

static enum fault put_head(struct bundling *b, const struct verifier_key *key) {
    char note[CHECKPOINT_NOTE_MAX], key_text[2 * KEY_NAME_ROOM], id[ID_TEXT];
    struct proof proof;
    struct digest root;
    enum fault f = journal_head_latest(b->conn, TENANT, note, &b->size);
    if (!f) f = journal_root(b->conn, TENANT, b->issued->position, &root);
    if (!f) f = journal_prove_consistency(b->conn, TENANT, b->issued->position, b->size, &proof);
    if (f) return f;
    struct verifier_key own = verifier_key_of(key, TENANT);
    verifier_key_format(&own, key_text);
    id_format(&b->report, id);
    text_format(
        b->out,
        "{\"format\":\"taizhang-bundle-1\",\"digest\":\"SHA-256\",\"signature\":\"Ed25519\",\n\"report\":\"%s\",\n\"key\":", id);
    json_text(b->out, key_text);
    text_add(b->out, ",\n\"checkpoint\":");
    json_text(b->out, note);
    text_format(b->out, ",\n\"at\":{\"size\":%lld,\"root\":", (long long)b->issued->position);
    digest_text(b->out, &root);
    text_add(b->out, ",\"consistency\":");
    proof_text(b->out, &proof);
    text_addc(b->out, '}');
    return FAULT_NONE;
}

static enum fault put_file(struct bundling *b, const char *files_dir, const char *key) {
    const struct reg *reg = register_named(b->registers, "report");
    const struct reg_field *field = reg_field_named(reg, key);
    _cleanup_(text_release) struct text bytes = {0}; /* file_load begins it */
    if (!field) return FAULT_ABSENT;
    const char *value = b->issued->record.values[field - reg->fields].text;
    enum fault f = value ? file_load(files_dir, value, BUNDLE_BYTES_MAX, &bytes) : FAULT_TAMPERED;
    if (f) return f;
    text_format(b->out, ",\n\"%s\":", key);
    json_text(b->out, bytes.at);
    return FAULT_NONE;
}

enum fault report_bundle(const struct registers *registers, struct conn *conn, const struct actor *actor, const struct id *report,
                         const char *files_dir, const struct verifier_key *key, const struct bundle_choice *choice,
                         struct arena *arena, struct notes *notes, struct text *out) {
    if (!actor->system && !access_may(actor, "report.issue")) {
        note_add(notes, NULL, "证据包载有各台账的登记；需要权限 report.issue");
        return FAULT_RIGHT;
    }
    struct issued issued;
    enum fault f = report_read_issued(registers, conn, actor, report, files_dir, arena, notes, &issued);
    if (f) return f;
    struct bundling b = {.conn = conn, .registers = registers, .choice = choice, .issued = &issued, .report = *report, .out = out};
    f = put_head(&b, key);
    if (!f) f = put_file(&b, files_dir, "html");
    if (!f) f = put_file(&b, files_dir, "evidence");
    if (!f) f = put_entries(&b);
    text_add(out, "}\n");
    return f ? f : out->over ? FAULT_LARGE : FAULT_NONE;
}
