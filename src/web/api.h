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

/* Handlers. */
enum fault api_index(struct page *p);
enum fault api_me(struct page *p);
enum fault api_registers(struct page *p);
enum fault api_register(struct page *p);
enum fault api_list(struct page *p);
enum fault api_read(struct page *p);
enum fault api_history(struct page *p);
enum fault api_add(struct page *p);
enum fault api_edit(struct page *p);
enum fault api_move(struct page *p);
enum fault api_withdraw(struct page *p);
enum fault api_open(struct page *p);
enum fault page_tokens(struct page *p);
enum fault page_tokens_post(struct page *p);
enum fault page_token_revoke(struct page *p);

/* The routes, for the OpenAPI description. */
const struct route *api_route_at(size_t index); /* NULL past the end */

#endif
