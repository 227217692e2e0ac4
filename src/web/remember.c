/* remember.c - small tables under one lock, each entry good for one size of the journal. */
#include "web/remember.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { ACTORS = 256, ACTOR_ARENA = 1 << 20, TOKENS = 256, TOKEN_ARENA = 1 << 16 };

struct kept_actor {
    struct arena arena;
    struct actor actor;
    int64_t journal, access;
    civil_day today;
    bool used;
};

struct kept_token {
    struct arena arena;
    struct remembered_token token;
    int64_t access;
    civil_day today;
    bool used;
};

struct remembered {
    pthread_mutex_t lock;
    struct kept_actor actors[ACTORS];
    struct kept_token tokens[TOKENS];
    struct {
        int64_t journal, count, open;
        bool used;
    } counts[REMEMBER_COUNTS];
    int64_t head_journal;
    char head_code[HEAD_CODE];
};

struct remembered *remember_new(void) {
    struct remembered *r = memory_new(sizeof *r);
    pthread_mutex_init(&r->lock, NULL);
    r->head_journal = -1;
    return r;
}

void remember_release(struct remembered *r) {
    if (!r) return;
    for (size_t i = 0; i < ACTORS; i++) arena_release(&r->actors[i].arena);
    for (size_t i = 0; i < TOKENS; i++) arena_release(&r->tokens[i].arena);
    pthread_mutex_destroy(&r->lock);
    memory_release(&r);
}

static struct kept_actor *slot_of(struct remembered *r, const struct id *person) {
    return &r->actors[person->bytes[ID_BYTES - 1] % ACTORS];
}

bool remember_actor(struct remembered *r, int64_t journal, int64_t access, civil_day today, const struct id *person,
                    struct arena *arena, struct actor *out) {
    pthread_mutex_lock(&r->lock);
    struct kept_actor *k = slot_of(r, person);
    bool found = k->used && (k->journal == journal || k->access == access) && k->today == today &&
                 id_same(&k->actor.person, person);
    if (found) *out = actor_copy(&k->actor, arena), k->journal = journal;
    pthread_mutex_unlock(&r->lock);
    return found;
}

void remember_keep_actor(struct remembered *r, int64_t journal, int64_t access, civil_day today, const struct actor *actor) {
    pthread_mutex_lock(&r->lock);
    struct kept_actor *k = slot_of(r, &actor->person);
    arena_release(&k->arena);
    arena_init(&k->arena, ACTOR_ARENA);
    k->actor = actor_copy(actor, &k->arena);
    k->journal = journal;
    k->access = access;
    k->today = today;
    k->used = !arena_over(&k->arena);
    pthread_mutex_unlock(&r->lock);
}

static struct remembered_token copy_token(const struct remembered_token *from, struct arena *arena) {
    struct remembered_token t = *from;
    t.scope = arena_copy(arena, from->scope);
    t.registers = arena_copy(arena, from->registers);
    return t;
}

bool remember_token(struct remembered *r, int64_t access, civil_day today, const struct digest *code, struct arena *arena,
                    struct remembered_token *out) {
    pthread_mutex_lock(&r->lock);
    struct kept_token *k = &r->tokens[code->bytes[0] % TOKENS];
    bool found = k->used && k->access == access && k->today == today && !memcmp(k->token.code.bytes, code->bytes, DIGEST_BYTES);
    if (found) *out = copy_token(&k->token, arena);
    pthread_mutex_unlock(&r->lock);
    return found;
}

void remember_keep_token(struct remembered *r, int64_t access, civil_day today, const struct remembered_token *token) {
    pthread_mutex_lock(&r->lock);
    struct kept_token *k = &r->tokens[token->code.bytes[0] % TOKENS];
    arena_release(&k->arena);
    arena_init(&k->arena, TOKEN_ARENA);
    k->token = copy_token(token, &k->arena);
    k->access = access;
    k->today = today;
    k->used = !arena_over(&k->arena);
    pthread_mutex_unlock(&r->lock);
}

bool remember_count(struct remembered *r, int64_t journal, size_t reg, int64_t *count, int64_t *open) {
    if (reg >= REMEMBER_COUNTS) return false;
    pthread_mutex_lock(&r->lock);
    bool found = r->counts[reg].used && r->counts[reg].journal == journal;
    if (found) *count = r->counts[reg].count, *open = r->counts[reg].open;
    pthread_mutex_unlock(&r->lock);
    return found;
}

void remember_keep_count(struct remembered *r, int64_t journal, size_t reg, int64_t count, int64_t open) {
    if (reg >= REMEMBER_COUNTS) return;
    pthread_mutex_lock(&r->lock);
    r->counts[reg].journal = journal;
    r->counts[reg].count = count;
    r->counts[reg].open = open;
    r->counts[reg].used = true;
    pthread_mutex_unlock(&r->lock);
}

bool remember_head(struct remembered *r, int64_t journal, char code[HEAD_CODE]) {
    pthread_mutex_lock(&r->lock);
    bool found = r->head_journal == journal;
    if (found) memcpy(code, r->head_code, HEAD_CODE);
    pthread_mutex_unlock(&r->lock);
    return found;
}

void remember_keep_head(struct remembered *r, int64_t journal, const char *code) {
    pthread_mutex_lock(&r->lock);
    snprintf(r->head_code, sizeof r->head_code, "%s", code);
    r->head_journal = journal;
    pthread_mutex_unlock(&r->lock);
}
