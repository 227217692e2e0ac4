/* api.h - the interface for programs: the same routes table, sessions or tokens, JSON in and out, problem documents. */
#ifndef WEB_API_H
#define WEB_API_H

#include <jansson.h>

#include "web/page.h"

enum { API_LIMIT = 200, TOKEN_TEXT = 128 };

/* Who asks by "Authorization: Bearer": sets actor, signed_in and token. FAULT_SIGNIN if the token is unknown, ended or stopped. */
CHECKED enum fault api_bearer(struct page *p, const char *token);
/* A new token's text for its record's id, and the hash that the record keeps (hexadecimal). */
void api_token_make(const struct id *id, char token[TOKEN_TEXT], char hash[2 * DIGEST_BYTES + 1]);
/* Turns a fault into an RFC 9457 problem document with the notes as its errors. */
void api_problem(struct page *p, enum fault f);
/* May the token (if one is used) do this to the register? */
bool api_scope(const struct page *p, const char *scope, const struct reg *reg);
/* The answer's text, with its type set. */
struct text *api_answer(struct page *p);

/* The body as a JSON object; the caller decrefs. FAULT_INPUT with a note that names line and column. */
CHECKED enum fault api_body(struct page *p, json_t **out);
/* A value of the API's form as value_read() takes it: "" for null. FAULT_INPUT with a note at the field. */
CHECKED enum fault api_typed(struct page *p, const struct reg_field *field, const json_t *value, const char **typed);
void api_record(struct text *out, const struct reg *reg, const struct record *r);

/* The register in the path, if the actor may read it and the token's scope has it: FAULT_ABSENT, FAULT_RIGHT. */
CHECKED enum fault api_asked_register(struct page *p, const char *scope, const struct reg **reg);
/* The same, for what is no register's own (files, reports): FAULT_RIGHT with a note if the token may not. */
CHECKED enum fault api_asked_scope(struct page *p, const char *scope, const struct reg *reg);
/* The parameter `limit`, PAGE_ROWS if there is none. */
CHECKED enum fault api_limit(struct page *p, int *out);
/* The header Idempotency-Key, hashed with who asks, and the body with where it was sent. *given is false if there is none. */
CHECKED enum fault api_once(struct page *p, struct once *once, bool *given);
/* Has the request been made before under this key? Then *out is the record that it made, which took its id from the key, and the answer says so.
 * FAULT_INPUT with a note if it asked something else. */
CHECKED enum fault api_done_before(struct page *p, const struct once *once, bool *again, struct id *out);
/* A member of type string, NULL if it is not there or of another type. */
const char *api_text(const json_t *body, const char *key);
/* Refuses members that are not in `known` (set off by ", "). */
CHECKED enum fault api_known(struct page *p, const json_t *body, const char *known);
static inline void api_body_release(json_t **body) { json_decref(*body); } /* for _cleanup_ */

/* Files in a change: `typed` as api_typed() gives it, one a line. Each must be one that this person sent to /files, or one that the record has (`now`,
 * may be NULL). FAULT_INPUT with a note at the field. */
CHECKED enum fault api_files_known(struct page *p, const struct reg_field *field, const char *typed, const char *now,
                                   const char **out);

/* Handlers. */
enum fault api_index(struct page *p);
enum fault api_me(struct page *p);
enum fault api_terms(struct page *p);
enum fault api_term(struct page *p);
enum fault api_clock_due(struct page *p);
enum fault api_roster(struct page *p);
enum fault api_roster_arrange(struct page *p);
enum fault api_registers(struct page *p);
enum fault api_search(struct page *p);
enum fault api_register(struct page *p);
enum fault api_list(struct page *p);
enum fault api_read(struct page *p);
enum fault api_history(struct page *p);
enum fault api_add(struct page *p);
enum fault api_edit(struct page *p);
enum fault api_move(struct page *p);
enum fault api_withdraw(struct page *p);
enum fault api_open(struct page *p);
enum fault api_proof(struct page *p);
enum fault api_export(struct page *p);
enum fault api_import(struct page *p);
enum fault api_store_file(struct page *p);
enum fault api_file(struct page *p);
enum fault api_reports(struct page *p);
enum fault api_draft(struct page *p);
enum fault api_draft_evidence(struct page *p);
enum fault api_issue(struct page *p);
enum fault api_issued(struct page *p);
enum fault api_issued_evidence(struct page *p);
enum fault api_issued_file(struct page *p);
enum fault api_forms(struct page *p);
enum fault api_form(struct page *p);
enum fault api_form_filled(struct page *p);
enum fault api_form_file(struct page *p);
enum fault api_form_keep(struct page *p);
enum fault page_tokens(struct page *p);
enum fault page_tokens_post(struct page *p);
enum fault page_token_revoke(struct page *p);

/* Whether the OpenAPI description says what a route of the interface does; a site with one that is not described does not start. */
bool api_route_described(const struct route *route);
/* Parts of the description that no declaration gives: web/api/components.json without its outer braces. */
extern const char api_components_parameters[], api_components_schemas[];

#endif
